using System.Net.Sockets;
using System.Text;
using CaPortal.Core;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The real process, as a service manager starts and ends it.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Service_OfSystemd_SaysWhenItAnswersAndWhenItEnds()
    {
        // Known by the name of the process that starts it, in the folder that systemd starts services in.
        var systemd = ShellScript.Write(_folder["systemd"], $"cd /\nexport NOTIFY_SOCKET='{_folder["notify"]}'\n\"$@\"\nexit $?");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(_folder["notify"]));
        await using var process = new ProcessUnderTest(Arguments, systemd);

        Assert.Equal("READY=1", await ReceiveAsync(manager));
        var running = RunFile.Read(new CoreOptions { DataDirectory = _folder["data"] })!;
        using var client = new HttpClient { BaseAddress = new Uri(running.Address!) };
        await client.GetStringAsync("/health/ready", Cancellation);
        Assert.Contains("<svg", await client.GetStringAsync("/favicon.svg", Cancellation), StringComparison.Ordinal);

        await Tool.SignalAsync("TERM", running.ProcessId);
        Assert.Equal("STOPPING=1", await ReceiveAsync(manager));
        Assert.Equal(0, await process.ExitCodeAsync(Cancellation));

        // At the level that appsettings.json sets, hosting says nothing.
        Assert.DoesNotContain("Application started", process.Output, StringComparison.Ordinal);
        Assert.Equal("", process.ErrorOutput);
    }

    private string[] Arguments => ["--urls=http://127.0.0.1:0", $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle"];

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var datagram = new byte[65_536];
        var length = await socket.ReceiveAsync(datagram, Cancellation).AsTask().WaitAsync(TestFiles.Timeout, Cancellation);
        return Encoding.UTF8.GetString(datagram, 0, length);
    }
}
