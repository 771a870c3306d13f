using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>A portal that runs from a package, and what people and programs do with it.</summary>
internal sealed class PackagedPortal : IAsyncDisposable
{
    private readonly ProcessUnderTest _process;
    private readonly HttpClient _client;

    private PackagedPortal(ProcessUnderTest process, Uri address) => (_process, _client) = (process, new HttpClient
    {
        BaseAddress = address,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", PortalFactory.ApiKey) },
    });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it, and waits until it answers. It has the API key of the tests.</summary>
    public static async Task<PackagedPortal> StartAsync(params string[] command)
    {
        var process = ProcessUnderTest.Start(command);
        try
        {
            return new(process, new Uri((await process.NextLineAsync("Now listening on", Cancellation)).Split(' ')[^1]));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until it has printed a line with these words.</summary>
    public Task<string> SayAsync(string words) => _process.NextLineAsync(words, Cancellation);

    /// <summary>Opens the page for signing in and takes what browsers take for it.</summary>
    public async Task OpenPageAsync()
    {
        Assert.Contains("<form", await _client.GetStringAsync("/login", Cancellation), StringComparison.Ordinal);
        foreach (var path in (string[])["/css/layout.css", "/_content/MudBlazor/MudBlazor.min.css", "/_framework/blazor.web.js", "/js/portal.js"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { AcceptEncoding = { new("br") } } };
            using var file = await _client.SendAsync(request, Cancellation);
            Assert.Equal((path, HttpStatusCode.OK, "br"), (path, file.StatusCode, string.Join(',', file.Content.Headers.ContentEncoding)));
        }
    }

    public async Task AddAsync(X509Certificate2 root)
    {
        using var content = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pem(root)), "file", "root.pem" } };
        using var added = await _client.PostAsync("/api/v1/ca-certificates", content, Cancellation);
        Assert.True(added.StatusCode == HttpStatusCode.Created, await added.Content.ReadAsStringAsync(Cancellation));
    }

    public async Task<int> CountAsync() =>
        JsonNode.Parse(await _client.GetStringAsync("/api/v1/ca-certificates", Cancellation))!["value"]!.AsArray().Count;

    /// <summary>Has every client judge a TLS server.</summary>
    public async Task<JsonNode> ProbeAsync(int port)
    {
        using var probed = await _client.PostAsJsonAsync("/api/v1/back-ends/probe", new { host = "localhost", port }, Cancellation);
        return JsonNode.Parse(await probed.Content.ReadAsStringAsync(Cancellation))!;
    }

    public Task<string> GetAsync(string path) => _client.GetStringAsync(path, Cancellation);

    /// <summary>Asks it to end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(string signal = "TERM")
    {
        await Tool.SignalAsync(signal, _process.Id);
        return await _process.ExitCodeAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }
}
