using System.Diagnostics;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Benchmarks;

/// <summary>A long activity log: verified, and exported whole.</summary>
public sealed class ActivityBenchmark(ITestOutputHelper output)
{
    private const int Entries = 100_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task VerifyAndExport()
    {
        using var folder = new TemporaryDirectory();
        await using var core = await TestCore.StartAsync(folder.Path);
        var (recorder, service) = (core.Get<ActivityRecorder>(), core.Get<ActivityService>());
        await recorder.RecordAsync(TestCore.Anna, "SignIn", new { });
        await FillAsync(core, await File.ReadAllBytesAsync(folder["activity.key"], Cancellation));
        await recorder.RecordAsync(TestCore.Anna, "SignIn", new { });

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 3; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var verification = await service.VerifyAsync(Cancellation);
            output.WriteLine(
                $"verify {verification.Entries} entries: {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s, {verification.Damage?.Message ?? "intact"}, "
                    + $"{(GC.GetTotalMemory(false) - before) / 1e6:F1} MB more");
        }

        var exporting = Stopwatch.GetTimestamp();
        var count = 0;
        await foreach (var _ in service.ExportAsync(new ActivityQuery(), Cancellation))
            count++;
        output.WriteLine($"export {count} entries: {Stopwatch.GetElapsedTime(exporting).TotalSeconds:F2} s");
    }

    /// <summary>Writes entries behind the only one until there are 99,999.</summary>
    internal static async Task FillAsync(TestCore core, byte[] key)
    {
        var last = await core.QueryAsync(db => db.Activity.AsNoTracking().SingleAsync(Cancellation));
        for (var sequence = 2L; sequence < Entries;)
        {
            var part = new List<ActivityEntry>();
            for (; part.Count < 5_000 && sequence < Entries; sequence++)
            {
                var entry = new ActivityEntry
                {
                    Sequence = sequence,
                    At = last.At,
                    Actor = "anna@example.org",
                    Role = "Administrator",
                    Source = "127.0.0.1",
                    Action = "Add",
                    Reason = "CHG-1234",
                    RevisionBefore = sequence,
                    RevisionAfter = sequence + 1,
                    Details = JsonSerializer.Serialize(
                        new
                        {
                            added = new[]
                            {
                                new
                                {
                                    store = "Root",
                                    sha256 = new string('a', 64),
                                    name = "Some Root",
                                    subject = "CN=Some Root, O=Example",
                                },
                            },
                            removed = Array.Empty<int>(),
                        }),
                    PreviousHash = last.Hash,
                    Hash = "",
                };
                entry.Hash = ActivityChain.HashOf(entry, key);
                part.Add(last = entry);
            }

            await core.WriteAsync(async db =>
            {
                db.AddRange(part);
                return await db.SaveChangesAsync(Cancellation);
            });
        }
    }
}
