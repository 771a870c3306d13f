using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Access;
using CaPortal.Core.Approvals;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Approvals;

/// <summary>What administrators do where each change needs two of them.</summary>
internal static class FourEyesTest
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Actor Carl { get; } = new("carl@example.org", Role.Administrator, "127.0.0.1");

    /// <summary>Core where changes need approval.</summary>
    public static Task<TestCore> StartAsync(string? dataDirectory = null, TimeProvider? time = null, Action<IServiceCollection>? register = null) =>
        TestCore.StartAsync(dataDirectory, time, o => o.FourEyes.Enabled = true, register);

    /// <summary>Plans the addition of certificates.</summary>
    public static async Task<ChangePlan> PlanAsync(this TestCore core, params X509Certificate2[] certificates) =>
        core.PlanAll(await core.InspectAsync(TestFiles.Pem(certificates)));

    /// <summary>Proposes a change as an administrator would.</summary>
    public static async Task<ProposalSummary> ProposeAsync(this TestCore core, ChangePlan plan, Actor? actor = null, string? reason = null) =>
        Assert.IsType<ChangeOutcome.Proposed>(await core.ApplyAsync(plan, actor, reason)).Proposal;

    public static async Task<ProposalSummary> ProposeAsync(this TestCore core, params X509Certificate2[] certificates) =>
        await core.ProposeAsync(await core.PlanAsync(certificates));

    public static async Task<ProposalView> ViewAsync(this TestCore core, ProposalSummary proposal) =>
        (await core.Proposals.ViewAsync(proposal.Id, Cancellation))!;

    /// <summary>Approves it as somebody who has looked at it just now.</summary>
    public static async Task<ChangeOutcome> ApproveAsync(
        this TestCore core,
        ProposalSummary proposal,
        Actor? actor = null,
        string? reason = null,
        bool isForced = false) =>
        await core.Proposals.ApproveAsync(
            proposal.Id,
            (await core.ViewAsync(proposal)).Plan?.Revision ?? 0,
            actor ?? TestCore.Bert,
            reason,
            isForced,
            null,
            Cancellation);

    /// <summary>Proposes and approves a change.</summary>
    public static async Task<ChangeOutcome.Applied> MakeAsync(this TestCore core, ChangePlan plan) =>
        Assert.IsType<ChangeOutcome.Applied>(await core.ApproveAsync(await core.ProposeAsync(plan)));

    public static void IsRefused(RefusalCode code, ChangeOutcome outcome) => Assert.Equal(code, Assert.IsType<ChangeOutcome.Refused>(outcome).Code);

    public static Task<List<ActivityEntry>> ActivityAsync(this TestCore core, string action) =>
        core.QueryAsync(db => db.Activity.Where(a => a.Action == action).OrderBy(a => a.Sequence).ToListAsync(Cancellation));
}
