using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Names with characters that are not drawn, or that change how others are drawn: no answer has one of them as it is.</summary>
public class HostileTextTests : IAsyncDisposable
{
    private const string Text = "a\u202Eb\u2066c\u200Fd\u0007e\u0085f\u2028g\u200Bh\uFEFFi\u009Bj\U000E0041k";

    private static readonly string[] Reads =
    [
        CertificatesPath, "/api/v1/activity", "/api/v1/activity.json", "/api/v1/activity.csv", "/api/v1/expiry", "/api/v1/expiry.ics", "/api/v1/back-ends",
        "/api/v1/found-certificates", "/api/v1/trust-stores", "/api/v1/alerts", "/metrics",
    ];

    private readonly ApiFixture _api = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Answers_WithHostileNames_ShowEveryCharacterAndProgramsReadThemUnchanged()
    {
        var ending = RawCertificate.Utc($"{TestCertificates.Yesterday.AddDays(90):yyMMddHHmmss}Z");
        var utf8 = new RawCertificate { NotAfter = ending, Name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes(Text)) }.Build();
        var loneSurrogate = new RawCertificate { NotAfter = ending, Name = RawCertificate.CommonName(0x1E, [0, 0x41, 0xD8, 0, 0, 0x42]) }.Build();
        foreach (var certificate in (byte[][])[utf8, loneSurrogate])
        {
            foreach (var path in (string[])[$"{CertificatesPath}/inspect", CertificatesPath])
            {
                var answer = await VisibleAsync(_api.Administrator.PostAsync(path, Upload(certificate), Cancellation), path);
                Assert.Equal($"{Text}.crt", (string)answer["items"]![0]!["fileName"]!);
                if (certificate == utf8)
                    Assert.Contains("a\u202Eb\u2066c\u200Fd", (string)answer["items"]![0]!["subject"]!, StringComparison.Ordinal);
            }
        }

        var refused = await VisibleAsync(_api.Administrator.PostAsync(CertificatesPath, Upload("nothing"u8.ToArray()), Cancellation), "refused");
        Assert.Equal($"{Text}.crt", (string)refused["items"]![0]!["fileName"]!);
        await VisibleAsync(_api.Administrator.PostAsync(CertificatesPath, FieldOf("a\u202Eb\u2066c\u0085"), Cancellation), "unknown field");
        await VisibleAsync(_api.Administrator.PostAsync($"{CertificatesPath}?{Uri.EscapeDataString(Text)}=1", Form(utf8), Cancellation), "unknown parameter");
        await VisibleAsync(
            _api.Administrator.PostAsync(
                "/api/v1/back-ends",
                Json(
                    new
                    {
                        value = new[]
                        {
                            new
                            {
                                name = "b\u202Eend\u2066",
                                host = "back-end.example",
                                port = 443,
                            },
                        },
                    }),
                Cancellation),
            "back-end");
        await VisibleAsync(_api.Administrator.PostAsync("/api/v1/back-ends/probe", Json(new { host = $"x{Text}" }), Cancellation), "probe");

        var found = new RawCertificate { Name = RawCertificate.CommonName(0x0C, Encoding.UTF8.GetBytes($"{Text} found")) }.Build();
        await File.AppendAllTextAsync(
            Path.Combine(_api.Portal.DataDirectory, "trust", "roots.pem"),
            $"\n{System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", found)}\n",
            Cancellation);
        foreach (var path in Reads.Append($"{CertificatesPath}/{Thumbprints.Sha256(utf8)}"))
        {
            using var answer = await _api.Administrator.GetAsync(path, Cancellation);
            Assert.True(answer.IsSuccessStatusCode, path);
            AssertVisible(await answer.Content.ReadAsStringAsync(Cancellation), path);
        }

        var list = await _api.GetAsync($"{CertificatesPath}?search={Thumbprints.Sha256(utf8)}");
        Assert.Contains("a\u202Eb\u2066c\u200Fd", (string)list["value"]![0]!["subject"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_WithLettersOfAnyLanguage_HaveThemAsTheyAre()
    {
        using var root = TestCertificates.Root("Zażółć 根 Ελλάδα");
        await _api.AddAsync(root);

        Assert.Contains("Zażółć 根 Ελλάδα", await _api.Administrator.GetStringAsync(CertificatesPath, Cancellation), StringComparison.Ordinal);
    }

    private static MultipartFormDataContent Upload(byte[] content)
    {
        var part = new ByteArrayContent(content);
        part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileNameStar = $"{Text}.crt" };
        return new MultipartFormDataContent { part, { new StringContent("Root"), "storeName" } };
    }

    /// <summary>A form with one field, whose name no client would write in this way.</summary>
    private static ByteArrayContent FieldOf(string name)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n--b--\r\n"));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        return content;
    }

    private static async Task<JsonNode> VisibleAsync(Task<HttpResponseMessage> sending, string what)
    {
        using var answer = await sending;
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        AssertVisible(text, what);
        Assert.True((int)answer.StatusCode < 500, text);
        return JsonNode.Parse(text)!;
    }

    private static void AssertVisible(string text, string what)
    {
        var shown = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        Assert.True(!DisplayText.HasInvisible(shown), $"{what}: {DisplayText.Visible(shown)}");
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class HostileTextTestsOnPostgres : HostileTextTests;
