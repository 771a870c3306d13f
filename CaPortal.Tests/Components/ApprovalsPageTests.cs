using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Approvals;
using CaPortal.Components.Changes;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Components;

public sealed class ApprovalsPageTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    [Fact]
    public void Page_WithoutProposals_SaysWhatComesHere()
    {
        RequireApproval();
        var page = RenderPage<ApprovalsPage>();

        Eventually(() => Assert.Equal(["Nothing waits for approval"], Texts(page, "h2")));
    }

    [Fact]
    public async Task Page_OfAnother_ShowsItLiveAndApprovesIt()
    {
        RequireApproval();
        SignIn(TestCore.Bert);
        var page = RenderPage<ApprovalsPage>();
        Eventually(() => Assert.NotEmpty(Texts(page, "h2")));
        await ProposeAsync("CHG-1", _root);
        Eventually(() => Assert.Equal(["Add Corp Root", "just now by anna@example.org", "CHG-1", "Ends in 3 days"], Texts(page, "tbody td")));

        Press(page, "Add Corp Root");
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".change-list strong")));
        Assert.Equal(["PEM bundle files: 1 added"], Texts(Host, ".effects li"));
        Assert.Equal(TestCore.KeyOf(_root).Sha256.ToUpperInvariant(), string.Concat(Texts(Host, ".fingerprint-groups span")));
        Assert.Contains("Reason: CHG-1", Host.Find(".section-lead").TextContent, StringComparison.Ordinal);
        Assert.False(HasButton(Host, "Withdraw"));
        Do(() => Host.Find("input[maxlength='500']").Change("seen"));
        Press(Host, "Approve");
        Eventually(() => Assert.Contains("Installed, and read back from every trust store. Revision "
            + "1.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Press(Host, "Close");

        Eventually(() => Assert.Equal(["Add Corp Root", "just now by anna@example.org", "CHG-1", "Approved by bert@example.org"], Texts(page, "tbody td")));
        Assert.Equal("seen", Assert.Single(await Core.Proposals.ListAsync(Cancellation)).DecisionReason);
    }

    [Fact]
    public async Task Page_OfWhoProposedIt_OffersWithdrawingAlone()
    {
        RequireApproval();
        await ProposeAsync(null, _root);
        var page = RenderPage<ApprovalsPage>();
        Eventually(() => Assert.Equal(["Another administrator must approve it"], Texts(page, ".approvals-own")));
        Press(page, "Add Corp Root");
        Eventually(() => Assert.Contains("Another administrator must approve it.", Assert.Single(Texts(Host, "[role=note]")), StringComparison.Ordinal));
        Assert.False(HasButton(Host, "Approve"));
        Assert.False(HasButton(Host, "Reject"));
        Press(Host, "Withdraw");

        Eventually(() => Assert.Contains("Withdrawn", Texts(page, "tbody td")));
        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));
    }

    [Fact]
    public async Task Page_OfAReader_OffersNoDecision()
    {
        RequireApproval();
        await ProposeAsync(null, _root);
        SignIn(TestCore.Reader);
        var page = RenderPage<ApprovalsPage>();
        Press(page, "Add Corp Root");

        Eventually(() => Assert.Single(Texts(Host, "[role=note]")));
        Assert.Equal(["Close"], Texts(Host, ".mud-dialog-actions button"));
    }

    [Fact]
    public async Task Dialog_DecidedByAnotherMeanwhile_ShowsHowItEnded()
    {
        RequireApproval();
        var proposal = await ProposeAsync(null, _root);
        SignIn(TestCore.Bert);
        _ = Open(() =>
            ProposalDialog.ShowAsync(Dialogs, proposal.Id, Actor).ContinueWith(_ => true, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default));
        Button(Host, "Reject");
        await Core.Proposals.RejectAsync(proposal.Id, new Actor("carl@example.org", Role.Administrator, "127.0.0.1"), "not ours", Cancellation);

        Eventually(() => Assert.Equal(["Rejected by carl@example.org. Nothing was changed. Reason: not ours"], Texts(Host, "[role=status]")));
        Assert.False(HasButton(Host, "Approve"));
    }

    [Fact]
    public async Task Dialog_ListChangedMeanwhile_ApprovesOnlyAfterLookingAgainAndSaysWhatStandsInTheWay()
    {
        RequireApproval();
        var proposal = await ProposeAsync(null, _root);
        SignIn(TestCore.Bert);
        _ = Open(() =>
            ProposalDialog.ShowAsync(Dialogs, proposal.Id, Actor).ContinueWith(_ => true, Cancellation, TaskContinuationOptions.None, TaskScheduler.Default));
        Button(Host, "Approve");
        RequireApproval(false);
        await Core.AddAsync(_root);
        Press(Host, "Approve");
        Eventually(() => Assert.Equal(["anna@example.org added Corp Root (Trusted root)"], Texts(Host, ".stale-changes li")));
        Press(Host, "Look again");

        Eventually(() => Assert.Equal(["Corp Root is in Trusted root already."], Texts(Host, "[role=alert] li")));
        Assert.True(Button(Host, "Approve").HasAttribute("disabled"));
        Press(Host, "Reject");
        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));
        Assert.Equal(ProposalState.Rejected, Assert.Single(await Core.Proposals.ListAsync(Cancellation)).State);
    }

    [Fact]
    public async Task ChangeDialog_WhereApprovalIsNeeded_SaysSoBeforeAndLinksToTheProposal()
    {
        await Core.AddAsync(_root);
        RequireApproval();
        var outcome = Open(() => ChangeDialog.ShowAsync(Dialogs, ChangeKind.Delete, [TestCore.KeyOf(_root)], Actor));
        Eventually(() => Assert.Equal(["Nothing is changed before another administrator approves it."], Texts(Host, "[role=note]")));
        Press(Host, "Delete");
        Eventually(() => Assert.StartsWith("Waits for another administrator.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        var link = Host.Find("[role=status] a").GetAttribute("href");
        Press(Host, "Close");

        Assert.Equal($"approvals/{Assert.IsType<ChangeOutcome.Proposed>(await outcome).Proposal.Id}", link);
        Assert.Single(await Core.ListAsync());
    }

    [Fact]
    public async Task BannerAndMenuEntry_WithWhatWaits_CountItLive()
    {
        var menu = Render<ApprovalsLink>();
        var banner = Render<WaitingBanner>();
        Assert.Empty(menu.FindAll("a"));
        RequireApproval();
        await ProposeAsync(null, _root);
        banner.WaitForAssertion(() => Assert.Equal(["1 change waits for approval."], Texts(banner, ".waiting-banner > span")));
        menu.WaitForAssertion(() => Assert.Equal(["1 waiting"], Texts(menu, ".nav-count")));
        await ProposeAsync(null, _other);
        banner.WaitForAssertion(() => Assert.Equal(["2 changes wait for approval."], Texts(banner, ".waiting-banner > span")));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _other.Dispose();
    }

    private void RequireApproval(bool isRequired = true) => Services.GetRequiredService<IOptions<CoreOptions>>().Value.FourEyes.Enabled = isRequired;

    private async Task<ProposalSummary> ProposeAsync(string? reason, params X509Certificate2[] certificates) =>
        Assert
            .IsType<ChangeOutcome.Proposed>(await Core.ApplyAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(certificates))), TestCore.Anna, reason))
            .Proposal;
}
