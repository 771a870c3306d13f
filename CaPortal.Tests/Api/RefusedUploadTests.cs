using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Uploads that are refused, and whether the answer says what to send instead.</summary>
public sealed class RefusedUploadTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string[] UploadPaths = [CertificatesPath, $"{CertificatesPath}/inspect"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Form_WithAnErrorThatCanBeOverridden_SaysTheFieldsAndTheyAreEnough()
    {
        var file = Expired();
        var problem = await ExpectAsync(422, PostAsync(Form(file)), "CertificatesRefused");

        Assert.Contains("send the same again with the form fields override=Expired and reason=...", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Contains("skipInvalid=true", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal("""{"override":["Expired"],"isEnough":true}""", problem["override"]!.ToJsonString());
        Assert.All(problem["items"]![0]!["findings"]!.AsArray(), f => Assert.Equal((string)f!["severity"]! == "Error", (bool)f["canOverride"]!));
        await ExpectAsync(201, PostAsync(Form(file, ("override", string.Join(',', problem["override"]!["override"]!.AsArray())), ("reason", "still in use"))));
    }

    [Fact]
    public async Task Json_WithAnErrorThatCanBeOverridden_SaysThePropertiesAndTheyAreEnough()
    {
        var encoded = Convert.ToBase64String(Expired());
        var problem = await ExpectAsync(422, PostAsync(Json(new { encodedCertificate = encoded })), "CertificatesRefused");

        Assert.Contains("the JSON properties \"override\": [\"Expired\"] and \"reason\": \"...\"", (string)problem["detail"]!, StringComparison.Ordinal);
        await ExpectAsync(201, PostAsync(Json(new { encodedCertificate = encoded, @override = problem["override"]!["override"], reason = "still in use" })));
    }

    [Fact]
    public async Task Upload_ThatOverridesSomethingElse_SaysAllThatIsNeeded()
    {
        var problem = await ExpectAsync(422, PostAsync(Form(Expired(), ("override", "WeakKey"), ("reason", "r"))), "CertificatesRefused");

        Assert.Equal("""{"override":["Expired","WeakKey"],"isEnough":true}""", problem["override"]!.ToJsonString());
    }

    [Fact]
    public async Task Upload_WithAnErrorThatCannotBeOverridden_SaysSo()
    {
        var problem = await ExpectAsync(422, PostAsync(Form("nothing"u8.ToArray())), "CertificatesRefused");

        Assert.Contains("cannot be overridden: NotACertificate. Leave that item out", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("override=", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Null(problem["override"]);
        Assert.False((bool)problem["items"]![0]!["findings"]![0]!["canOverride"]!);

        var both = await ExpectAsync(422, PostAsync(Form([Expired(), "nothing"u8.ToArray()])), "CertificatesRefused");
        Assert.Equal("""{"override":["Expired"],"isEnough":false}""", both["override"]!.ToJsonString());
        Assert.Contains("override=Expired", (string)both["detail"]!, StringComparison.Ordinal);
        Assert.Contains("NotACertificate", (string)both["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_WithoutTheReasonOrPasswordThatItNeeds_SaysTheField()
    {
        var encoded = Convert.ToBase64String(Expired());
        Assert.EndsWith(
            "Send it as the form field reason=....",
            (string)(await ExpectAsync(422, PostAsync(Form(Expired(), ("override", "Expired"))), "ReasonRequired"))["detail"]!,
            StringComparison.Ordinal);
        Assert.Contains(
            "\"reason\"",
            (string)
                (await ExpectAsync(422, PostAsync(Json(new { encodedCertificate = encoded, @override = (string[])["Expired"] })), "ReasonRequired"))["detail"]!,
            StringComparison.Ordinal);

        using var root = TestCertificates.Root();
        var locked = root.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "secret");
        Assert.EndsWith(
            "the form field password.",
            (string)(await ExpectAsync(422, PostAsync(Form(locked)), "PasswordRequired"))["detail"]!,
            StringComparison.Ordinal);
        Assert.Contains(
            "\"certificatePassword\"",
            (string)
                (
                    await ExpectAsync(
                        422,
                        PostAsync(Json(new { encodedCertificate = Convert.ToBase64String(locked), certificatePassword = "wrong" })),
                        "PasswordWrong")
                )["detail"]!,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("storname", "storeName")]
    [InlineData("overide", "override")]
    [InlineData("skipinvald", "skipInvalid")]
    [InlineData("Reasons", "reason")]
    [InlineData("dryRun", null)]
    public async Task Upload_WithAFieldThatIsNotKnown_IsRefusedInBothFormsWithTheNearestName(string name, string? nearest)
    {
        using var root = TestCertificates.Root();
        foreach (var path in UploadPaths)
        {
            await AssertNamedAsync(path, Form(root.RawData, (name, "Root")));
            var json = new JsonObject { ["encodedCertificate"] = Convert.ToBase64String(root.RawData), [name] = "Root" };
            await AssertNamedAsync(path, new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json"));
        }

        Assert.Empty((await api.GetAsync($"{CertificatesPath}?search={Sha256(root)}"))["value"]!.AsArray());

        async Task AssertNamedAsync(string path, HttpContent content)
        {
            var detail = (string)(await ExpectAsync(400, api.Administrator.PostAsync(path, content, Cancellation), "BadRequest"))["detail"]!;
            Assert.StartsWith($"'{name}' is no field of this request.", detail, StringComparison.Ordinal);
            Assert.Equal(nearest is not null, detail.Contains("Did you mean", StringComparison.Ordinal));
            Assert.Contains(nearest is null ? "Its fields are " : $"Did you mean '{nearest}'?", detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Upload_WithAFileInAPartOfAnotherName_SaysWhichAndTheRightOne()
    {
        using var root = TestCertificates.Root();
        var form = new MultipartFormDataContent { { new ByteArrayContent(root.RawData), "files", "root.cer" } };

        var problem = await ExpectAsync(400, PostAsync(form), "BadRequest");

        Assert.StartsWith("'files' is no field of this request. Did you mean 'file'?", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"encodedCertificate\":\"x\",\"\\ud800\":1}")]
    [InlineData("{\"\\u0000\":{}}")]
    [InlineData("{\"\\u202e\":{}}")]
    public async Task Json_WithAHostileName_IsRefused(string body)
    {
        foreach (var path in UploadPaths)
            await ExpectAsync(400, api.Administrator.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancellation), "BadRequest");
    }

    [Theory]
    [InlineData("found-certificates/adopt", """{"items":[],"overide":["Expired"]}""", "'overide'")]
    [InlineData("found-certificates/remove", """{"items":[],"raeson":"x"}""", "'raeson'")]
    [InlineData("back-ends", """{"value":[],"dryRun":true}""", "'dryRun'")]
    public async Task Json_OfOtherRequestsWithANameThatIsNotKnown_IsRefusedToo(string path, string body, string named)
    {
        var problem = await ExpectAsync(
            400,
            api.Administrator.PostAsync($"/api/v1/{path}", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation),
            "BadRequest");

        Assert.StartsWith(named, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    private static byte[] Expired()
    {
        using var expired = TestCertificates.Root(
            $"Expired {Guid.NewGuid():N}",
            TestCertificates.Yesterday.AddYears(-2),
            TestCertificates.Yesterday.AddYears(-1));
        return expired.RawData;
    }

    private Task<HttpResponseMessage> PostAsync(HttpContent content) => api.Administrator.PostAsync(CertificatesPath, content, Cancellation);
}
