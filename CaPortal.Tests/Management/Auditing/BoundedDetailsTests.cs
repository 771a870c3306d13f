using System.Text.Json;
using CaPortal.Core.Management.Auditing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Management.Auditing;

public sealed class BoundedDetailsTests
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
    public async Task List_LongEntriesOfAnEarlierVersion_AnswersFewerAndTheRestFollows()
    {
        await using var core = await TestCore.StartAsync();
        for (var i = 0; i < 5; i++)
            await core.Get<ActivityRecorder>().RecordAsync(TestCore.Reader, "SignIn", new { i });
        await core.ExecuteAsync($"DROP TRIGGER activity_no_update; UPDATE activity SET details = printf('{{\"a\":\"%.*c\"}}', {ActivityService.MaxLength / 2}, 'x')");
        var service = core.Get<ActivityService>();

        var seen = new List<long>();
        while (await service.ListAsync(new ActivityQuery { Skip = seen.Count, Top = 1_000 }, TestContext.Current.CancellationToken) is { Entries: { Count: > 0 } entries } page)
        {
            Assert.Equal((1, 5), (entries.Count, page.Count));
            seen.AddRange(entries.Select(e => e.Sequence));
        }

        var exported = await service.ExportAsync(new ActivityQuery(), TestContext.Current.CancellationToken).Select(e => e.Sequence).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([5, 4, 3, 2, 1], seen);
        Assert.Equal(seen, exported);
    }
}
