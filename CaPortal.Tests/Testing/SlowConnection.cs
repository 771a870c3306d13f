using System.Collections.Concurrent;
using System.Text;
using Microsoft.Playwright;

namespace CaPortal.Tests.Testing;

/// <summary>A page's connection to the portal that is slow, or that for a while does not let the portal know that the page was drawn.</summary>
public sealed class SlowConnection
{
    private static readonly byte[] Drawn = Encoding.UTF8.GetBytes("OnRenderCompleted");

    private readonly ConcurrentQueue<Action> _held = [];
    private volatile bool _isHolding;
    private Task _late = Task.CompletedTask;

    /// <summary>What the portal sends reaches the page this much later.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Sits between a page and the portal from the page's next load on.</summary>
    public Task JoinAsync(IPage page) => page.RouteWebSocketAsync(
        url => url.Contains("/_blazor", StringComparison.Ordinal),
        socket =>
        {
            var portal = socket.ConnectToServer();
            if (Lag > TimeSpan.Zero)
                portal.OnMessage(frame => _late = SendLateAsync(_late, Task.Delay(Lag), socket, frame));
            socket.OnMessage(frame =>
            {
                if (_isHolding && frame.Binary?.AsSpan().IndexOf(Drawn) >= 0)
                    _held.Enqueue(() => portal.Send(frame.Binary));
                else if (frame.Binary is { } binary)
                    portal.Send(binary);
                else
                    portal.Send(frame.Text!);
            });
        });

    public void Hold() => _isHolding = true;

    public void Release()
    {
        _isHolding = false;
        while (_held.TryDequeue(out var send))
            send();
    }

    private static async Task SendLateAsync(Task before, Task lag, IWebSocketRoute page, IWebSocketFrame frame)
    {
        await Task.WhenAll(before, lag);
        if (frame.Binary is { } binary)
            page.Send(binary);
        else
            page.Send(frame.Text!);
    }
}
