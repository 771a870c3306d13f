using CaPortal.Core;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Approvals;
using CaPortal.Tests.BackEnds;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Changes;

/// <summary>What stops a change of any kind: Errors in what it adds, back-ends that stop being trusted, nobody who is accountable.</summary>
public sealed class ChangeRulesTests
{
    private static readonly HashSet<FindingCode> NotACa = [FindingCode.NotACa];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ChangeKind.Restore)]
    [InlineData(ChangeKind.Undo)]
    [InlineData(ChangeKind.RestoreSnapshot)]
    [InlineData(ChangeKind.Move)]
    public async Task Apply_AdditionWithAnError_NeedsItsAcceptanceAndAReason(ChangeKind kind)
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        using var leaf = TestCertificates.Server(root);
        var key = TestCore.KeyOf(leaf);
        var inspection = await core.InspectAsync(TestFiles.Pem(leaf));
        var add = core.Changes.PlanAdd(inspection, [new AddSelection(inspection.Items.Single(), CaStore.Root, NotACa)]);
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(add, reason: "pinned"));
        if (kind != ChangeKind.Move)
            Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(key));
        var plan = await PlanAsync(core, kind, key);

        var refused = Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(plan, reason: "needed again"));
        Assert.Equal(RefusalCode.CertificatesRefused, refused.Code);
        Assert.Contains(plan.Additions.Single().Facts.Name, refused.Message, StringComparison.Ordinal);
        Assert.Equal("Refused", (await core.ActivityAsync("Refused")).Single().Action);
        var accepted = core.Changes.Accept(plan, _ => NotACa);
        FourEyesTest.IsRefused(RefusalCode.ReasonRequired, await core.ApplyAsync(accepted));
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(accepted, reason: "needed again"));
    }

    [Fact]
    public async Task Apply_ErrorThatCannotBeOverridden_IsRefusedHoweverItIsAccepted()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));
        var plan = await core.Changes.PlanRestoreAsync([TestCore.KeyOf(root)], Cancellation);
        var bad = plan with
        {
            Additions = [plan.Additions.Single() with { Findings = [new Finding(FindingCode.SignatureInvalid, FindingSeverity.Error, "It was changed.")] }],
        };

        FourEyesTest.IsRefused(
            RefusalCode.CertificatesRefused,
            await core.ApplyAsync(core.Changes.Accept(bad, _ => Enum.GetValues<FindingCode>().ToHashSet()), reason: "please"));
        var forced = bad with { Additions = [bad.Additions.Single() with { Accepted = Enum.GetValues<FindingCode>().ToHashSet() }] };
        FourEyesTest.IsRefused(RefusalCode.CertificatesRefused, await core.ApplyAsync(forced, reason: "please"));
    }

    [Theory]
    [InlineData(ChangeKind.Delete)]
    [InlineData(ChangeKind.Move)]
    [InlineData(ChangeKind.Undo)]
    [InlineData(ChangeKind.RestoreSnapshot)]
    public async Task Apply_BackEndsStopBeingTrusted_IsRefusedAndRecordedUnlessForced(ChangeKind kind)
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.ApplyAsync(await lab.PlanAddAsync(lab.Root));
        var id = await lab.AddTestedAsync(lab.Serve().Port, "Payments");
        var plan = await PlanAsync(lab.Core, kind, TestCore.KeyOf(lab.Root));
        plan = lab.Core.Changes.Accept(plan, key => plan.Additions.Single(a => a.Key == key).OpenErrors.Select(f => f.Code).ToHashSet());

        var refused = Assert.IsType<ChangeOutcome.Refused>(await lab.Core.ApplyAsync(plan, reason: "CHG-1"));
        Assert.Equal((RefusalCode.BackEndsDependOnIt, id), (refused.Code, Assert.Single(refused.Stopping).Id));
        Assert.Contains("Payments", refused.Message, StringComparison.Ordinal);
        Assert.Single(await lab.ActivityAsync("Refused"));
        Assert.Equal(CaStore.Root, Assert.Single(await lab.Core.ListAsync()).Key.Store);

        Assert.IsType<ChangeOutcome.Applied>(await lab.Core.ApplyAsync(plan with { IsForced = true }, reason: "CHG-1"));
    }

    [Fact]
    public async Task Apply_StalePlanByWhichBackEndsWouldStop_IsStale()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.ApplyAsync(await lab.PlanAddAsync(lab.Root));
        await lab.AddTestedAsync(lab.Serve().Port);
        var plan = await lab.PlanDeleteAsync(lab.Root);
        using var other = TestCertificates.Root();
        await lab.ApplyAsync(await lab.PlanAddAsync(other));

        Assert.IsType<ChangeOutcome.Stale>(await lab.Core.ApplyAsync(plan));
    }

    [Fact]
    public async Task Approve_BackEndsStopBeingTrustedByThen_NeedsForceOfItsOwn()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.ApplyAsync(await lab.PlanAddAsync(lab.Root));
        lab.Core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = true;
        var proposal = await lab.Core.ProposeAsync(await lab.PlanDeleteAsync(lab.Root));
        await lab.AddTestedAsync(lab.Serve().Port, "Payments");

        var refused = Assert.IsType<ChangeOutcome.Refused>(await lab.Core.ApproveAsync(proposal));
        Assert.Equal(RefusalCode.BackEndsDependOnIt, refused.Code);
        Assert.Contains("Payments", Assert.Single(await lab.ActivityAsync("ApprovalRefused")).Reason, StringComparison.Ordinal);
        Assert.Single(await lab.Core.ListAsync());

        Assert.IsType<ChangeOutcome.Applied>(await lab.Core.ApproveAsync(proposal, isForced: true));
        Assert.Empty(await lab.Core.ListAsync());
    }

    [Fact]
    public async Task Propose_BackEndsStopBeingTrusted_NeedsForceFromBoth()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.ApplyAsync(await lab.PlanAddAsync(lab.Root));
        await lab.AddTestedAsync(lab.Serve().Port, "Payments");
        lab.Core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = true;
        var plan = await lab.PlanDeleteAsync(lab.Root);

        FourEyesTest.IsRefused(RefusalCode.BackEndsDependOnIt, await lab.Core.ApplyAsync(plan));
        var proposal = await lab.Core.ProposeAsync(plan with { IsForced = true });
        FourEyesTest.IsRefused(RefusalCode.BackEndsDependOnIt, await lab.Core.ApproveAsync(proposal));
        Assert.IsType<ChangeOutcome.Applied>(await lab.Core.ApproveAsync(proposal, isForced: true));
    }

    [Fact]
    public async Task Approve_ErrorThatCameSince_IsAnObstacleForWhatComesBackToo()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        using var brief = TestCertificates.Root("Brief Root", notAfter: time.GetUtcNow().AddDays(2));
        await core.AddAsync(brief);
        await core.DeleteAsync(TestCore.KeyOf(brief));
        core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = true;
        var proposal = await core.ProposeAsync(await core.Changes.PlanRestoreAsync([TestCore.KeyOf(brief)], Cancellation));
        time.Advance(TimeSpan.FromDays(2.5));

        Assert.Contains("Brief Root has an error that was not accepted", Assert.Single((await core.ViewAsync(proposal)).Obstacles), StringComparison.Ordinal);
        FourEyesTest.IsRefused(RefusalCode.CannotBeMade, await core.ApproveAsync(proposal));
    }

    private static async Task<ChangePlan> PlanAsync(TestCore core, ChangeKind kind, CaCertificateKey key) => kind switch
    {
        ChangeKind.Delete => await core.Changes.PlanDeleteAsync([key], Cancellation),
        ChangeKind.Move => await core.Changes.PlanMoveAsync([key], Cancellation),
        ChangeKind.Restore => await core.Changes.PlanRestoreAsync([key], Cancellation),
        ChangeKind.Undo => (await core.Changes.PlanUndoAsync((await core.List.ListAsync(new CaCertificateQuery(), Cancellation)).Revision, Cancellation))!,
        _ => (await core.Changes.PlanRestoreSnapshotAsync((await core.Changes.SnapshotsAsync(Cancellation))[0].Id, Cancellation))!,
    };
}
