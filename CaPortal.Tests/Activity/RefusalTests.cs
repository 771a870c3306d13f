using System.Text.Json.Nodes;
using CaPortal.Core.Activity;
using CaPortal.Core.Alerts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity;

/// <summary>What somebody tried and was refused is in the log, with the certificates and files that it was about.</summary>
public class RefusalTests
{
    private const string Password = "not-for-the-log";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_ByAReader_IsRecordedWithWhatWouldHaveBeenAdded()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Wanted Root");
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(plan, TestCore.Reader, "please"));

        var (entry, details) = await LastAsync(core);
        Assert.Equal((TestCore.Reader.Name, "Reader", "please", ActivityCategory.Refusal), (entry.Actor, entry.Role, entry.Reason, entry.Category));
        Assert.Equal(("Add", "The role Reader does not allow it."), ((string)details["attempted"]!, (string)details["why"]!));
        var certificate = Assert.Single(entry.Certificates);
        Assert.Equal((TestCore.KeyOf(root), "Wanted Root", true), (certificate.Key, certificate.Name, certificate.IsAddition));
        Assert.Equal(plan.Additions[0].FileSha256, certificate.FileSha256);
    }

    [Fact]
    public async Task Apply_StalePlan_IsRecordedUnlessItIsPlannedAnew()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        using var other = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));
        await core.AddAsync(other);

        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan with { IsPlannedAnewWhenStale = true }));
        Assert.Equal(2, (await core.Get<ActivityService>().ListAsync(new ActivityQuery(), Cancellation)).Count);

        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan));
        var (entry, details) = await LastAsync(core);
        Assert.Equal(("Add", "Somebody else changed the list meanwhile."), ((string)details["attempted"]!, (string)details["why"]!));
        Assert.Equal(TestCore.KeyOf(root), Assert.Single(entry.Certificates).Key);
    }

    [Fact]
    public async Task Apply_ErrorThatWasNotAccepted_IsRecordedWithFileAndCodesAndNothingSecret()
    {
        await using var core = await TestCore.StartAsync();
        using var server = TestCertificates.SelfSignedServer("refused.corp");
        var inspection = await core.InspectAsync(TestFiles.Pem(server), Password);
        var plan = core.PlanAll(inspection);

        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(plan));

        var (entry, details) = await LastAsync(core);
        Assert.Equal("refused.corp", Assert.Single(entry.Certificates).Name);
        var file = Assert.Single(details["files"]!.AsArray())!;
        Assert.Equal(("upload.pem", inspection.Files[0].Sha256), ((string)file["name"]!, (string)file["sha256"]!));
        Assert.Contains(nameof(FindingCode.SelfSignedLeaf), file["findings"]!.AsArray().Select(f => (string)f!));
        Assert.DoesNotContain(Password, entry.Details, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_AcceptedWithoutAReason_IsRecorded()
    {
        await using var core = await TestCore.StartAsync();
        using var server = TestCertificates.SelfSignedServer();
        var inspection = await core.InspectAsync(TestFiles.Pem(server));
        var item = inspection.Items.Single();
        var plan = core.Changes.PlanAdd(inspection, [new AddSelection(item, CaStore.Root, item.ErrorsFor(CaStore.Root).Select(e => e.Code).ToHashSet())]);

        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(plan, reason: " "));

        var (entry, details) = await LastAsync(core);
        Assert.Equal("An error is to be accepted without a reason.", (string)details["why"]!);
        Assert.Contains(FindingCode.SelfSignedLeaf, Assert.Single(entry.Certificates).Accepted);
    }

    [Fact]
    public async Task Refuse_FileThatIsNoCertificate_IsRecorded()
    {
        await using var core = await TestCore.StartAsync();
        var inspection = await core.InspectAsync("no certificate at all"u8.ToArray());
        var plan = core.Changes.PlanAdd(inspection, []);

        await core.Changes.RefuseAsync(plan, TestCore.Anna, null, "An item has an Error.");

        var (entry, details) = await LastAsync(core);
        Assert.Empty(entry.Certificates);
        Assert.Equal(inspection.Files[0].Sha256, (string)Assert.Single(details["files"]!.AsArray())!["sha256"]!);
    }

    [Fact]
    public async Task Operation_ByAReader_IsRecorded()
    {
        await using var core = await TestCore.StartAsync();
        var address = new BackEndAddress("payments.corp", 443, null);
        var draft = new BackEndDraft(address, null);
        var alerts = core.Get<AlertService>();

        await core.Machine.VerifyAsync(TestCore.Reader, Cancellation);
        await core.Machine.RepairAsync(TestCore.Reader, null, Cancellation);
        await core.Recovery.BeginAnewAsync(TestCore.Reader, Cancellation);
        await core.BackEnds.AddAsync([draft], TestCore.Reader, Cancellation);
        await core.BackEnds.EditAsync(1, draft, TestCore.Reader, Cancellation);
        await core.BackEnds.DeleteAsync([1, 2], TestCore.Reader, Cancellation);
        await core.BackEnds.TestAsync([1], TestCore.Reader, null, Cancellation);
        await core.BackEnds.ProbeAsync(address, TestCore.Reader, Cancellation);
        await core.BackEnds.FetchIssuerAsync(new PresentedCertificate("", default, null), ["http://pki.corp/ca.cer"], TestCore.Reader, Cancellation);
        await alerts.DismissAsync(7, TestCore.Reader, Cancellation);
        await alerts.DismissAllAsync(TestCore.Reader, Cancellation);

        var entries = (await core.Get<ActivityService>().ListAsync(new ActivityQuery(), Cancellation)).Entries.Reverse().ToList();
        Assert.All(entries, e => Assert.Equal(("Refused", "Reader", TestCore.Reader.Name), (e.Action, e.Role, e.Actor)));
        Assert.Equal(
            [
                ("Verify", null),
                ("Repair", null),
                ("BeginAnew", null),
                ("AddBackEnds", "[\"payments.corp:443\"]"),
                ("EditBackEnd", "{\"id\":1,\"address\":\"payments.corp:443\"}"),
                ("DeleteBackEnds", "[1,2]"),
                ("TestBackEnds", "[1]"),
                ("Probe", "\"payments.corp:443\""),
                ("FetchIssuer", "\"http://pki.corp/ca.cer\""),
                ("DismissAlert", "7"),
                ("DismissAlert", null),
            ],
            entries.Select(e => JsonNode.Parse(e.Details)!).Select(d => ((string)d["attempted"]!, d["what"]?.ToJsonString())));
    }

    [Fact]
    public async Task AddBackEnds_MoreThanThereMayBe_IsRecorded()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.BackEnds.MaxBackEnds = 1);
        var address = new BackEndAddress("payments.corp", 443, null);

        Assert.IsType<BackEndOutcome.Refused>(
            await core.BackEnds.AddAsync([new BackEndDraft(address, null), new BackEndDraft(address with { Port = 8443 }, null)], TestCore.Anna, Cancellation));

        var (entry, details) = await LastAsync(core);
        Assert.Equal((TestCore.Anna.Name, "AddBackEnds"), (entry.Actor, (string)details["attempted"]!));
    }

    private static async Task<(ActivityRecord Entry, JsonNode Details)> LastAsync(TestCore core)
    {
        var entry = (await core.Get<ActivityService>().ListAsync(new ActivityQuery { Top = 1 }, Cancellation)).Entries[0];
        Assert.Equal("Refused", entry.Action);
        return (entry, JsonNode.Parse(entry.Details)!);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class RefusalTestsOnPostgres : RefusalTests;
