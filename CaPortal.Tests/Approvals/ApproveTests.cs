using System.Data.Common;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Approvals;

public class ApproveTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Approve_ByAnotherAdministrator_MakesTheChangeAndTellsOfBoth()
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(await core.PlanAsync(_root), reason: "CHG-1");

        var applied = Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(proposal, TestCore.Bert, "seen"));

        Assert.True(applied.IsInstalled);
        Assert.Contains(Convert.ToBase64String(_root.RawData)[..40], await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
        var certificate = Assert.Single(await core.ListAsync());
        Assert.Equal((CaCertificateStatus.Installed, TestCore.Anna.Name, "CHG-1"), (certificate.Status, certificate.AddedBy, certificate.Description));
        Assert.Equal(TestCore.Anna.Name, Assert.Single(await core.Changes.SnapshotsAsync(Cancellation)).By);
        var decided = (await core.ViewAsync(proposal)).Proposal;
        Assert.Equal((ProposalState.Approved, TestCore.Bert.Name, "seen", 1L), (decided.State, decided.DecidedBy, decided.DecisionReason, decided.Revision));
        var entry = Assert.Single(await core.ActivityAsync("Add"));
        Assert.Equal((TestCore.Bert.Name, "CHG-1", 1L), (entry.Actor, entry.Reason, entry.RevisionAfter));
        foreach (var told in new[] { TestCore.Anna.Name, TestCore.Bert.Name, "seen", proposal.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) })
            Assert.Contains(told, entry.Details, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Convert.ToBase64String(_root.RawData)[..40],
            await core.QueryAsync(db => db.ProposedChanges.Select(p => p.Content).SingleAsync(Cancellation)),
            StringComparison.Ordinal);
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.ApproveAsync(proposal, FourEyesTest.Carl));
    }

    [Fact]
    public async Task Approve_ChangesOfWhatIsManaged_DoesWhatEachWouldHaveDone()
    {
        await using var core = await FourEyesTest.StartAsync();
        var key = TestCore.KeyOf(_root);
        await core.MakeAsync(await core.PlanAsync(_root));
        var snapshot = Assert.Single(await core.Changes.SnapshotsAsync(Cancellation)).Id;

        await core.MakeAsync(await core.Changes.PlanMoveAsync([key], Cancellation));
        Assert.Equal(CaStore.CertificateAuthority, Assert.Single(await core.ListAsync()).Key.Store);
        await core.MakeAsync(await core.Changes.PlanMoveAsync([key with { Store = CaStore.CertificateAuthority }], Cancellation));
        await core.MakeAsync(await core.Changes.PlanDeleteAsync([key], Cancellation));
        Assert.Empty(await core.ListAsync());
        await core.MakeAsync(await core.Changes.PlanRestoreAsync([key], Cancellation));
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        await core.MakeAsync((await core.Changes.PlanRestoreSnapshotAsync(snapshot, Cancellation))!);
        Assert.Empty(await core.ListAsync());

        Assert.Equal(
            [ChangeKind.RestoreSnapshot, ChangeKind.Restore, ChangeKind.Delete, ChangeKind.Move, ChangeKind.Move, ChangeKind.Add],
            (await core.Proposals.ListAsync(Cancellation)).Select(p => p.Kind));
    }

    [Fact]
    public async Task Approve_ChangesOfWhatWasFound_DoesWhatEachWouldHaveDone()
    {
        var store = new MemoryTrustStore();
        await using var core = await store.StartCoreAsync();
        core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = true;
        store.Put(_root);
        store.Put(_other);

        var inspection = await core.Changes.InspectFoundAsync([TestCore.KeyOf(_root)], Cancellation);
        await core.MakeAsync(
            core.Changes.PlanAdopt(inspection, [new AddSelection(inspection.Items.Single(), CaStore.CertificateAuthority, new HashSet<FindingCode>())]));
        Assert.Equal(TestCore.KeyOf(_root, CaStore.CertificateAuthority), Assert.Single(await core.ListAsync()).Key);

        var removal = await core.ProposeAsync(await core.Changes.PlanRemoveFoundAsync([TestCore.KeyOf(_other)], Cancellation));
        store.Fixed = "It is part of the image.";
        Assert.Equal(["Other Root cannot be removed: It is part of the image."], (await core.ViewAsync(removal)).Obstacles);
        FourEyesTest.IsRefused(RefusalCode.CannotBeMade, await core.ApproveAsync(removal));
        store.Fixed = null;
        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(removal));
        Assert.False(store.Has(TestCore.KeyOf(_other)));
    }

    [Theory]
    [InlineData("anna@example.org", null, false)]
    [InlineData("Anna@Example.ORG", null, false)]
    [InlineData("Backup job", "ANNA@example.org", true)]
    [InlineData("Backup job", "anna@example.org", false)]
    [InlineData("Backup job", null, true)]
    [InlineData("Backup job", "bert@example.org", true)]
    public async Task Approve_ByTheSamePersonOrAProgram_IsRefusedAndRecorded(string name, string? onBehalfOf, bool isProgram)
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(_root);
        var actor = new Actor(name, Role.Administrator, "127.0.0.1") { OnBehalfOf = onBehalfOf, IsProgram = isProgram };

        Assert.False(proposal.CanBeDecidedBy(actor));
        FourEyesTest.IsRefused(RefusalCode.ApprovalRefused, await core.ApproveAsync(proposal, actor));
        FourEyesTest.IsRefused(RefusalCode.ApprovalRefused, await core.Proposals.RejectAsync(proposal.Id, actor, null, Cancellation));

        Assert.Empty(await core.ListAsync());
        Assert.Equal(ProposalState.Waiting, (await core.ViewAsync(proposal)).Proposal.State);
        Assert.Equal(name, Assert.Single(await core.ActivityAsync("ApprovalRefused")).Actor);
        Assert.Equal(name, Assert.Single(await core.ActivityAsync("Refused"), e => e.Details.Contains("\"Reject\"", StringComparison.Ordinal)).Actor);
    }

    [Fact]
    public async Task Approve_WhatTheOwnKeyProposed_IsRefusedAndMadeByAnother()
    {
        await using var core = await FourEyesTest.StartAsync();
        var key = new Actor("Deploy", Role.Administrator, "127.0.0.1") { OnBehalfOf = TestCore.Anna.Name, IsProgram = true };
        var proposal = await core.ProposeAsync(await core.PlanAsync(_root), key);

        FourEyesTest.IsRefused(RefusalCode.ApprovalRefused, await core.ApproveAsync(proposal, TestCore.Anna));
        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(proposal, TestCore.Bert));
    }

    [Fact]
    public async Task Decisions_ByAReader_AreForbidden()
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(_root);
        var reader = TestCore.Anna with { Role = Role.Reader };

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApproveAsync(proposal, TestCore.Reader));
        Assert.IsType<ChangeOutcome.Forbidden>(await core.Proposals.RejectAsync(proposal.Id, TestCore.Reader, null, Cancellation));
        Assert.IsType<ChangeOutcome.Forbidden>(await core.Proposals.WithdrawAsync(proposal.Id, reader, Cancellation));
        Assert.True((await core.ViewAsync(proposal)).Proposal.IsWaiting);
    }

    [Fact]
    public async Task Approve_ByTwoAtOnceInTwoProcesses_MakesExactlyOneChange()
    {
        using var folder = new TemporaryDirectory();
        await using var one = await FourEyesTest.StartAsync(folder["data"]);
        await using var two = await FourEyesTest.StartAsync(folder["data"]);
        for (var round = 0; round < 3; round++)
        {
            using var root = TestCertificates.Root();
            var proposal = await one.ProposeAsync(root);

            var outcomes = await Task.WhenAll(
                one.Proposals.ApproveAsync(proposal.Id, round, TestCore.Bert, null, isForced: false, null, Cancellation),
                two.Proposals.ApproveAsync(proposal.Id, round, FourEyesTest.Carl, null, isForced: false, null, Cancellation));

            Assert.Equal(round + 1, Assert.Single(outcomes.OfType<ChangeOutcome.Applied>()).Revision);
            FourEyesTest.IsRefused(RefusalCode.NotWaiting, Assert.Single(outcomes, o => o is not ChangeOutcome.Applied));
        }
    }

    [Fact]
    public async Task Approve_WhileAnotherRejects_IsEitherMadeOrRejected()
    {
        using var folder = new TemporaryDirectory();
        await using var one = await FourEyesTest.StartAsync(folder["data"]);
        await using var two = await FourEyesTest.StartAsync(folder["data"]);
        var proposal = await one.ProposeAsync(_root);

        var outcomes = await Task.WhenAll(
            one.Proposals.ApproveAsync(proposal.Id, 0, TestCore.Bert, null, isForced: false, null, Cancellation),
            two.Proposals.RejectAsync(proposal.Id, FourEyesTest.Carl, null, Cancellation));

        FourEyesTest.IsRefused(RefusalCode.NotWaiting, Assert.Single(outcomes, o => o is ChangeOutcome.Refused));
        Assert.Equal(outcomes[0] is ChangeOutcome.Applied, (await one.ViewAsync(proposal)).Proposal.State == ProposalState.Approved);
        Assert.Equal(outcomes[0] is ChangeOutcome.Applied ? 1 : 0, (await one.ListAsync()).Count);
    }

    [Fact]
    public async Task Approve_EndedBetweenTheLookAndTheWriting_MakesNothing()
    {
        using var folder = new TemporaryDirectory();
        await using var other = await FourEyesTest.StartAsync(folder["data"]);
        var proposal = await other.ProposeAsync(_root);
        var isApproving = false;
        await using var core = await FourEyesTest.StartAsync(folder["data"], register: DatabaseHooks.BeforeTransaction(async () =>
        {
            if (isApproving)
                await other.Proposals.RejectAsync(proposal.Id, FourEyesTest.Carl, "not ours", Cancellation);
        }));

        isApproving = true;
        var refused = Assert.IsType<ChangeOutcome.Refused>(await core.ApproveAsync(proposal));

        Assert.Equal((RefusalCode.NotWaiting, "The change was rejected by carl@example.org."), (refused.Code, refused.Message));
        Assert.Empty(await core.ListAsync());
        Assert.Equal(ProposalState.Rejected, (await core.ViewAsync(proposal)).Proposal.State);
    }

    [Fact]
    public async Task Approve_AfterTheListHasChanged_IsStaleUntilItIsLookedAtAgain()
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(_root);
        var seen = (await core.ViewAsync(proposal)).Plan!.Revision;
        await core.MakeAsync(await core.PlanAsync(_other));

        var stale = Assert.IsType<ChangeOutcome.Stale>(
            await core.Proposals.ApproveAsync(proposal.Id, seen, TestCore.Bert, null, isForced: false, null, Cancellation));
        Assert.Equal("Other Root", Assert.Single(Assert.Single(stale.Changes).Changes).Name);
        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(proposal));
    }

    [Fact]
    public async Task Approve_WhatCannotBeMadeAnyMore_IsRefusedAndSaysWhy()
    {
        var time = FakeTime.FromNow();
        await using var core = await FourEyesTest.StartAsync(time: time);
        using var brief = TestCertificates.Root("Brief Root", notAfter: time.GetUtcNow().AddDays(2));
        await core.MakeAsync(await core.PlanAsync(_other));
        var key = TestCore.KeyOf(_other);
        var addition = await core.ProposeAsync(_root);
        var twice = await core.ProposeAsync(_root, brief);
        var removal = await core.ProposeAsync(await core.Changes.PlanMoveAsync([key], Cancellation));
        var expiring = await core.ProposeAsync(brief);
        await core.ApproveAsync(addition);
        await core.MakeAsync(await core.Changes.PlanDeleteAsync([key], Cancellation));
        time.Advance(TimeSpan.FromDays(2.5));

        Assert.Contains("Corp Root is in Trusted root already.", (await core.ViewAsync(twice)).Obstacles);
        Assert.Equal(["Other Root is not in Trusted root any more."], (await core.ViewAsync(removal)).Obstacles);
        var view = await core.ViewAsync(expiring);
        Assert.Contains("Brief Root has an error that was not accepted", Assert.Single(view.Obstacles), StringComparison.Ordinal);
        Assert.False(view.CanBeMade);
        foreach (var proposal in new[] { twice, removal, expiring })
            FourEyesTest.IsRefused(RefusalCode.CannotBeMade, await core.ApproveAsync(proposal));
        Assert.Equal("Corp Root", Assert.Single(await core.ListAsync()).Facts.Name);
        Assert.IsType<ChangeOutcome.Decided>(await core.Proposals.RejectAsync(twice.Id, TestCore.Bert, "no use", Cancellation));
    }

    [Fact]
    public async Task Approve_DatabaseFailsInTheMiddle_LeavesTheProposalWaitingAndTheListAsItWas()
    {
        using var folder = new TemporaryDirectory();
        var fails = false;
        await using (var failing = await FourEyesTest.StartAsync(folder["data"], register: DatabaseHooks.AroundCommit(before: () =>
        {
            if (fails)
                throw new BrokenException();
        })))
        {
            var waiting = await failing.ProposeAsync(_root);
            fails = true;
            Assert.IsType<ChangeOutcome.Unavailable>(await failing.ApproveAsync(waiting));
        }

        await using var core = await FourEyesTest.StartAsync(folder["data"]);
        var proposal = Assert.Single(await core.Proposals.ListAsync(Cancellation));
        Assert.Equal((ProposalState.Waiting, null), (proposal.State, proposal.Revision));
        Assert.Empty(await core.ActivityAsync("Add"));
        Assert.Empty(await core.ListAsync());
        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(proposal));
    }

    [Fact]
    public async Task Approve_CrashAfterTheCommit_HasRecordedBothAndTheStoreIsHealed()
    {
        using var folder = new TemporaryDirectory();
        var crashes = false;
        await using (var crashing = await FourEyesTest.StartAsync(folder["data"], register: DatabaseHooks.AroundCommit(after: () =>
        {
            if (crashes)
                throw new BrokenException();
        })))
        {
            var waiting = await crashing.ProposeAsync(_root);
            crashes = true;
            await crashing.ApproveAsync(waiting);
        }

        await using var core = await FourEyesTest.StartAsync(folder["data"]);
        var proposal = Assert.Single(await core.Proposals.ListAsync(Cancellation));
        Assert.Equal((ProposalState.Approved, 1L), (proposal.State, proposal.Revision));
        await core.MaintainAsync();
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
    }

    [Fact]
    public async Task Decisions_AfterFourEyesIsSwitchedOff_AreStillPossible()
    {
        await using var core = await FourEyesTest.StartAsync();
        var approved = await core.ProposeAsync(_root);
        var rejected = await core.ProposeAsync(_other);
        var withdrawn = await core.ProposeAsync(_root, _other);
        core.Get<IOptions<CoreOptions>>().Value.FourEyes.Enabled = false;

        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(approved));
        Assert.IsType<ChangeOutcome.Decided>(await core.Proposals.RejectAsync(rejected.Id, TestCore.Bert, null, Cancellation));
        Assert.IsType<ChangeOutcome.Decided>(await core.Proposals.WithdrawAsync(withdrawn.Id, TestCore.Anna, Cancellation));
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_other));
    }

    private sealed class BrokenException : DbException;
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ApproveTestsOnPostgres : ApproveTests;
