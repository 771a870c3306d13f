using System.Diagnostics;
using CaPortal.Tests.Changes;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.Benchmarks;

/// <summary>
/// What looking for drift costs with many certificates in every trust store that is made of files. Beside it, the same look
/// by a portal that has just started and has read nothing yet.
/// </summary>
public sealed class DriftBenchmark(ITestOutputHelper output)
{
    private const int Many = 1000;
    private const int Rounds = 30;

    [Fact(Explicit = true)]
    public async Task Verify_ThousandCertificatesInEveryTrustStore()
    {
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        var cancellationToken = TestContext.Current.CancellationToken;
        await using (var core = await RestlessPortal.StartAsync(folder["data"], sandbox))
        {
            await core.AddAsync(BenchmarkCertificates.Roots("Drift", Many));
            var times = new List<double>();
            for (var i = 0; i < Rounds; i++)
                times.Add(await MeasureAsync(() => core.Machine.VerifyAsync(TestCore.Anna, cancellationToken)));
            output.WriteLine(
                $"Compare {Many} certificates in 4 trust stores with the list, nothing changed (median of {Rounds}): "
                    + $"{times.Order().ElementAt(Rounds / 2):F1} ms");

            times.Clear();
            for (var i = 0; i < Rounds; i++)
            {
                await File.AppendAllTextAsync(core.RootsFile, "# changed\n", cancellationToken);
                times.Add(await MeasureAsync(() => core.Machine.VerifyAsync(TestCore.Anna, cancellationToken)));
            }

            output.WriteLine($"The same after somebody touched the PEM bundle: {times.Order().ElementAt(Rounds / 2):F1} ms");
        }

        await using var fresh = await RestlessPortal.StartAsync(folder["data"], new DebianSandbox(sandbox.Root));
        output.WriteLine(
            $"The first time after a start, everything read anew: {await MeasureAsync(() => fresh.Machine.VerifyAsync(TestCore.Anna, cancellationToken)):F1} ms"
        );
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
