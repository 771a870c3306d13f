using System.Net.Sockets;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>A request that a <see cref="WebhookReceiver"/> got.</summary>
public sealed record ReceivedRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A web server on a free loopback port that keeps what it is sent and answers as the test says.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly TcpServer _server;
    private readonly Lock _gate = new();
    private readonly List<ReceivedRequest> _requests = [];
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WebhookReceiver()
    {
        _server = new TcpServer(AnswerAsync);
    }

    /// <summary>The status line's end and further headers: <c>204 No Content</c>.</summary>
    public string Answer { get; set; } = "204 No Content";

    public string Url => $"http://127.0.0.1:{_server.Port}/hooks/a-secret-path";

    /// <summary>Ends when the first request has come.</summary>
    public Task Received => _received.Task;

    /// <summary>What has come, in order.</summary>
    public IReadOnlyList<ReceivedRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = await reader.ReadLineAsync(cancellationToken) ?? "";
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } header)
            headers[header.Split(':')[0]] = header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        var body = new char[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), null)];
        await reader.ReadBlockAsync(body, cancellationToken);
        lock (_gate)
            _requests.Add(new ReceivedRequest(line, headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body))));
        _received.TrySetResult();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancellationToken);
    }
}
