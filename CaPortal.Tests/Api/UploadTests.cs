using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Requests that nobody sends in good faith, and those that are nearly right.</summary>
public sealed class UploadTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Some = "0000000000000000000000000000000000000000000000000000000000000000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("skip=-1")]
    [InlineData("skip=99999999999999999999")]
    [InlineData("skip=1.5")]
    [InlineData("skip=one")]
    [InlineData("skip=1&skip=2")]
    [InlineData("top=0")]
    [InlineData("top=1001")]
    [InlineData("top=%00")]
    [InlineData("storeName=0")]
    [InlineData("storeName=My")]
    [InlineData("storeName=Root,CertificateAuthority")]
    [InlineData("status=1")]
    [InlineData("status=Installed%00")]
    public async Task List_WithAValueThatCannotBe_SaysWhich(string query)
    {
        var problem = await ExpectAsync(400, api.Administrator.GetAsync($"{CertificatesPath}?{query}", Cancellation), "BadRequest");
        Assert.StartsWith($"'{query.Split('=')[0]}'", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search=%00")]
    [InlineData("search=%25_%27%22%3B--")]
    [InlineData("search=%ED%A0%80%FF")]
    [InlineData("search=%F0%9F%92%A9")]
    [InlineData("storeName=&status=&skip=&top=&search=")]
    public async Task List_WithOddText_IsAnswered(string query) => await api.GetAsync($"{CertificatesPath}?{query}");

    [Fact]
    public async Task List_WithAsManyWordsAsASearchMayHave_IsAnswered()
    {
        await api.GetAsync($"{CertificatesPath}?search={string.Join('+', Enumerable.Repeat('a', 100))}");
        await ExpectAsync(400, api.Administrator.GetAsync($"{CertificatesPath}?search={new string('a', 201)}", Cancellation), "BadRequest");
    }

    [Theory]
    [InlineData("GET", "ca-certificates/abc")]
    [InlineData("GET", "ca-certificates/inspect")]
    [InlineData("GET", "ca-certificates/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("GET", $"ca-certificates/{Some}0.cer")]
    [InlineData("GET", $"ca-certificates/{Some}")]
    [InlineData("GET", $"ca-certificates/{Some}.pem")]
    [InlineData("DELETE", "ca-certificates/abc")]
    [InlineData("DELETE", "ca-certificates")]
    [InlineData("PUT", "ca-certificates")]
    [InlineData("GET", "bundles/My.pem")]
    [InlineData("GET", "bundles/0.pem")]
    [InlineData("GET", "bundles/Root.exe")]
    [InlineData("GET", "bundles/Root")]
    [InlineData("GET", "")]
    [InlineData("GET", "no/such/thing")]
    public async Task Address_OfNothing_IsNotFound(string method, string path) =>
        await ExpectAsync(404, SendAsync(api.Administrator, method, $"/api/v1/{path}"), "NotFound");

    [Theory]
    [InlineData("storeName=My")]
    [InlineData("reason=a\u0000b")]
    public async Task Delete_WithAValueThatCannotBe_SaysWhich(string query)
    {
        var problem = await ExpectAsync(
            400,
            api.Administrator.DeleteAsync($"{CertificatesPath}/{Some}?{query.Replace("\0", "%00", StringComparison.Ordinal)}", Cancellation),
            "BadRequest");
        Assert.StartsWith($"'{query.Split('=')[0]}'", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadFields => new()
    {
        { "storeName", "My" },
        { "storeName", "1" },
        { "override", "NoSuchCode" },
        { "override", "0" },
        { "skipInvalid", "perhaps" },
        { "reason", "bell\u0007" },
        { "reason", new string('r', 1001) },
        { "password", new string('p', 1025) },
    };

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task Upload_WithAFieldThatCannotBe_IsRefusedInBothForms(string name, string value)
    {
        using var root = TestCertificates.Root();
        foreach (var path in new[] { CertificatesPath, $"{CertificatesPath}/inspect" })
        {
            await ExpectAsync(400, api.Administrator.PostAsync(path, Form(root.RawData, (name, value)), Cancellation), "BadRequest");
            var json = new JsonObject { ["encodedCertificate"] = Convert.ToBase64String(root.RawData) };
            json[name == "password" ? "certificatePassword" : name] = name == "override" ? new JsonArray(value) : value;
            await ExpectAsync(
                400,
                api.Administrator.PostAsync(path, new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json"), Cancellation),
                "BadRequest");
        }
    }

    [Theory]
    [InlineData("skipInvalid=true")]
    [InlineData("storeName=Root")]
    [InlineData("unknown")]
    public async Task Upload_WithAParameterInTheAddress_IsToldWhereItBelongs(string query)
    {
        using var root = TestCertificates.Root();
        foreach (var path in new[] { CertificatesPath, $"{CertificatesPath}/inspect" })
        {
            var problem = await ExpectAsync(400, api.Administrator.PostAsync($"{path}?{query}", Form(root.RawData), Cancellation), "BadRequest");
            Assert.StartsWith($"'{query.Split('=')[0]}' is no query parameter of this request.", (string)problem["detail"]!, StringComparison.Ordinal);
            Assert.Contains("in the body", (string)problem["detail"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Upload_WithAFieldTwice_IsRefused()
    {
        using var root = TestCertificates.Root();
        await ExpectAsync(
            400,
            api.Administrator.PostAsync(CertificatesPath, Form(root.RawData, ("storeName", "Root"), ("storeName", "CertificateAuthority")), Cancellation),
            "BadRequest");
    }

    public static TheoryData<string?, string, int> Bodies =>
        new()
        {
            { "application/json", "", 400 },
            { "application/json", "null", 400 },
            { "application/json", "{", 400 },
            { "application/json", "[]", 400 },
            { "application/json", "\"text\"", 400 },
            { "application/json", "{}", 400 },
            { "application/json", "{\"encodedCertificate\":null}", 400 },
            { "application/json", "{\"encodedCertificate\":\"\"}", 400 },
            { "application/json", "{\"encodedCertificate\":12345678901234567890}", 400 },
            { "application/json", "{\"encodedCertificate\":\"\\ud800\"}", 400 },
            { "application/json", "{\"encodedCertificate\":\"x\",\"skipInvalid\":\"yes\"}", 400 },
            { "application/json", "{\"encodedCertificate\":\"x\",\"override\":\"Expired\"}", 400 },
            { "application/json", "{\"encodedCertificate\":\"x\",\"override\":[{}]}", 400 },
            { "application/json", "{\"encodedCertificate\":\"\\u0000\\u0000\"}", 422 },
            { "application/json", "{\"encodedCertificate\":\"bm90aGluZw==\",\"certificatePassword\":\"\\u0000\",\"override\":[null]}", 422 },
            { "application/json; charset=utf-7", "{\"encodedCertificate\":\"nothing\"}", 422 },
            { "application/json; charset=no-such", "{\"encodedCertificate\":\"nothing\"}", 422 },
            { "application/json", "{\"encodedCertificate\":" + "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 400 },
            { "multipart/form-data", "", 400 },
            { "multipart/form-data; boundary=b", "", 400 },
            { "multipart/form-data; boundary=b", "no boundary anywhere", 400 },
            { "multipart/form-data; boundary=b", "--b\r\n", 400 },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncut off", 400 },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: ;;;\r\n\r\nx\r\n--b--\r\n", 400 },
            { "multipart/form-data; boundary=b", "--b\r\n\r\nno headers\r\n--b--\r\n", 400 },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nwithout a file name\r\n--b--\r\n", 400 },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n", 400 },
            {
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../a\u0000\"\r\nContent-Type: ;;\r\n\r\nx\r\n--b--\r\n",
                422
            },
            { "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"empty\"\r\n\r\n\r\n--b--\r\n", 422 },
            {
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"reason\"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nx\r\n--b--\r\n",
                400
            },
            { "multipart/form-data; boundary=" + new string('b', 200), "x", 400 },
            { "multipart/mixed; boundary=b", "--b--", 415 },
            { "application/x-www-form-urlencoded", "file=x", 415 },
            { "application/octet-stream", "x", 415 },
            { "text/plain; charset", "x", 415 },
            { "not a type", "x", 415 },
            { null, "x", 415 },
            { null, "", 415 },
        };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Upload_WhateverTheBody_IsAnsweredAsWhatItIs(string? type, string body, int status)
    {
        foreach (var (path, expected) in new[] { (CertificatesPath, status), ($"{CertificatesPath}/inspect", status == 422 ? 200 : status) })
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null)
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            await ExpectAsync(expected, api.Administrator.PostAsync(path, content, Cancellation));
        }
    }

    [Fact]
    public async Task Upload_OfMalformedCertificatesWithEverythingOverridden_NeverFails()
    {
        string everything = string.Join(',', Enum.GetNames<Core.Certificates.FindingCode>());
        foreach (var file in MalformedCertificates.ByDefect.Values.Concat(MalformedCertificates.Harmless.Values))
        {
            using var answer = await api.Administrator.PostAsync(CertificatesPath, Form(file, ("override", everything), ("reason", "a test")), Cancellation);
            Assert.True((int)answer.StatusCode is 201 or 422, $"{answer.StatusCode}");
            var item = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!["items"]![0]!;
            if (!answer.IsSuccessStatusCode)
                continue;
            var path = $"{CertificatesPath}/{item["sha256"]}";
            await api.GetAsync(path);
            Assert.Equal((string)item["sha256"]!, Core.Certificates.Thumbprints.Sha256(await api.Reader.GetByteArrayAsync($"{path}.cer", Cancellation)));
        }

        await api.GetAsync(CertificatesPath);
        foreach (var extension in new[] { "pem", "p7b", "p12" })
            await api.Reader.GetByteArrayAsync($"/api/v1/bundles/Root.{extension}", Cancellation);
    }

    [Fact]
    public async Task Api_WithoutItsDatabase_IsUnavailableAndRecovers()
    {
        await using var broken = new ApiFixture();
        using var root = TestCertificates.Root();
        await broken.AddAsync(root);
        await broken.Portal.ExecuteAsync("ALTER TABLE ca_certificate RENAME TO elsewhere");
        await ExpectAsync(503, broken.Administrator.GetAsync(CertificatesPath, Cancellation), "DatabaseUnavailable");
        await ExpectAsync(503, broken.Administrator.GetAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation), "DatabaseUnavailable");
        await ExpectAsync(503, broken.Administrator.GetAsync("/api/v1/bundles/Root.p12", Cancellation), "DatabaseUnavailable");
        await ExpectAsync(503, broken.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation), "DatabaseUnavailable");
        await ExpectAsync(503, broken.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation), "DatabaseUnavailable");
        await broken.Portal.ExecuteAsync("ALTER TABLE elsewhere RENAME TO ca_certificate");

        await ExpectAsync(201, broken.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation));
    }

    [Fact]
    public async Task Add_WhereATrustStoreCannotBeWritten_SaysSoAndHowFarItCame()
    {
        await using var broken = new ApiFixture();
        using var root = TestCertificates.Root();
        var blocked = Path.Combine(broken.Portal.DataDirectory, "trust");
        Directory.CreateDirectory(broken.Portal.DataDirectory);
        await File.WriteAllTextAsync(blocked, "a file where the folder should be", Cancellation);

        var problem = await ExpectAsync(503, broken.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation), "TrustStoreUnavailable");
        Assert.Equal(
            ("added", 1, "Unusable"),
            ((string)problem["items"]![0]!["result"]!, (int)problem["revision"]!, (string)problem["trustStores"]![0]!["state"]!));
        Assert.Equal("Failed", (string)(await broken.GetAsync(CertificatesPath))["value"]![0]!["status"]!);
        Assert.Equal("Degraded\ntrust-stores: Degraded. Not as they should be: pem-bundle.", await HealthAsync());

        File.Delete(blocked);
        var again = await ExpectAsync(201, broken.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation));
        Assert.Equal(("duplicate", "Installed"), ((string)again["items"]![0]!["result"]!, (string)again["trustStores"]![0]!["state"]!));
        Assert.Equal("Healthy", await HealthAsync());

        Task<string> HealthAsync() => broken.Administrator.GetStringAsync("/health/ready", Cancellation);
    }

    [Fact]
    public async Task Add_KeyThatJavaCannotRead_SaysThatItsTrustStoreLeavesItOut()
    {
        await using var api = new ApiFixture();
        api.Portal.With("CaPortal:TrustStores:1", "java-truststore");
        var root = BouncyRoots.Create("SM2");

        var result = await ExpectAsync(
            201,
            api.Administrator.PostAsync(
                CertificatesPath,
                Form(root, ("override", "ClientRestriction,Unverifiable,Unusable,BreaksReaders"), ("reason", "needed")),
                Cancellation));

        var leftOut = result["trustStores"]!.AsArray().ToDictionary(t => (string)t!["name"]!, t => t!["leftOut"]!.AsArray());
        Assert.Empty(leftOut["pem-bundle"]);
        Assert.Equal(Core.Certificates.Thumbprints.Sha256(root), (string)Assert.Single(leftOut["java-truststore"])!["sha256"]!);
    }

    [Fact]
    public async Task Add_WhereTheTrustStoresThatWorkTakeNothingOfIt_IsUnavailable()
    {
        await using var broken = new ApiFixture();
        broken.Portal.With("CaPortal:TrustStores:0", "java-truststore");
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        await ExpectAsync(201, broken.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var nowhere = await ExpectAsync(
                503,
                broken.Administrator.PostAsync(CertificatesPath, Form(intermediate.RawData), Cancellation),
                "TrustStoreUnavailable");
            Assert.Contains("installed nowhere", (string)nowhere["detail"]!, StringComparison.Ordinal);
            Assert.Equal(2, (int)nowhere["revision"]!);
        }
    }
}
