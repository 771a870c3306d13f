using System.Diagnostics;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>Testing 1,000 back-ends and storing what was found, where all are on one host and so have their turn one after the other.</summary>
public sealed class BackEndTestBenchmark(ITestOutputHelper output)
{
    private const int Count = 1_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Test_ThousandBackEndsOfOneHost()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Benchmark Root");
        using var issuing = TestCertificates.Intermediate(root, "Benchmark Issuing");
        using var leaf = TestCertificates.Server(issuing, "*.corp");
        await using var server = new TlsServer(leaf, issuing);
        await core.AddAsync(root);
        var service = core.Get<BackEndService>();
        var added = Assert.IsType<BackEndOutcome.Done>(
            await service.AddAsync(
                [.. Enumerable.Range(0, Count).Select(i => new BackEndDraft(new BackEndAddress("127.0.0.1", server.Port, $"h{i}.corp"), null))],
                TestCore.Anna,
                Cancellation));

        for (var round = 0; round < 2; round++)
        {
            var started = Stopwatch.GetTimestamp();
            await service.TestAsync(added.Ids.ToHashSet(), TestCore.Anna, null, Cancellation);
            output.WriteLine($"{Count} back-ends of one host tested and stored in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        }

        Assert.Equal(Count, (await service.ListAsync(new BackEndQuery { Filter = BackEndFilter.Trusted }, Cancellation)).Count);
    }
}
