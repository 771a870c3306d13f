using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity.Forwarding;

/// <summary>Real sockets in place of a syslog server.</summary>
public sealed partial class SyslogForwardingTests : ForwardingTest
{
    [Fact]
    public async Task Forward_OverTcp_CountsOctetsAndGoesOnAfterARestart()
    {
        var received = new List<string>();
        await using var server = new TcpServer(async (socket, cancellationToken) => received.AddRange(await ReadAsync(socket, cancellationToken)));
        var address = $"tcp://127.0.0.1:{server.Port}";
        await using (var core = await StartAsync(o => o.Syslog = address))
        {
            await RecordAsync(core, "1", "umlaut \u00FC and line \n break");
            await ForwardAsync(core);
        }

        await using (var again = await StartAsync(o => o.Syslog = address))
        {
            await RecordAsync(again, "3");
            await ForwardAsync(again);
        }

        Assert.Equal(["1", "umlaut \u00FC and line \n break", "3"], Read(received.Select(TextOf)));
        Assert.Equal(["1", "2", "3"], received.Select(m => Message().Match(m).Groups["id"].Value));
    }

    [Fact]
    public async Task Forward_OverTcpToOneThatBreaksOff_SendsAgain()
    {
        var received = new List<string>();
        var isFirst = true;
        await using var server = new TcpServer(async (socket, cancellationToken) =>
        {
            if (isFirst)
            {
                // What was written is lost with the connection, though the sender has seen no error while writing.
                isFirst = false;
                await socket.ReceiveAsync(new byte[1], cancellationToken);
                socket.LingerState = new LingerOption(true, 0);
                return;
            }

            received.AddRange(await ReadAsync(socket, cancellationToken));
        });
        await using var core = await StartAsync(o => o.Syslog = $"tcp://localhost:{server.Port}");
        await RecordAsync(core, "1", "2");

        await Assert.ThrowsAsync<ActivitySinkException>(() => ForwardAsync(core));
        await ForwardAsync(core);

        Assert.Equal(["1", "2"], Read(received.Select(TextOf)));
    }

    [Fact]
    public async Task Forward_OverUdp_IsOneDatagramEach()
    {
        using var server = new Socket(SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        await using var core = await StartAsync(o => o.Syslog = $"udp://127.0.0.1:{((IPEndPoint)server.LocalEndPoint!).Port}");
        await RecordAsync(core, "1");
        await RecordChangeAsync(core, new string('x', 65_500));
        await RecordAsync(core, "3");
        await ForwardAsync(core);

        var received = await ReadAsync(server, 3);
        Assert.Equal(["1", "{\"omittedCharacters\":65511}", "3"], Read(received.Select(TextOf)));
    }

    [Fact]
    public async Task Forward_OverASocketOfThisMachine_IsOneDatagramEach()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such sockets.");
        using var server = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(Folder["log"]));
        await using var core = await StartAsync(o => o.Syslog = $"unix:{Folder["log"]}");
        await RecordAsync(core, "1");
        await RecordChangeAsync(core, new string('x', 9_000));
        await RecordAsync(core, "3");
        await ForwardAsync(core);

        // As syslog(3) writes them; rsyslog cuts off what is longer than 8 KB.
        var received = await ReadAsync(server, 3);
        Assert.Equal(["1", "{\"omittedCharacters\":9011}", "3"], Read(received.Select(m => m[(m.IndexOf(": ", StringComparison.Ordinal) + 2)..])));
        Assert.All(received, m =>
            Assert.Matches($@"^<1\d\d>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d CaPortal\[{Environment.ProcessId}\]: \{{", m));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:{0}")]
    [InlineData("udp://127.0.0.1:{0}")]
    [InlineData("unix:/nowhere/log")]
    [InlineData("tcp://nowhere.invalid:{0}")]
    public async Task Forward_WhereNobodyListens_IsToldAndNothingIsLost(string address)
    {
        using var port = new ClosedPort();
        await using (var core = await StartAsync(o => o.Syslog = string.Format(CultureInfo.InvariantCulture, address, port.Number)))
        {
            await RecordAsync(core, "1", "2");
            var failure = await Assert.ThrowsAsync<ActivitySinkException>(() => ForwardAsync(core));
            Assert.StartsWith("The syslog server ", failure.Message, StringComparison.Ordinal);
        }

        var received = new List<string>();
        await using var server = new TcpServer(async (socket, cancellationToken) => received.AddRange(await ReadAsync(socket, cancellationToken)));
        await using var again = await StartAsync(o => o.Syslog = $"tcp://127.0.0.1:{server.Port}");
        await ForwardAsync(again);

        Assert.Equal(["1", "2"], Read(received.Select(TextOf)));
    }

    [Fact]
    public void Of_AnyEntry_HasAHeaderOfRfc5424()
    {
        var entry = new Core.Data.ActivityEntry
        {
            Sequence = 2_147_483_648,
            At = new DateTime(2026, 11, 24, 10, 0, 0, DateTimeKind.Utc).AddTicks(1_234_567),
            Actor = "",
            Role = "",
            Source = "",
            Action = "Re fused\n\u00FC" + new string('x', 40),
            Details = "{}",
            PreviousHash = "",
            Hash = "",
        };

        var header = Message().Match(Encoding.ASCII.GetString(SyslogMessage.Of(entry, int.MaxValue)));

        Assert.True(header.Success);
        Assert.Equal(
            ("110", "2026-11-24T10:00:00.123456Z", "Re-fused--xxxxxxxxxxxxxxxxxxxxxx", "1"),
            (header.Groups["priority"].Value, header.Groups["at"].Value, header.Groups["action"].Value, header.Groups["id"].Value));
    }

    [Fact]
    public void OfThisMachine_AnEntry_HasTheLocalTimeAndNeitherVersionNorHost()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(2), null, null);
        var entry = new Core.Data.ActivityEntry
        {
            Sequence = 1,
            At = new DateTime(2026, 1, 4, 23, 5, 6),
            Actor = "",
            Role = "",
            Source = "",
            Action = "Add",
            Details = "{}",
            PreviousHash = "",
            Hash = "",
        };

        var message = Encoding.ASCII.GetString(SyslogMessage.OfThisMachine(entry, zone, 8_000));

        Assert.StartsWith($"<109>Jan  5 01:05:06 CaPortal[{Environment.ProcessId}]: {{\"sequence\":1,", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Refused", 108)]
    [InlineData("SignInRefused", 108)]
    [InlineData("Delete", 109)]
    [InlineData("CreateApiKey", 109)]
    [InlineData("Outcome", 110)]
    public void Of_Action_HasItsSeverityInTheAuditFacility(string action, int priority)
    {
        var entry = new Core.Data.ActivityEntry
        {
            Sequence = 1,
            Actor = "",
            Role = "",
            Source = "",
            Action = action,
            Details = "{}",
            PreviousHash = "",
            Hash = "",
        };

        Assert.StartsWith($"<{priority}>1 ", Encoding.ASCII.GetString(SyslogMessage.Of(entry, int.MaxValue)), StringComparison.Ordinal);
    }

    private static string TextOf(string message)
    {
        var match = Message().Match(message);
        Assert.True(match.Success, message);
        return match.Groups["text"].Value;
    }

    /// <summary>Messages with their lengths before them, to the end of the connection.</summary>
    private static async Task<IReadOnlyList<string>> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
        var rest = await reader.ReadToEndAsync(cancellationToken);
        var messages = new List<string>();
        while (rest.Length > 0)
        {
            var space = rest.IndexOf(' ', StringComparison.Ordinal);
            var length = int.Parse(rest[..space], CultureInfo.InvariantCulture);
            messages.Add(rest.Substring(space + 1, length));
            rest = rest[(space + 1 + length)..];
        }

        return messages;
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(Socket server, int count)
    {
        var (buffer, messages) = (new byte[70_000], new List<string>());
        for (var i = 0; i < count; i++)
            messages.Add(Encoding.ASCII.GetString(buffer, 0, await server.ReceiveAsync(buffer, Cancellation)));
        return messages;
    }

    [GeneratedRegex(
        """^<(?<priority>\d{1,3})>1 (?<at>\S+) [!-~]{1,255} CaPortal \d+ (?<action>[!-~]{1,32}) \[meta sequenceId="(?<id>\d+)"\] (?<text>\{[ -~]*\})$"""
    )]
    private static partial Regex Message();
}
