using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CaPortal.Core.Data;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>Sends entries to a syslog server.</summary>
internal sealed class SyslogSink(IOptions<CoreOptions> options, TimeProvider time) : IActivitySink
{
    /// <summary>Bytes in one datagram: what UDP can carry, less its headers and a margin.</summary>
    private const int LongestDatagram = 60_000;

    /// <summary>Bytes in one message of this machine: rsyslog cuts off what goes beyond 8 KB, and what is left is no JSON.</summary>
    private const int LongestOfThisMachine = 8_000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "syslog";

    /// <inheritdoc/>
    public bool IsConfigured => options.Value.Activity.Syslog.Length > 0;

    /// <inheritdoc/>
    public async Task SendAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        var target = SyslogTarget.Parse(options.Value.Activity.Syslog)!;
        using var limit = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await (
                target.Transport switch
                {
                    SyslogTransport.Tcp => SendStreamAsync(target, entries, either.Token),
                    SyslogTransport.Udp => SendDatagramsAsync(
                        new Socket(SocketType.Dgram, ProtocolType.Udp),
                        target,
                        entries.Select(e => SyslogMessage.Of(e, LongestDatagram)),
                        either.Token),
                    _ => SendDatagramsAsync(
                        new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified),
                        target,
                        entries.Select(e => SyslogMessage.OfThisMachine(e, time.LocalTimeZone, LongestOfThisMachine)),
                        either.Token),
                });
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new ActivitySinkException($"The syslog server {target} takes no messages: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivitySinkException($"The syslog server {target} took no messages within {Timeout.TotalSeconds:F0} seconds.", e);
        }
    }

    private static async Task SendStreamAsync(SyslogTarget target, IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target.Address, target.Port, cancellationToken);
        await using var stream = new NetworkStream(socket);
        foreach (var entry in entries)
        {
            var message = SyslogMessage.Of(entry, int.MaxValue);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "), cancellationToken);
            await stream.WriteAsync(message, cancellationToken);
        }

        // Syslog has no answers. But a receiver closes when it has read to the end; until then nothing counts as arrived.
        socket.Shutdown(SocketShutdown.Send);
        var nothing = new byte[256];
        while (await stream.ReadAsync(nothing, cancellationToken) > 0)
        {
        }
    }

    private static async Task SendDatagramsAsync(Socket newSocket, SyslogTarget target, IEnumerable<byte[]> messages, CancellationToken cancellationToken)
    {
        using var socket = newSocket;
        if (target.Transport == SyslogTransport.Udp)
            await socket.ConnectAsync(target.Address, target.Port, cancellationToken);
        else
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(target.Address), cancellationToken);
        foreach (var message in messages)
            await socket.SendAsync(message, cancellationToken);

        // Where nobody listens, this machine or the other one may have said so meanwhile.
        if (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            await socket.ReceiveAsync(new byte[1], cancellationToken);
    }
}
