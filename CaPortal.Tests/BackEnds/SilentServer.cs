using CaPortal.Tests.Testing;

namespace CaPortal.Tests.BackEnds;

/// <summary>Takes connections and closes them when the test says so, so that a test can look at what goes on meanwhile.</summary>
internal sealed class SilentServer : IAsyncDisposable
{
    private readonly TcpServer _server;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SilentServer()
    {
        _server = new TcpServer((_, _) =>
        {
            _reached.TrySetResult();
            return _released.Task;
        });
    }

    public int Port => _server.Port;

    /// <summary>Ends when somebody has connected.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Closes all connections, those to come too.</summary>
    public void Release() => _released.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Release();
        return _server.DisposeAsync();
    }
}
