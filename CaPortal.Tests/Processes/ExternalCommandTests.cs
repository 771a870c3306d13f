using CaPortal.Core.Processes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Processes;

public sealed class ExternalCommandTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A hook of the operating system may start a service, which must not be ended by a closed pipe.</summary>
    [Fact]
    public async Task Run_ProgramLeftRunning_CanStillWriteAndItsPipeIsClosedAfterIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It reads the open files of a process from /proc.");
        ShellScript.Write(
            _folder["command"],
            $"""
            mkfifo "{_folder["go on"]}" "{_folder["done"]}"
            ( readlink /proc/$$/fd/1 >"{_folder["pipe"]}"; read -r _ <"{_folder["go on"]}"; echo still here && echo written >"{_folder["done"]}" ) &
            while ! [ -s "{_folder["pipe"]}" ]; do :; done
            """);

        var result = await ExternalCommand.TryRunAsync(
            new Command(_folder["command"], [], TimeSpan.FromMinutes(2)) { Drain = TimeSpan.Zero }, Cancellation);

        Assert.Equal(0, result.ExitCode);
        var pipe = (await File.ReadAllTextAsync(_folder["pipe"], Cancellation)).Trim();
        Assert.StartsWith("pipe:", pipe, StringComparison.Ordinal);
        Assert.Contains(pipe, OpenFiles());
        await File.WriteAllTextAsync(_folder["go on"], "go on\n", Cancellation);
        Assert.Equal("written\n", await File.ReadAllTextAsync(_folder["done"], Cancellation));
        while (OpenFiles().Contains(pipe))
            await Task.Delay(TimeSpan.FromMilliseconds(10), Cancellation);
    }

    private static List<string?> OpenFiles() => [.. Directory.GetFiles("/proc/self/fd").Select(f => new FileInfo(f).LinkTarget)];
}
