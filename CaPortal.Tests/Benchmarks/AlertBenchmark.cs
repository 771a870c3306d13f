using System.Diagnostics;
using CaPortal.Core.Alerts;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>What is done after each test of a back-end and for each monitor that asks, with 10,000 certificates and 1,000 back-ends.</summary>
public sealed class AlertBenchmark(ITestOutputHelper output)
{
    private const int Rounds = 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task EvaluateAndRead()
    {
        await using var core = await TestCore.StartAsync();
        var roots = BenchmarkCertificates.Roots("Many", 10_000);
        await core.AddAsync(roots);
        var stored = StoredBackEnds.Of(core);
        for (var i = 0; i < 1_000; i++)
            await stored.AddAsync($"server{i:D4}.corp", TrustVerdict.Trusted, anchor: roots[i], chain: roots[i % 50]);

        await MeasureAsync("evaluate", () => core.Get<AlertService>().EvaluateAsync(Cancellation));
        await MeasureAsync("radar", () => core.Get<ExpiryRadar>().LoadAsync(Cancellation));
        await MeasureAsync("figures", () => core.Get<PortalFigures>().LoadAsync(Cancellation));
    }

    private async Task MeasureAsync(string what, Func<Task> action)
    {
        await action();
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        output.WriteLine($"{what}: median {times.Order().ElementAt(Rounds / 2):F1} ms, most {times.Max():F1} ms");
    }
}
