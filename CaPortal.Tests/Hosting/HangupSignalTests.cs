using CaPortal.Core;
using CaPortal.Core.Files;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Hosting;

public sealed class HangupSignalTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly CapturedLog _log = new();
    private readonly HangupSignal _signal = new();
    private readonly WebApplication _app;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public HangupSignalTests()
    {
        Write("1");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.Configuration.AddJsonFile(_folder["settings.json"]);
        _app = builder.Build();
        _signal.Follow(_app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _signal.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Handle_FileThatHasChanged_IsReadAgain()
    {
        Write("2");
        _signal.Handle(isClosed: false);

        Assert.Equal("2", _app.Configuration["Setting"]);
        Assert.Contains("Information CaPortal", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Handle_FileThatIsBroken_IsSaidAndWhatItHadGoesOn()
    {
        File.WriteAllText(_folder["settings.json"], "{ \"Setting\": ");
        _signal.Handle(isClosed: false);

        Assert.Equal("1", _app.Configuration["Setting"]);
        var line = Assert.Single(_log.Lines);
        Assert.StartsWith("Warning ", line, StringComparison.Ordinal);
        Assert.Contains(_folder["settings.json"], line, StringComparison.Ordinal);
    }

    [Fact]
    public void Handle_TerminalClosed_EndsTheApplication()
    {
        _signal.Handle(isClosed: true);

        Assert.True(_app.Lifetime.ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Signal_ToARunningPortal_ReadsSettingsAgainAndItStillAnswers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal.");
        await using var process = new ProcessUnderTest(Arguments);
        var address = (await process.NextLineAsync("Now listening on", Cancellation)).Split(' ')[^1];
        for (var i = 0; i < 2; i++)
        {
            await Tool.SignalAsync("HUP", process.Id);
            await process.NextLineAsync("SIGHUP: the files of settings were read again", Cancellation);
        }

        using var client = new HttpClient();
        Assert.Equal("Healthy", await client.GetStringAsync($"{address}/health/live", Cancellation));
        await Tool.SignalAsync("TERM", process.Id);
        Assert.Equal(0, await process.ExitCodeAsync(Cancellation));
    }

    [Fact]
    public async Task Signal_BecauseTheTerminalWasClosed_EndsInOrder()
    {
        Tool.Require("script");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the command has other options.");
        var starter = ShellScript.Write(_folder["terminal"], "exec script --quiet --flush --command \"exec $*\" /dev/null");
        await using (var terminal = new ProcessUnderTest(Arguments, starter))
        {
            await terminal.NextLineAsync("Sign in", Cancellation);
            await Tool.SignalAsync("KILL", terminal.Id);
            await terminal.ExitCodeAsync(Cancellation);
        }

        var core = new CoreOptions { DataDirectory = _folder["data"] };

        // The lock is free when the process is gone. One that was killed leaves its file behind.
        (await FileLock.AcquireAsync(RunLock.PathIn(core), TestFiles.Timeout, Cancellation)).Dispose();
        Assert.Null(RunFile.Read(core));
    }

    private string[] Arguments => ["--urls=http://127.0.0.1:0", $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle"];

    private void Write(string value) => File.WriteAllText(_folder["settings.json"], $$"""{ "Setting": "{{value}}" }""");
}
