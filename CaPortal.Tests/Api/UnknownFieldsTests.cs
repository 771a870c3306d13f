using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Api;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>
/// What a request says and its endpoint does not know is refused by every operation: passed over, it would do something else than
/// what was asked for.
/// </summary>
public sealed partial class UnknownFieldsTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<(HttpMethod Method, string Path)> Operations()
    {
        _ = api.Portal.Address;
        return from endpoint in api.Portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               let path = $"/{Parameter().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "1")}"
               where path.StartsWith($"{PortalApi.BasePath}/", StringComparison.Ordinal) && !path.Contains('*', StringComparison.Ordinal)
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
               select (HttpMethod.Parse(method), path);
    }

    [Fact]
    public async Task EveryOperation_WithAQueryParameterThatItDoesNotKnow_IsRefused()
    {
        var operations = Operations().ToList();
        Assert.True(operations.Count > 50, $"{operations.Count} operations were found.");
        await Assert.AllAsync(operations, async operation =>
        {
            var problem = await ExpectAsync(400, SendAsync(operation.Method, $"{operation.Path}?resaon=x", null), "BadRequest");
            Assert.StartsWith("'resaon' is no query parameter of this request.", (string)problem["detail"]!, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task EveryOperation_WithABodyThatItDoesNotKnow_IsRefused()
    {
        await Assert.AllAsync(Operations(), async operation =>
        {
            var problem = await ExpectAsync(400, SendAsync(operation.Method, operation.Path, """{"resaon":"x"}"""), "BadRequest");
            var detail = (string)problem["detail"]!;
            Assert.True(
                detail.StartsWith("'resaon' is no field of this request.", StringComparison.Ordinal)
                    || detail.StartsWith("This request takes no body", StringComparison.Ordinal),
                detail);
        });
    }

    [Theory]
    [InlineData("store=CertificateAuthority", "Did you mean 'storeName'?")]
    [InlineData("dryRun=true", "Its query parameters are storeName, reason, force.")]
    [InlineData("storeName=CertificateAuthority&resaon=x", "Did you mean 'reason'?")]
    public async Task Delete_WithAQueryParameterThatItDoesNotKnow_DeletesNothingAndNamesTheRightOne(string query, string said)
    {
        using var root = TestCertificates.Root();
        await ExpectAsync(201, api.Administrator.PostAsync(CertificatesPath, Form(root.RawData), Cancellation));

        var problem = await ExpectAsync(400, api.Administrator.DeleteAsync($"{CertificatesPath}/{Sha256(root)}?{query}", Cancellation), "BadRequest");

        Assert.Contains(said, (string)problem["detail"]!, StringComparison.Ordinal);
        await api.GetAsync($"{CertificatesPath}/{Sha256(root)}");
    }

    [Fact]
    public async Task Add_BackEndsWithAFieldInsideThatItDoesNotKnow_IsRefused()
    {
        var problem = await ExpectAsync(
            400, SendAsync(HttpMethod.Post, "/api/v1/back-ends", """{"value":[{"host":"one.example","prot":8443}]}"""), "BadRequest");

        Assert.Contains("'prot' is no field of this request. Did you mean 'port'?", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        return await api.Administrator.SendAsync(request, Cancellation);
    }

    [GeneratedRegex(@"\{[^*}]+\}")]
    private static partial Regex Parameter();
}
