using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>What the endpoints of CA certificates do.</summary>
public class CaCertificatesApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_Root_IsInstalledListedAndFound()
    {
        using var root = TestCertificates.Root("Corp Root One");
        using var answer = await api.Administrator.PostAsync(CertificatesPath, Form(TestFiles.Pem(root), ("reason", "for payments")), Cancellation);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(201, (int)answer.StatusCode);
        Assert.Equal($"{CertificatesPath}/{Sha256(root)}", answer.Headers.Location?.OriginalString);
        var item = Assert.Single(body["items"]!.AsArray())!;
        Assert.Equal(("Certificate", "upload.bin", "added"), ((string)item["kind"]!, (string)item["fileName"]!, (string)item["result"]!));
        Assert.Equal((Sha256(root), root.Thumbprint, root.Subject), ((string)item["sha256"]!, (string)item["thumbprint"]!, (string)item["subject"]!));
        Assert.Equal(("Root", "Root"), ((string)item["storeName"]!, (string)item["suggestedStore"]!));
        var store = Assert.Single(body["trustStores"]!.AsArray())!;
        Assert.Equal(("pem-bundle", "Installed"), ((string)store["name"]!, (string)store["state"]!));
        Assert.True((long)store["milliseconds"]! >= 0);
        Assert.Empty(store["leftOut"]!.AsArray());

        var listed = Assert.Single((await api.GetAsync($"{CertificatesPath}?search=Corp%20Root%20One"))["value"]!.AsArray())!;
        Assert.Equal("Installed", (string)listed["status"]!);
        var one = await api.GetAsync($"{CertificatesPath}/{Sha256(root).ToUpperInvariant()}");
        Assert.Equal("Present", (string)Assert.Single(one["trustStores"]!.AsArray())!["state"]!);
        one.AsObject().Remove("trustStores");
        Assert.Equal(listed.ToJsonString(), one.ToJsonString());
        Assert.Equal("for payments", (string)one["description"]!);
        Assert.Equal("API key", (string)one["addedBy"]!);
        Assert.Equal(root.NotAfter.ToUniversalTime(), DateTime.Parse((string)one["expiry"]!, null, System.Globalization.DateTimeStyles.AdjustToUniversal));
        Assert.EndsWith("Z", (string)one["notBefore"]!, StringComparison.Ordinal);
        Assert.Equal(("EC", 256, true, true), ((string)one["keyAlgorithm"]!, (int)one["keySize"]!, (bool)one["isCa"]!, (bool)one["isSelfSigned"]!));
        string[] always = ["issuer", "serialNumber", "storeName", "signatureAlgorithm", "addedAt", "findings"];
        Assert.All(always, name => Assert.NotNull(one[name]));
    }

    [Fact]
    public async Task Add_InAzuresShape_IsTheSame()
    {
        using var root = TestCertificates.Root();
        var body = Json(new { encodedCertificate = Convert.ToBase64String(root.RawData), certificatePassword = "", storeName = "Root" });
        var added = await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, body, Cancellation));
        Assert.Equal("added", (string)added["items"]![0]!["result"]!);

        using var another = TestCertificates.Root();
        await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Json(new { encodedCertificate = another.ExportCertificatePem() }), Cancellation));
    }

    [Fact]
    public async Task Add_SeveralFilesWithRootAndIntermediate_PutsEachWhereItFitsOrAllWhereAsked()
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        var auto = await ExpectAsync(
            201,
            api.Administrator.PostAsync(CertificatesPath, Form([root.RawData, TestFiles.Pem(intermediate)], ("storeName", "auto")), Cancellation));
        Assert.Equal(["Root", "CertificateAuthority"], auto["items"]!.AsArray().Select(i => (string)i!["storeName"]!));

        using var other = TestCertificates.Intermediate(root, "Chosen for Root");
        var chosen = await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form(other.RawData, ("storeName", "Root")), Cancellation));
        var item = chosen["items"]![0]!;
        Assert.Equal(("Root", "CertificateAuthority"), ((string)item["storeName"]!, (string)item["suggestedStore"]!));
        Assert.Contains(item["findings"]!.AsArray(), f =>
            (string)f!["code"]! == "IntermediateInRoot" && (string)f["severity"]! == "Warning" && (string)f["message"]! != "");
    }

    [Fact]
    public async Task Add_TheSameAgain_IsADuplicateWith201AndChangesNothing()
    {
        using var root = TestCertificates.Root();
        await api.AddAsync(root);
        var revision = await api.RevisionAsync();
        var again = await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form([root.RawData, TestFiles.Pem(root)]), Cancellation));

        Assert.All(again["items"]!.AsArray(), i => Assert.Equal("duplicate", (string)i!["result"]!));
        Assert.Equal(revision, (long)again["revision"]!);
        Assert.Equal("Installed", (string)again["trustStores"]![0]!["state"]!);
        Assert.Equal(revision, await api.RevisionAsync());
    }

    [Fact]
    public async Task Add_GoodAndBad_IsAllOrNothingUnlessInvalidOnesAreSkipped()
    {
        using var good = TestCertificates.Root();
        using var expired = TestCertificates.Root("Expired", TestCertificates.Yesterday.AddYears(-2), TestCertificates.Yesterday.AddYears(-1));
        var revision = await api.RevisionAsync();
        byte[][] files = [TestFiles.Pem(good, expired), "no certificate"u8.ToArray()];

        var refused = await ExpectAsync(422, api.Administrator.PostAsync(CertificatesPath, Form(files), Cancellation), "CertificatesRefused");
        Assert.Equal(["skipped", "refused", "refused"], refused["items"]!.AsArray().Select(i => (string)i!["result"]!));
        var other = refused["items"]![2]!;
        Assert.Null(other["sha256"]);
        Assert.NotEmpty((string)other["kind"]!);
        Assert.Equal("NotACertificate", (string)other["findings"]![0]!["code"]!);
        Assert.Equal(revision, (long)refused["revision"]!);
        Assert.Equal(revision, await api.RevisionAsync());

        var skipped = await ExpectAsync(200, api.Administrator.PostAsync(CertificatesPath, Form(files, ("skipInvalid", "true")), Cancellation));
        Assert.Equal(["added", "refused", "refused"], skipped["items"]!.AsArray().Select(i => (string)i!["result"]!));
        Assert.Equal(revision + 1, await api.RevisionAsync());

        await ExpectAsync(422, api.Administrator.PostAsync(CertificatesPath, Form(files[1], ("skipInvalid", "true")), Cancellation), "CertificatesRefused");
    }

    [Fact]
    public async Task Add_WithAnOverride_NeedsAReason()
    {
        using var expired = TestCertificates.Root("Expired", TestCertificates.Yesterday.AddYears(-2), TestCertificates.Yesterday.AddYears(-1));
        var file = TestFiles.Pem(expired);
        using var good = TestCertificates.Root("Good Beside It");
        var revision = await api.RevisionAsync();
        var problem = await ExpectAsync(
            422,
            api.Administrator.PostAsync(CertificatesPath, Form(TestFiles.Pem(expired, good), ("override", "expired")), Cancellation),
            "ReasonRequired");
        Assert.Equal(["refused", "skipped"], problem["items"]!.AsArray().Select(i => (string)i!["result"]!));
        Assert.Equal(revision, (long)problem["revision"]!);
        await ExpectAsync(
            422,
            api.Administrator.PostAsync(CertificatesPath, Form(file, ("override", "WeakKey"), ("reason", "r")), Cancellation),
            "CertificatesRefused");
        var added = await ExpectAsync(
            201,
            api.Administrator.PostAsync(CertificatesPath, Form(file, ("override", "WeakKey,Expired"), ("reason", "still in use")), Cancellation));
        Assert.Equal("added", (string)added["items"]![0]!["result"]!);
    }

    [Fact]
    public async Task Inspect_GoodAndBad_ShowsItAllAndChangesNothing()
    {
        using var root = TestCertificates.Root();
        using var there = TestCertificates.Root();
        await api.AddAsync(there);
        var revision = await api.RevisionAsync();

        var good = await ExpectAsync(200, api.Administrator.PostAsync($"{CertificatesPath}/inspect", Form(TestFiles.Pem(root, there)), Cancellation));
        Assert.Equal(["added", "duplicate"], good["items"]!.AsArray().Select(i => (string)i!["result"]!));
        Assert.Equal((true, 1, 1), ((bool)good["plan"]!["isAccepted"]!, (int)good["plan"]!["adds"]!, (int)good["plan"]!["trustStores"]![0]!["adds"]!));
        Assert.Equal(("PEM", "NotNeeded"), ((string)good["files"]![0]!["format"]!, (string)good["files"]![0]!["password"]!));

        var bad = await ExpectAsync(200, api.Administrator.PostAsync($"{CertificatesPath}/inspect", Form("nothing"u8.ToArray()), Cancellation));
        Assert.Equal("refused", (string)bad["items"]![0]!["result"]!);
        Assert.False((bool)bad["plan"]!["isAccepted"]!);
        Assert.Equal(revision, await api.RevisionAsync());
        await ExpectAsync(404, api.Administrator.GetAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation), "NotFound");
    }

    [Fact]
    public async Task Add_EightAtOnce_LosesNoneAndConflictsWithNone()
    {
        var roots = Enumerable.Range(0, 8).Select(i => TestCertificates.Root($"Parallel {i}")).ToList();
        var revision = await api.RevisionAsync();

        await Task.WhenAll(roots.Select(r => ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form(r.RawData), Cancellation))));

        var listed = await api.GetAsync($"{CertificatesPath}?search=Parallel");
        Assert.Equal(8, (int)listed["count"]!);
        Assert.All(listed["value"]!.AsArray(), c => Assert.Equal("Installed", (string)c!["status"]!));
        Assert.Equal(revision + 8, await api.RevisionAsync());

        await Task.WhenAll(roots.Select(r => ExpectAsync(200, api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(r)}", Cancellation))));
        Assert.Equal(0, (int)(await api.GetAsync($"{CertificatesPath}?search=Parallel"))["count"]!);
        roots.ForEach(r => r.Dispose());
    }

    [Fact]
    public async Task Delete_FromOneStoreThenBoth_SaysFromWhichAndThen404()
    {
        using var root = TestCertificates.Root();
        await api.AddAsync(root);
        await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form(root.RawData, ("storeName", "CertificateAuthority")), Cancellation));
        var path = $"{CertificatesPath}/{Sha256(root)}";
        var both = await api.GetAsync(path);
        Assert.Equal("Root", (string)both["storeName"]!);
        Assert.Equal(["Root", "CertificateAuthority"], both["trustStores"]!.AsArray().Select(t => (string)t!["storeName"]!));
        Assert.Equal("CertificateAuthority", (string)(await api.GetAsync($"{path}?storeName=certificateauthority"))["storeName"]!);

        var one = await ExpectAsync(200, api.Administrator.DeleteAsync($"{path}?storeName=CertificateAuthority&reason=moved", Cancellation));
        Assert.Equal("CertificateAuthority", (string)Assert.Single(one["deleted"]!.AsArray())!["storeName"]!);
        Assert.Equal("Installed", (string)one["trustStores"]![0]!["state"]!);
        await ExpectAsync(404, api.Administrator.DeleteAsync($"{path}?storeName=CertificateAuthority", Cancellation), "NotFound");
        await ExpectAsync(200, api.Administrator.DeleteAsync(path, Cancellation));
        foreach (var gone in new[] { path, $"{path}.cer", $"{path}.pem" })
            await ExpectAsync(404, api.Administrator.GetAsync(gone, Cancellation), "NotFound");
        await ExpectAsync(404, api.Administrator.DeleteAsync(path, Cancellation), "NotFound");
    }

    [Fact]
    public async Task List_InParts_FiltersCountsAndPages()
    {
        var roots = Enumerable.Range(0, 3).Select(i => TestCertificates.Root($"Paged {i}")).ToList();
        using var intermediate = TestCertificates.Intermediate(roots[0], "Paged intermediate");
        await api.AddAsync([.. roots, intermediate]);

        var page = await api.GetAsync($"{CertificatesPath}?search=paged&storeName=root&status=Installed&skip=1&top=1");
        Assert.Equal(3, (int)page["count"]!);
        Assert.Equal(Sha256(roots[1]), (string)Assert.Single(page["value"]!.AsArray())!["sha256"]!);
        Assert.Empty((await api.GetAsync($"{CertificatesPath}?search=paged&skip=2147483647"))["value"]!.AsArray());
        roots.ForEach(r => r.Dispose());
    }

    [Theory]
    [InlineData("cer", "application/pkix-cert")]
    [InlineData("pem", "application/x-pem-file")]
    public async Task Download_OfOne_IsTheCertificateUnderAHarmlessName(string extension, string type)
    {
        using var root = TestCertificates.Root($"../../evil: räuber {extension}");
        await api.AddAsync(root);
        using var answer = await api.Reader.GetAsync($"{CertificatesPath}/{Sha256(root)}.{extension}", Cancellation);
        var content = await answer.Content.ReadAsByteArrayAsync(Cancellation);

        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal($"evil-r-uber-{extension}.{extension}", answer.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal(extension == "cer" ? root.RawData : TestFiles.Pem(root), content);
    }

    [Theory]
    [InlineData("wrong", 422, "PasswordWrong")]
    [InlineData(null, 422, "PasswordRequired")]
    [InlineData("right", 201, null)]
    public async Task Add_FileWithPassword_NeedsTheRightOne(string? password, int status, string? code)
    {
        using var root = TestCertificates.Root($"Protected {password}");
        var file = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection(root).Export(
            System.Security.Cryptography.X509Certificates.X509ContentType.Pfx,
            "right"
        )!;
        (string, string)[] fields = password is null ? [] : [("password", password)];
        await ExpectAsync(status, api.Administrator.PostAsync(CertificatesPath, Form(file, fields), Cancellation), code);
    }

}

/// <inheritdoc/>
[OnPostgres]
public sealed class CaCertificatesApiTestsOnPostgres(ApiFixture api) : CaCertificatesApiTests(api);
