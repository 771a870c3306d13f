using System.Net.Http.Headers;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>A whole store as one file.</summary>
public sealed class BundlesApiTests : IAsyncDisposable
{
    private readonly ApiFixture _api = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("Root.pem", "application/x-pem-file")]
    [InlineData("root.p7b", "application/x-pkcs7-certificates")]
    [InlineData("ROOT.p12", "application/x-pkcs12")]
    public async Task Bundle_OfAStore_HasItsCertificatesAndATrueETag(string file, string type)
    {
        using var root = TestCertificates.Root("First");
        using var second = TestCertificates.Root("Second");
        using var intermediate = TestCertificates.Intermediate(root);
        using var empty = await _api.Reader.GetAsync($"/api/v1/bundles/{file}", Cancellation);
        await _api.AddAsync(second, root, intermediate);

        using var one = await _api.Reader.GetAsync($"/api/v1/bundles/{file}", Cancellation);
        using var same = await _api.Reader.GetAsync($"/api/v1/bundles/{file}", Cancellation);
        var content = await one.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal((200, 200), ((int)empty.StatusCode, (int)one.StatusCode));
        Assert.Equal(type, one.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"Root.{file[^3..]}", one.Content.Headers.ContentDisposition?.FileName);
        X509Certificate2[] expected = [.. new[] { root, second }.OrderBy(Sha256, StringComparer.Ordinal)];
        Assert.Equal(expected.Select(Sha256), Read(content, file[^3..]).Select(Sha256).Order(StringComparer.Ordinal));

        Assert.False(one.Headers.ETag!.IsWeak);
        Assert.Equal(one.Headers.ETag, same.Headers.ETag);
        Assert.Equal(content, await same.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.NotEqual(one.Headers.ETag, empty.Headers.ETag);
        Assert.Equal(304, (int)await StatusAsync(file, one.Headers.ETag));
        Assert.Equal(200, (int)await StatusAsync(file, empty.Headers.ETag!));
        Assert.False(one.Headers.Contains("CaPortal-Left-Out"));
    }

    [Fact]
    public async Task Bundle_WithACertificateThatStopsReaders_LeavesItOutAndSaysSo()
    {
        using var root = TestCertificates.Root();
        using var breaking = TestCertificates.Root();
        await _api.AddAsync(root, breaking);
        var sha256 = Sha256(breaking);
        await _api
            .Portal.Services.GetRequiredService<PortalDatabase>()
            .RunAsync(
                db => db.Certificates.Where(c => c.Sha256 == sha256).ExecuteUpdateAsync(c => c.SetProperty(r => r.BreaksReaders, true), Cancellation),
                Cancellation);
        using var bundle = await _api.Reader.GetAsync("/api/v1/bundles/Root.pem", Cancellation);

        Assert.Equal("1", Assert.Single(bundle.Headers.GetValues("CaPortal-Left-Out")));
        Assert.Equal(TestFiles.Pem(root), await bundle.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Pkcs12Bundle_ReadByKeytool_IsATruststore()
    {
        Tool.Require("keytool");
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);
        using var folder = new TemporaryDirectory();
        await File.WriteAllBytesAsync(folder["trust.p12"], await _api.Reader.GetByteArrayAsync("/api/v1/bundles/Root.p12", Cancellation), Cancellation);
        foreach (var password in new[] { "", "changeit" })
        {
            var listed = await Tool.RunAsync(folder.Path, "keytool", "-list", "-keystore", folder["trust.p12"], "-storepass", password);
            Assert.Contains($"{Sha256(root)}", listed, StringComparison.Ordinal);
            Assert.Contains("trustedCertEntry", listed, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("p12", "pkcs12", "-passin", "pass:", "-nokeys")]
    [InlineData("p7b", "pkcs7", "-inform", "DER", "-print_certs")]
    public async Task Bundle_ReadByOpenssl_HasItsCertificates(string extension, string command, params string[] arguments)
    {
        Tool.Require("openssl");
        using var root = TestCertificates.Root();
        await _api.AddAsync(root);
        using var folder = new TemporaryDirectory();
        await File.WriteAllBytesAsync(folder["bundle"], await _api.Reader.GetByteArrayAsync($"/api/v1/bundles/Root.{extension}", Cancellation), Cancellation);
        var output = await Tool.RunAsync(folder.Path, "openssl", [command, "-in", folder["bundle"], .. arguments]);
        Assert.Contains(root.ExportCertificatePem().ReplaceLineEndings("\n"), output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static X509Certificate2Collection Read(byte[] content, string extension)
    {
        var certificates = new X509Certificate2Collection();
        if (extension == "pem")
            certificates.ImportFromPem(Encoding.ASCII.GetString(content));
        else if (extension == "p12")
            certificates.AddRange(X509CertificateLoader.LoadPkcs12Collection(content, ""));
        else
            certificates.AddRange(SignedCmsOf(content).Certificates);
        return certificates;
    }

    private static SignedCms SignedCmsOf(byte[] content)
    {
        var message = new SignedCms();
        message.Decode(content);
        return message;
    }

    private async Task<System.Net.HttpStatusCode> StatusAsync(string file, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/bundles/{file}");
        request.Headers.IfNoneMatch.Add(tag);
        using var answer = await _api.Reader.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
