using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Access;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Approvals;

public class ProposalEndTests : IDisposable
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
    public async Task Reject_ByAnother_EndsItWithItsReason()
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(_root);
        var news = 0;
        core.List.Changed += () => news++;

        var decided = Assert.IsType<ChangeOutcome.Decided>(await core.Proposals.RejectAsync(proposal.Id, TestCore.Bert, " not ours ", Cancellation)).Proposal;

        Assert.Equal(
            (ProposalState.Rejected, TestCore.Bert.Name, "not ours", null),
            (decided.State, decided.DecidedBy, decided.DecisionReason, decided.Revision));
        Assert.Equal(1, news);
        Assert.Equal("not ours", Assert.Single(await core.ActivityAsync("Reject")).Reason);
        Assert.Empty(await core.ListAsync());
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.ApproveAsync(proposal, FourEyesTest.Carl));
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.Proposals.WithdrawAsync(proposal.Id, TestCore.Anna, Cancellation));
    }

    [Fact]
    public async Task Withdraw_ByWhoProposedItAlone_EndsIt()
    {
        await using var core = await FourEyesTest.StartAsync();
        var proposal = await core.ProposeAsync(_root);

        FourEyesTest.IsRefused(RefusalCode.ApprovalRefused, await core.Proposals.WithdrawAsync(proposal.Id, TestCore.Bert, Cancellation));
        Assert.IsType<ChangeOutcome.Decided>(await core.Proposals.WithdrawAsync(proposal.Id, TestCore.Anna, Cancellation));

        Assert.Equal(ProposalState.Withdrawn, (await core.ViewAsync(proposal)).Proposal.State);
        Assert.Single(await core.ActivityAsync("Withdraw"));
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.ApproveAsync(proposal));
    }

    [Fact]
    public async Task Decisions_OnNothing_SayThatThereIsNone()
    {
        await using var core = await FourEyesTest.StartAsync();

        Assert.Null(await core.Proposals.ViewAsync(7, Cancellation));
        FourEyesTest.IsRefused(RefusalCode.NotFound, await core.Proposals.ApproveAsync(7, 0, TestCore.Bert, null, isForced: false, null, Cancellation));
        FourEyesTest.IsRefused(RefusalCode.NotFound, await core.Proposals.RejectAsync(7, TestCore.Bert, null, Cancellation));
        FourEyesTest.IsRefused(RefusalCode.NotFound, await core.Proposals.WithdrawAsync(7, TestCore.Bert, Cancellation));
    }

    [Fact]
    public async Task Time_Over_EndsItBeforeAndAfterThatIsRecordedAndForgetsItLater()
    {
        var time = FakeTime.FromNow();
        await using var core = await FourEyesTest.StartAsync(time: time);
        var proposal = await core.ProposeAsync(_root);
        time.Advance(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        await core.MaintainAsync();
        Assert.True((await core.ViewAsync(proposal)).CanBeMade);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ProposalState.Expired, (await core.ViewAsync(proposal)).Proposal.State);
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.ApproveAsync(proposal));
        FourEyesTest.IsRefused(RefusalCode.NotWaiting, await core.Proposals.RejectAsync(proposal.Id, TestCore.Bert, null, Cancellation));
        await core.ProposeAsync(_root);

        var news = 0;
        core.List.Changed += () => news++;
        await core.MaintainAsync();
        await core.MaintainAsync();
        Assert.Equal(1, news);
        Assert.Equal(Actor.Portal.Name, Assert.Single(await core.ActivityAsync("ProposalExpired")).Actor);
        Assert.Equal([ProposalState.Waiting, ProposalState.Expired], (await core.Proposals.ListAsync(Cancellation)).Select(p => p.State));

        time.Advance(TimeSpan.FromDays(31));
        await core.MaintainAsync();
        Assert.Null(await core.Proposals.ViewAsync(proposal.Id, Cancellation));
        Assert.Null(await core.QueryAsync(async db => await db.ProposedChanges.FindAsync([proposal.Id], Cancellation)));
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ProposalEndTestsOnPostgres : ProposalEndTests;
