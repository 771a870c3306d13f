using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.BackEnds;

/// <summary>The list of back-ends: who may change it, what is recorded, how it is searched and sorted.</summary>
public class BackEndListTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_ByAReader_IsForbiddenAndChangesNothing()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddAsync(8443);
        var service = lab.Service;

        BackEndOutcome[] outcomes =
        [
            await service.AddAsync([Draft("b.corp")], TestCore.Reader, Cancellation),
            await service.EditAsync(id, Draft("b.corp"), TestCore.Reader, Cancellation),
            await service.DeleteAsync([id], TestCore.Reader, Cancellation),
            await service.TestAsync([id], TestCore.Reader, null, Cancellation),
        ];

        Assert.All(outcomes, o => Assert.IsType<BackEndOutcome.Forbidden>(o));
        Assert.Null(await service.ProbeAsync(new BackEndAddress("127.0.0.1", 8443, null), TestCore.Reader, Cancellation));
        Assert.Null(await service.FetchIssuerAsync(new PresentedCertificate("", default, null), ["http://127.0.0.1:8443/"], TestCore.Reader, Cancellation));
        var left = Assert.Single(await lab.ListAsync());
        Assert.Equal((8443, null), (left.Address.Port, left.CheckedAt));
        Assert.Equal(
            ["AddBackEnds"],
            await lab.Core.QueryAsync(db => db.Activity.Where(a => a.Action != "Refused").Select(a => a.Action).ToListAsync(Cancellation)));
    }

    [Fact]
    public async Task Add_SomeThatAreThere_PassesThoseOverAndRecordsTheOthers()
    {
        await using var lab = await BackEndLab.StartAsync();
        var told = 0;
        lab.Service.Changed += () => told++;
        await lab.Service.AddAsync([Draft("a.corp")], TestCore.Anna, Cancellation);

        // A server name that is the host says nothing.
        var done = Assert.IsType<BackEndOutcome.Done>(
            await lab.Service.AddAsync(
                [Draft("a.corp", serverName: "a.corp"), Draft("a.corp", 8443), Draft("a.corp", serverName: "b.corp", name: " B "), Draft("a.corp", 8443)],
                TestCore.Anna,
                Cancellation));

        Assert.Equal(2, done.Ids.Count);
        Assert.Equal([443, 8443], done.Duplicates.Select(d => d.Port));
        Assert.Equal(["a.corp", "a.corp", "B"], (await lab.ListAsync()).Select(b => b.Name));
        Assert.Equal(2, told);
        var entry = (await lab.ActivityAsync("AddBackEnds"))[1];
        Assert.Equal(TestCore.Anna.Name, entry.Actor);
        Assert.Contains("a.corp:8443", entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_NothingNew_RecordsNothing()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Service.AddAsync([Draft("a.corp")], TestCore.Anna, Cancellation);

        Assert.Empty(Assert.IsType<BackEndOutcome.Done>(await lab.Service.AddAsync([Draft("a.corp")], TestCore.Anna, Cancellation)).Ids);

        Assert.Single(await lab.ActivityAsync("AddBackEnds"));
    }

    [Fact]
    public async Task Add_MoreThanThereMayBe_IsRefusedAsAWhole()
    {
        await using var lab = await BackEndLab.StartAsync(configure: o => o.BackEnds.MaxBackEnds = 2);
        await lab.Service.AddAsync([Draft("a.corp")], TestCore.Anna, Cancellation);

        var refused = Assert.IsType<BackEndOutcome.Refused>(await lab.Service.AddAsync([Draft("b.corp"), Draft("c.corp")], TestCore.Anna, Cancellation));

        Assert.Contains("CaPortal:BackEnds:MaxBackEnds", refused.Advice, StringComparison.Ordinal);
        Assert.Single(await lab.ListAsync());
    }

    [Fact]
    public async Task Add_NameThatIsNone_IsRefused()
    {
        await using var lab = await BackEndLab.StartAsync();

        Assert.IsType<BackEndOutcome.Refused>(await lab.Service.AddAsync([Draft("a.corp", name: new string('x', 201))], TestCore.Anna, Cancellation));
        Assert.IsType<BackEndOutcome.Refused>(await lab.Service.AddAsync([Draft("a.corp", name: "a\nb")], TestCore.Anna, Cancellation));

        Assert.Empty(await lab.ListAsync());
    }

    [Fact]
    public async Task Edit_AnotherAddress_ForgetsWhatWasFound()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        Assert.Equal(2, await lab.PresentedAsync());

        await lab.Service.EditAsync(id, Draft("other.corp", name: "Other"), TestCore.Anna, Cancellation);

        var edited = await lab.SummaryAsync(id);
        Assert.Equal(("Other", "other.corp:443"), (edited.Name, edited.Address.ToString()));
        Assert.Equal((null, null, null), ((object?)edited.Verdict, (object?)edited.CheckedAt, (object?)edited.ExpiresAt));
        Assert.Equal(0, await lab.PresentedAsync());
        Assert.Contains("other.corp:443", Assert.Single(await lab.ActivityAsync("EditBackEnd")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_NameAlone_KeepsWhatWasFoundAndIsSearched()
    {
        await using var lab = await BackEndLab.StartAsync();
        var server = lab.Serve();
        var id = await lab.AddTestedAsync(server.Port);

        await lab.Service.EditAsync(id, Draft("127.0.0.1", server.Port, name: "Payments"), TestCore.Anna, Cancellation);

        Assert.NotNull((await lab.SummaryAsync(id)).Verdict);
        Assert.Equal(2, await lab.PresentedAsync());
        Assert.Single(await lab.ListAsync(new BackEndQuery { Search = "payments 127" }));
    }

    [Fact]
    public async Task Edit_AddressOfAnother_IsRefusedAndOneThatIsGoneDoesNothing()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Service.AddAsync([Draft("a.corp"), Draft("b.corp")], TestCore.Anna, Cancellation);
        var second = (await lab.ListAsync())[1];

        Assert.IsType<BackEndOutcome.Refused>(await lab.Service.EditAsync(second.Id, Draft("a.corp"), TestCore.Anna, Cancellation));
        Assert.Empty(Assert.IsType<BackEndOutcome.Done>(await lab.Service.EditAsync(99, Draft("c.corp"), TestCore.Anna, Cancellation)).Ids);

        Assert.Equal(["a.corp", "b.corp"], (await lab.ListAsync()).Select(b => b.Address.Host));
    }

    [Fact]
    public async Task Delete_OneOfTwoWithTheSameChain_KeepsItForTheOtherAndThenRemovesIt()
    {
        await using var lab = await BackEndLab.StartAsync();
        var first = await lab.AddTestedAsync(lab.Serve().Port);
        var second = await lab.AddTestedAsync(lab.Serve().Port);
        Assert.Equal(2, await lab.PresentedAsync());

        await lab.Service.DeleteAsync([first, 99], TestCore.Anna, Cancellation);
        Assert.Equal(2, await lab.PresentedAsync());
        Assert.Equal(2, (await lab.ViewAsync(second)).Presented.Count);

        await lab.Service.DeleteAsync([second], TestCore.Anna, Cancellation);
        Assert.Equal(0, await lab.PresentedAsync());
        Assert.Equal(2, (await lab.ActivityAsync("DeleteBackEnds")).Count);
        Assert.Empty(Assert.IsType<BackEndOutcome.Done>(await lab.Service.DeleteAsync([second], TestCore.Anna, Cancellation)).Ids);
        Assert.Equal(2, (await lab.ActivityAsync("DeleteBackEnds")).Count);
    }

    [Fact]
    public async Task List_SearchedFilteredAndSorted_IsWhatTheDatabaseHas()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        await FillAsync(lab, time.GetUtcNow().UtcDateTime);

        Assert.Equal("Bravo", await NamesAsync(lab, new BackEndQuery { Search = "BRAVO root" }));
        Assert.Equal("Alpha", await NamesAsync(lab, new BackEndQuery { Search = "[2001:db8::5]:9443" }));
        Assert.Equal("delta", await NamesAsync(lab, new BackEndQuery { Search = "sni.corp" }));
        Assert.Equal("", await NamesAsync(lab, new BackEndQuery { Search = "bravo nowhere" }));

        Assert.Equal("Bravo Echo", await NamesAsync(lab, new BackEndQuery { Filter = BackEndFilter.Trusted }));
        Assert.Equal("Alpha", await NamesAsync(lab, new BackEndQuery { Filter = BackEndFilter.NotTrusted }));
        Assert.Equal("delta", await NamesAsync(lab, new BackEndQuery { Filter = BackEndFilter.Unreachable }));
        Assert.Equal("Charlie", await NamesAsync(lab, new BackEndQuery { Filter = BackEndFilter.NotTested }));
        Assert.Equal("Bravo", await NamesAsync(lab, new BackEndQuery { Filter = BackEndFilter.ExpiresSoon }));
        Assert.Equal("Bravo Echo", await NamesAsync(lab, new BackEndQuery { AnchorSha256 = "aa" }));

        Assert.Equal("Alpha Bravo Charlie delta Echo", await NamesAsync(lab, new BackEndQuery()));
        Assert.Equal("Alpha delta Echo Charlie Bravo", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.Address }));
        Assert.Equal("delta Alpha Echo Bravo Charlie", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.Verdict }));
        Assert.Equal("Bravo Echo Alpha Charlie delta", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.Anchor }));
        Assert.Equal("Bravo Alpha Echo Charlie delta", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.Expiry }));
        Assert.Equal("Echo Alpha Bravo Charlie delta", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.Expiry, Descending = true }));
        Assert.Equal("Alpha Bravo delta Echo Charlie", await NamesAsync(lab, new BackEndQuery { Sort = BackEndSort.CheckedAt }));
    }

    [Fact]
    public async Task List_InParts_HasEachOnceAndIdsAreInItsOrder()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Service.AddAsync([.. Enumerable.Range(0, 25).Select(i => Draft($"h{i}.corp", name: "Same"))], TestCore.Anna, Cancellation);

        foreach (var sort in Enum.GetValues<BackEndSort>())
        {
            var query = new BackEndQuery { Sort = sort, Descending = true, Top = 10 };
            var parts = new List<long>();
            for (var skip = 0; skip < 30; skip += 10)
                parts.AddRange((await lab.ListAsync(query with { Skip = skip })).Select(b => b.Id));

            Assert.Equal(25, parts.Distinct().Count());
            Assert.Equal(await lab.Service.IdsAsync(query, Cancellation), parts);
        }

        Assert.Equal(25, (await lab.Service.ListAsync(new BackEndQuery { Top = 1 }, Cancellation)).Count);
    }

    private static BackEndDraft Draft(string host, int port = 443, string? serverName = null, string? name = null) =>
        new(new BackEndAddress(host, port, serverName), name);

    private static async Task<string> NamesAsync(BackEndLab lab, BackEndQuery query) => string.Join(' ', (await lab.ListAsync(query)).Select(b => b.Name));

    private static async Task FillAsync(BackEndLab lab, DateTime now)
    {
        await lab.Service.AddAsync(
            [
                Draft("2001:db8::5", 9443, name: "Alpha"),
                Draft("z.corp", name: "Bravo"),
                Draft("m.corp", name: "Charlie"),
                Draft("a.corp", serverName: "sni.corp", name: "delta"),
                Draft("b.corp", name: "Echo"),
            ],
            TestCore.Anna,
            Cancellation);
        await lab.Core.WriteAsync(async db =>
        {
            var rows = await db.BackEnds.ToDictionaryAsync(b => b.Name, Cancellation);
            Found(rows["Alpha"], TrustVerdict.UnknownIssuer, null, 100, -5);
            Found(rows["Bravo"], TrustVerdict.Trusted, "aa", 10, -4);
            Found(rows["delta"], TrustVerdict.TimedOut, null, null, -3);
            Found(rows["Echo"], TrustVerdict.ClientCertificateRequired, "aa", 200, -2);
            return await db.SaveChangesAsync(Cancellation);
        });

        void Found(BackEnd row, TrustVerdict verdict, string? anchor, int? days, int minutes)
        {
            var path = days is null ? [] : new[] { new PathCertificate("00", null, PathOrigin.Presented, null, []) };
            BackEndRows.Find(
                row,
                new TrustJudgement
                {
                    Verdict = verdict,
                    Message = "found",
                    Path = path,
                    ExpiresAt = days is { } d ? now.AddDays(d) : null,
                },
                now);
            (row.AnchorSha256, row.AnchorName, row.CheckedAt) = (anchor, anchor is null ? null : "Root", now.AddMinutes(minutes));
            row.SearchText += anchor is null ? "" : "\nROOT";
        }
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class BackEndListTestsOnPostgres : BackEndListTests;
