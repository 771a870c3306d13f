using System.Diagnostics;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>Looking for what somebody else added, where that is a thousand certificates: for the first time, and again.</summary>
public sealed class FoundBenchmark(ITestOutputHelper output)
{
    private const int Count = 1000;

    [Fact(Explicit = true)]
    public async Task Found_ListedAndSearched()
    {
        await using var core = await TestCore.StartAsync();
        await TestFiles.AppendAsync(core.RootsFile, BenchmarkCertificates.Roots("Found", Count));
        foreach (var (what, search) in ((string, string?)[])[("first", null), ("again", null), ("again", null), ("searched", "Found 00500")])
        {
            var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var found = await core.Machine.ListFoundAsync(search, TestContext.Current.CancellationToken);
            output.WriteLine(
                $"{what}: {found.Certificates.Count} of {Count} in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, "
                    + $"{(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0} ms of processor time");
        }
    }
}
