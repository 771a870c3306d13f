using System.Diagnostics;
using CaPortal.Tests.Programs;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>Looking at the programs that run, where 2,000 processes do: most of no runtime, and 100 of Python.</summary>
public sealed class ProgramsBenchmark(ITestOutputHelper output)
{
    private const string Start =
        "for i in $(seq 1900); do cat <&3 & done; for i in $(seq 100); do python3 -c 'import ssl, sys; sys.stdin.read()' x$i <&3 & done; wait";

    [Fact(Explicit = true)]
    public async Task Programs_LookedAt()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        using var crowd = Process.Start(new ProcessStartInfo("sh", ["-c", $"exec 3<&0; {Start}"]) { RedirectStandardInput = true })!;
        try
        {
            var programs = StartedProgram.ProgramsOf(core);
            while ((await programs.LookAsync(TestContext.Current.CancellationToken)).Programs.Count(p => p.Runtime == "Python") < 100)
                await Task.Delay(100, TestContext.Current.CancellationToken);
            for (var i = 0; i < 5; i++)
            {
                var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                var report = await programs.LookAsync(TestContext.Current.CancellationToken);
                output.WriteLine(
                    $"{report.Programs.Count} programs of {Directory.GetDirectories("/proc").Length} entries in "
                        + $"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, "
                        + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0} ms of processor time");
            }
        }
        finally
        {
            crowd.StandardInput.Close();
            await crowd.WaitForExitAsync(CancellationToken.None);
        }
    }
}
