using System.Diagnostics;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Portals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>The same work on SQLite and on PostgreSQL, one after the other in one run.</summary>
public sealed class EnginesBenchmark(ITestOutputHelper output)
{
    private const int Rounds = 30;
    private const int Many = 10_000;
    private const int Administrators = 20;
    private const int Each = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Save_ListAndSearch()
    {
        foreach (var provider in Enum.GetValues<DatabaseProvider>())
        {
            using var folder = new TemporaryDirectory();
            await using var core = await StartAsync(folder["data"], provider, await DatabaseOfAsync(provider));
            await core.AddAsync(BenchmarkCertificates.Roots("Warm-up", 2));
            var saves = new List<double>();
            foreach (var certificate in BenchmarkCertificates.Roots("One", Rounds))
                saves.Add(await MeasureAsync(() => core.AddAsync(certificate)));
            foreach (var part in BenchmarkCertificates.Roots("Many", Many).Chunk(1_000))
                await core.AddAsync(part);
            var lists = await MeasureManyAsync(() => core.List.ListAsync(new CaCertificateQuery { Top = 50 }, Cancellation));
            var searches = await MeasureManyAsync(() => core.List.ListAsync(new CaCertificateQuery { Search = "Many 04711", Top = 50 }, Cancellation));
            var save = await MeasureAsync(() => core.AddAsync(BenchmarkCertificates.Roots("Last", 1)));
            output.WriteLine(
                $"{provider}: Save {Median(saves):0} ms, with {Many:N0} certificates {save:0} ms; "
                    + $"first page of them {Median(lists):0.0} ms; search {Median(searches):0.0} ms");
        }
    }

    [Fact(Explicit = true)]
    public async Task Activity_PageOfALongLog()
    {
        foreach (var provider in Enum.GetValues<DatabaseProvider>())
        {
            using var folder = new TemporaryDirectory();
            await using var core = await StartAsync(folder["data"], provider, await DatabaseOfAsync(provider));
            if (provider == DatabaseProvider.Sqlite)
                await core.Get<ActivityRecorder>().RecordAsync(TestCore.Anna, "SignIn", new { });
            await ActivityBenchmark.FillAsync(core, await File.ReadAllBytesAsync(Path.Combine(folder["data"], "activity.key"), Cancellation));
            var service = core.Get<ActivityService>();
            var pages = await MeasureManyAsync(() => service.ListAsync(new ActivityQuery { Top = 50 }, Cancellation));
            var verify = await MeasureAsync(() => service.VerifyAsync(Cancellation));
            output.WriteLine($"{provider}: first page of 100,000 entries {Median(pages):0.0} ms; verifying them {verify / 1000:0.00} s");
        }
    }

    [Fact(Explicit = true)]
    public async Task Save_TwentyAdministratorsAtOnce()
    {
        foreach (var provider in Enum.GetValues<DatabaseProvider>())
        {
            using var folder = new TemporaryDirectory();
            var database = await DatabaseOfAsync(provider);
            await using var one = await StartAsync(folder["one"], provider, database);
            if (provider == DatabaseProvider.PostgreSql)
            {
                Directory.CreateDirectory(folder["two"]);
                File.Copy(Path.Combine(folder["one"], "database.key"), Path.Combine(folder["two"], "database.key"));
            }

            await using var two = provider == DatabaseProvider.PostgreSql ? await StartAsync(folder["two"], provider, database) : null;
            var certificates = BenchmarkCertificates.Roots("Crowd", Administrators * Each).Chunk(Each).ToList();
            var (saves, retries) = (new List<double>(), 0);
            var all = await MeasureAsync(() => Task.WhenAll(Enumerable.Range(0, Administrators).Select(i => Task.Run(
                async () =>
                {
                    foreach (var certificate in certificates[i])
                    {
                        var took = await MeasureAsync(async () =>
                        {
                            while (await (i % 2 == 0 ? one : two ?? one).AddAsync(certificate) is not ChangeOutcome.Applied)
                                Interlocked.Increment(ref retries);
                        });
                        lock (saves)
                            saves.Add(took);
                    }
                },
                Cancellation))));

            Assert.Equal(Administrators * Each, (await one.ListAsync()).Count);
            Assert.Null((await one.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
            var slow = saves.Order().ElementAt(saves.Count * 99 / 100);
            output.WriteLine(
                $"{provider}, {(two is null ? "one portal" : "two portals")}: {Administrators} administrators add {Each} each at once in {all / 1000:0.0} s, "
                    + $"{retries} retries; a Save takes {Median(saves) / 1000:0.0} s in the middle, {slow / 1000:0.0} s at p99");
        }
    }

    private static async Task<string?> DatabaseOfAsync(DatabaseProvider provider) =>
        provider == DatabaseProvider.PostgreSql ? await TestCore.NewPostgresDatabaseAsync() : null;

    private static async Task<TestCore> StartAsync(string directory, DatabaseProvider provider, string? database)
    {
        var core = await TestCore.StartAsync(directory, configure: options =>
            (options.Database.Provider, options.Database.ConnectionString) = (provider, database ?? ""));
        await core.Get<SharedFiles>().PrepareAsync(() => Task.CompletedTask, Cancellation);
        return core;
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<List<double>> MeasureManyAsync(Func<Task> work)
    {
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
            times.Add(await MeasureAsync(work));
        return times;
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
