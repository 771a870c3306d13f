using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CaPortal.Core;
using CaPortal.Core.Files;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Hosting;

public sealed class RunLockTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CoreOptions _core;

    public RunLockTests() => _core = new() { DataDirectory = _folder.Path };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_WhileAnotherEnds_WaitsForIt()
    {
        var other = await FileLock.AcquireAsync(RunLock.PathIn(_core), FileLock.DefaultTimeout, Cancellation);
        using var held = NewLock(TimeProvider.System);
        var start = held.StartAsync(Cancellation);
        Assert.False(start.IsCompleted);

        other.Dispose();
        await start;
        await Assert.ThrowsAsync<FileBusyException>(() => FileLock.AcquireAsync(RunLock.PathIn(_core), TimeSpan.Zero, Cancellation));
    }

    [Fact]
    public async Task Start_WhereAnotherDoesNotEnd_SaysSoWhenItHasWaitedLong()
    {
        using var other = await FileLock.AcquireAsync(RunLock.PathIn(_core), FileLock.DefaultTimeout, Cancellation);
        var time = FakeTime.FromNow();
        using var held = NewLock(time);
        var start = held.StartAsync(Cancellation);
        time.Advance(FileLock.DefaultTimeout);

        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => start);
        Assert.StartsWith($"Another portal (with the file {RunLock.PathIn(_core)}) already runs", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AfterOneThatWasKilled_RemovesWhatItLeft()
    {
        var file = RunFile.PathIn(_core);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new RunningPortal("http://127.0.0.1:1", "secret", false, 1)), Cancellation);
        using var held = NewLock(TimeProvider.System);
        await held.StartAsync(Cancellation);

        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Start_LockThatIsNoFile_IsRefused()
    {
        Directory.CreateDirectory(RunLock.PathIn(_core));
        using var held = NewLock(TimeProvider.System);

        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => held.StartAsync(Cancellation));
        Assert.StartsWith($"The file {RunLock.PathIn(_core)} cannot be used: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_TwoAtOnceOnOneDataDirectory_OneWorksTheOtherSaysSoAndEndsAndNoEntryIsForwardedTwice()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such sockets.");
        using var syslog = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        syslog.Bind(new UnixDomainSocketEndPoint(_folder["log"]));
        string[] arguments = [.. Arguments, $"--CaPortal:Activity:Syslog=unix:{_folder["log"]}"];
        await using (var one = new ProcessUnderTest(arguments))
        await using (var two = new ProcessUnderTest(arguments))
        {
            var (oneEnds, twoEnds) = (one.ExitCodeAsync(Cancellation), two.ExitCodeAsync(Cancellation));
            var ended = await Task.WhenAny(oneEnds, twoEnds).WaitAsync(TestFiles.Timeout, Cancellation);
            var (ends, runs) = ended == oneEnds ? (one, two) : (two, one);
            Assert.Equal(StartErrors.ExitCode, await ended);
            var address = (await runs.NextLineAsync(Cancellation)).Split(' ')[^1];
            Assert.Equal("", ends.Output);
            Assert.Equal(
                $"CaPortal cannot start:\n  Another portal (process {runs.Id}, {address}) already runs on the data directory {_folder["data"]}. "
                    + "Use that one, end it first, or set CaPortal:DataDirectory to another folder.",
                ends.ErrorOutput);

            using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
            (await browser.SubmitFormAsync(new Uri((await runs.NextLineAsync("Sign in", Cancellation)).Split(' ')[2]), Cancellation)).Dispose();
            var entries = new List<string>();
            while (!entries.Any(e => e.Contains("\"SignIn\"", StringComparison.Ordinal)))
                entries.Add(await ReceiveAsync(syslog));
            Assert.Equal(entries.Distinct(), entries);
        }

        // Both were killed: nothing keeps the next one from the folder.
        var core = new CoreOptions { DataDirectory = _folder["data"] };
        await using var next = new ProcessUnderTest(Arguments);
        await next.NextLineAsync("Now listening on", Cancellation);
        Assert.Equal(next.Id, RunFile.Read(core)!.ProcessId);
    }

    private string[] Arguments => ["--urls=http://127.0.0.1:0", $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle"];

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var datagram = new byte[65_536];
        var length = await socket.ReceiveAsync(datagram, Cancellation).AsTask().WaitAsync(TestFiles.Timeout, Cancellation);
        return Encoding.UTF8.GetString(datagram, 0, length);
    }

    private RunLock NewLock(TimeProvider time) => new(Options.Create(_core), time);
}
