using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

public sealed class TrustMaintenanceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Portal_CertificateRemovedByAnotherProgram_PutsItBackByItself()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var portal = new PortalFactory();
        using var client = portal.CreateApiClient();
        using var root = TestCertificates.Root();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsync("/api/v1/ca-certificates", form, cancellationToken)).StatusCode);
        var roots = Path.Combine(portal.DataDirectory, "trust", "roots.pem");

        await File.WriteAllTextAsync(roots, "", cancellationToken);

        while (!(await File.ReadAllTextAsync(roots, cancellationToken)).Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            await Task.Delay(20, cancellationToken);
    }

    [Fact]
    public async Task Portal_DatabaseLost_StartsAndSaysWhatIsLostAndChangesNothing()
    {
        using var folder = new TemporaryDirectory();
        var data = Directory.CreateDirectory(folder["data"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(data, "portal.db"), new string('x', 10_000), Cancellation);
        await using var portal = new PortalFactory().With("CaPortal:DataDirectory", data);
        using var client = portal.CreateApiClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready", Cancellation)).StatusCode);
        var answer = await client.GetAsync("/api/v1/ca-certificates", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("damaged", (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(new string('x', 10_000), await File.ReadAllTextAsync(Path.Combine(data, "portal.db"), Cancellation));
    }
}
