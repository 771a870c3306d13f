using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Management;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Readers;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Tests.Management;

/// <summary>What follows a change and is slower than the change itself.</summary>
public sealed class FollowUpTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Followed Root");
    private readonly ToldSteps _steps = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Apply_WhereOpenSslIsInstalled_IsProvedByItInAFreshProcessAndRecorded()
    {
        Tool.Require("openssl");
        await using var core = await TestCore.StartAsync(register: WithOpenSsl);

        var added = await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));
        await added.FollowUps;

        Assert.Equal((ChangeStepState.Done, "OpenSSL sees it in PEM bundle files."), (_steps.Last("proof").State, _steps.Last("proof").Detail));
        var proof = await core.QueryAsync(db => db.Activity.SingleAsync(a => a.Action == "Proof", Cancellation));
        Assert.Equal(TestCore.Anna.Name, proof.Actor);
        Assert.Contains("\"agrees\"", proof.Details.ToLowerInvariant(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_WhereOpenSslIsInstalled_IsProvedToBeGone()
    {
        Tool.Require("openssl");
        await using var core = await TestCore.StartAsync(register: WithOpenSsl);
        await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));

        var deleted = await ApplyAsync(core, await core.Service.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation));
        await deleted.FollowUps;

        Assert.Equal((ChangeStepState.Done, "OpenSSL does not see it any more in PEM bundle files."), (_steps.Last("proof").State, _steps.Last("proof").Detail));
        Assert.Equal(2, await core.QueryAsync(db => db.Activity.CountAsync(a => a.Action == "Proof", Cancellation)));
    }

    [Fact]
    public async Task Apply_SystemRootsOfDebian_RunTheToolBehindTheChangeAndKeepWhatCameOfIt()
    {
        Tool.Require("update-ca-certificates");
        using var folder = new TemporaryDirectory();
        var sandbox = new DebianSandbox(folder["machine"]);
        await sandbox.FillAsync();
        await using var core = await TestCore.StartAsync(
            configure: o =>
            {
                o.TrustStores.Clear();
                o.TrustStores.Add("linux-anchors");
            },
            register: services => services.RemoveAll<ITrustStore>().AddSingleton<ITrustStore>(sandbox.Store));

        var added = await ApplyAsync(core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(_root))));
        Assert.True(added.IsInstalled);
        await added.FollowUps;

        var step = _steps.Last("follow-up:linux-anchors");
        Assert.Equal(("update-ca-certificates", ChangeStepState.Done), (step.Title, step.State));
        var status = await core.QueryAsync(db => db.NodeStatuses.SingleAsync(Cancellation));
        Assert.NotNull(status.FollowUpDetail);
        Assert.Null(status.FollowUpWarning);
        Assert.NotNull(status.FollowedUpAt);
        Assert.Equal("FollowUp", await core.QueryAsync(db => db.Activity.OrderByDescending(a => a.Sequence).Select(a => a.Action).FirstAsync(Cancellation)));
    }

    private static void WithOpenSsl(IServiceCollection services) => services.AddSingleton<ITrustReader, OpenSslReader>();

    private async Task<ChangeOutcome.Applied> ApplyAsync(TestCore core, ChangePlan plan) =>
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, progress: _steps));
}
