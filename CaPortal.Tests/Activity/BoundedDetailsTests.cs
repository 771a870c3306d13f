using System.Text.Json;
using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity;

public class BoundedDetailsTests
{
    [Fact]
    public async Task Record_LongRefusal_KeepsTheFirstItemsWithCountAndHash()
    {
        await using var core = await TestCore.StartAsync();
        var files = Enumerable.Range(0, 1_000).Select(i => new { Name = new string('x', 15_000), Number = i });

        await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "Refused", new { Attempted = "Add", Why = "Too many.", Files = files });

        var entry = Assert.Single((await core.Get<ActivityService>().ListAsync(new ActivityQuery(), TestContext.Current.CancellationToken)).Entries);
        Assert.InRange(entry.Details.Length, 1_000, BoundedDetails.MaxBytes);
        using var details = JsonDocument.Parse(entry.Details);
        Assert.Equal((1_000, "Add"), (details.RootElement.GetProperty("filesInAll").GetInt32(), details.RootElement.GetProperty("attempted").GetString()));
        Assert.Equal(64, details.RootElement.GetProperty("shortened").GetProperty("sha256OfAll").GetString()!.Length);
    }

    [Fact]
    public async Task Add_ManyCertificates_EntriesAreBoundedAndTellOfAll()
    {
        const int Many = 720;
        var roots = BenchmarkCertificates.Roots("Many", Many);
        await using var core = await TestCore.StartAsync(configure: o => o.Drift = DriftResponse.Report);
        await core.AddAsync(roots);

        // The last one is not named any more, and found all the same.
        var last = TestCore.KeyOf(roots[^1]).Sha256;
        var entries = (await ListAsync(core, new ActivityQuery { Sha256 = last })).ToDictionary(e => e.Action);
        Assert.Equal(["Add", "Outcome"], entries.Keys.Order(StringComparer.Ordinal));
        Assert.All(entries.Values, e => Assert.InRange(e.Details.Length, 1_000, BoundedDetails.MaxBytes));
        Assert.DoesNotContain(last, entries["Add"].Details, StringComparison.Ordinal);
        Assert.Equal((Many, 0, Many), (entries["Add"].AddedCount, entries["Add"].RemovedCount, Assert.Single(entries["Add"].Outcomes).Added));
        Assert.Equal($"anna@example.org added Many 00000, Many 00001 and {Many - 2} more", Sentence(entries["Add"]));
        Assert.EndsWith($" and {Many - 2} more added", Sentence(entries["Outcome"]), StringComparison.Ordinal);

        // What is missing is reported once, for any number of certificates; and one more missing certificate is reported again.
        var bundle = await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken);
        var one = bundle.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + "-----END CERTIFICATE-----\n".Length;
        foreach (var left in new[] { bundle[..one], "" })
        {
            await File.WriteAllTextAsync(core.RootsFile, left, TestContext.Current.CancellationToken);
            await core.MaintainAsync();
            await core.MaintainAsync();
        }

        Assert.Equal(
            [$"CaPortal found {Many} certificates missing", $"CaPortal found {Many - 1} certificates missing"],
            (await ListAsync(core, new ActivityQuery { Top = 2 })).Select(e => Sentence(e with { Names = new Dictionary<string, string>() }).Split(" in ")[0]));
        Assert.Equal(Many, (await core.Changes.PlanUndoAsync(1, TestContext.Current.CancellationToken))!.Removals.Count);
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(TestContext.Current.CancellationToken)).Damage);
        Array.ForEach(roots, r => r.Dispose());
    }

    [Fact]
    public void Of_LongList_KeepsTheFirstItemsWithTheCountAndNoHalfFingerprint()
    {
        var sha256 = new string('a', 64);
        var all = Enumerable.Range(0, 2_000).Select(i => new { Sha256 = sha256, Number = i, Name = new string('x', 500), Of = Enumerable.Repeat(sha256, 600) });

        using var details = JsonDocument.Parse(BoundedDetails.Of(all));

        var kept = BoundedDetails.ItemsOf(details.RootElement);
        Assert.Equal((2_000, 600), (BoundedDetails.CountOf(details.RootElement), BoundedDetails.CountOf(kept[^1], "of")));
        Assert.All(kept.Index(), k => Assert.Equal((k.Index, sha256), (k.Item.GetProperty("number").GetInt32(), k.Item.GetProperty("sha256").GetString())));
        Assert.InRange(kept.Count, 2, 512);
    }

    [Fact]
    public async Task List_LongEntriesOfAnEarlierVersion_AnswersFewerAndTheRestFollows()
    {
        await using var core = await TestCore.StartAsync();
        for (var i = 0; i < 5; i++)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { i });
        await core.TamperAsync($"UPDATE activity SET details = '{{\"a\":\"{new string('x', ActivityService.MaxLength / 2)}\"}}'");
        var service = core.Get<ActivityService>();

        var seen = new List<long>();
        while (
            await service.ListAsync(new ActivityQuery { Skip = seen.Count, Top = 1_000 }, TestContext.Current.CancellationToken)
                is { Entries: { Count: > 0 } entries } page)
        {
            Assert.Equal((1, 5), (entries.Count, page.Count));
            seen.AddRange(entries.Select(e => e.Sequence));
        }

        var exported = await service
            .ExportAsync(new ActivityQuery(), TestContext.Current.CancellationToken)
            .Select(e => e.Sequence)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([5, 4, 3, 2, 1], seen);
        Assert.Equal(seen, exported);
    }

    private static string Sentence(ActivityRecord entry) => ActivityText.For(entry, new Dictionary<string, string>()).Sentence;

    private static async Task<IReadOnlyList<ActivityRecord>> ListAsync(TestCore core, ActivityQuery query) =>
        (await core.Get<ActivityService>().ListAsync(query, TestContext.Current.CancellationToken)).Entries;
}

/// <inheritdoc/>
[OnPostgres]
public sealed class BoundedDetailsTestsOnPostgres : BoundedDetailsTests;
