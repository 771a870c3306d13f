using System.Diagnostics;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Programs;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Programs;

/// <summary>A program that a test starts, and that runs until the test ends.</summary>
public sealed class StartedProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // A machine where tests run may have its own.
    private static readonly string[] OfTheMachine =
    [
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_USE_SYSTEM_CA",
        "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
    ];

    private readonly Process _process;
    private readonly RunningPrograms _programs;

    private StartedProgram(Process process, RunningPrograms programs) => (_process, _programs) = (process, programs);

    public int Id => _process.Id;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it in a folder.</summary>
    /// <param name="core">The portal whose certificates it should trust.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="environment">Variables besides those of the tests.</param>
    /// <param name="command">The program, which must be installed, and its arguments.</param>
    public static StartedProgram Start(TestCore core, string folder, Dictionary<string, string?> environment, params string[] command)
    {
        if (!Path.IsPathRooted(command[0]))
            Tool.Require(command[0]);
        var program = File.Exists($"/usr/sbin/{command[0]}") ? $"/usr/sbin/{command[0]}" : command[0];
        var start = new ProcessStartInfo(program, command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in OfTheMachine)
            start.Environment[name] = null;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(process, ProgramsOf(core));
    }

    /// <summary>What the portal looks with, which does not leave out what the tests have started.</summary>
    /// <param name="core">The portal.</param>
    /// <param name="longestLook">How long a look goes on; null for what is usual.</param>
    /// <param name="longestWait">How long to wait for it; null for what is usual.</param>
    public static RunningPrograms ProgramsOf(TestCore core, TimeSpan? longestLook = null, TimeSpan? longestWait = null) =>
        new(
            core.Get<PortalDatabase>(),
            core.Get<CertificateReader>(),
            core.Get<TrustStoreSelection>(),
            core.Get<OperatingSystemRoots>(),
            core.Get<TimeProvider>(),
            core.Get<IOptions<CaPortal.Core.CoreOptions>>())
        {
            OwnProcess = 0,
            LongestLook = longestLook ?? TimeSpan.FromMinutes(1),
            LongestWait = longestWait ?? TimeSpan.FromMinutes(2),
        };

    /// <summary>Looks until the program is seen so; the test fails if it ends instead.</summary>
    public async Task<RunningProgram> SeenAsync(Func<RunningProgram, bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = (await _programs.LookAsync(Cancellation)).Programs.SingleOrDefault(p => p.ProcessId == Id);
            if (seen is not null && condition(seen))
                return seen;
            Assert.False(_process.HasExited, $"The program has ended. It was seen as: {seen}");
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"The program was last seen as: {seen}");
            await Task.Delay(20, Cancellation);
        }
    }

    /// <summary>Looks until the program is seen in this state.</summary>
    public Task<RunningProgram> SeenAsync(RunningProgramState state) => SeenAsync(p => p.State == state);

    /// <summary>Looks until the program is seen as something that has read its list, and the clock has gone on since.</summary>
    public Task<RunningProgram> SettledAsync(RunningProgramState state) =>
        SeenAsync(p => p.State == state && TimeProvider.System.GetUtcNow() - p.LoadedAt > TimeSpan.FromMilliseconds(200));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
