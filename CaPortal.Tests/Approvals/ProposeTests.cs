using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Approvals;

public class ProposeTests : IDisposable
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
    public async Task Apply_WhereApprovalIsNeeded_KeepsAProposalAndChangesNothing()
    {
        var time = FakeTime.FromNow();
        await using var core = await FourEyesTest.StartAsync(time: time);
        var news = 0;
        core.List.Changed += () => news++;

        var proposal = await core.ProposeAsync(await core.PlanAsync(_root), reason: "CHG-1");

        Assert.Equal(1, news);
        Assert.Equal(
            (ChangeKind.Add, TestCore.Anna.Name, "CHG-1", ProposalState.Waiting, time.GetUtcNow().UtcDateTime.AddDays(3)),
            (proposal.Kind, proposal.By, proposal.Reason, proposal.State, proposal.ExpiresAt));
        Assert.Equal(new RevisionSummaryChange(TestCore.KeyOf(_root), "Corp Root", true), Assert.Single(proposal.Changes));
        Assert.Equal(proposal.Id, Assert.Single(await core.Proposals.ListAsync(Cancellation)).Id);
        Assert.Equal((1, 0), await CountAsync(core));
        Assert.Empty(await core.ListAsync());
        Assert.False(File.Exists(core.RootsFile));
        Assert.Equal(0, (await core.List.ListAsync(new CaCertificateQuery(), Cancellation)).Revision);
        var entry = Assert.Single(await core.ActivityAsync("Propose"));
        Assert.Equal((TestCore.Anna.Name, "CHG-1"), (entry.Actor, entry.Reason));
        Assert.Contains(TestCore.KeyOf(_root).Sha256, entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_WhatMayNotBeApplied_IsNotProposedEither()
    {
        await using var core = await FourEyesTest.StartAsync();
        using var leaf = TestCertificates.Server(_root);
        var inspection = await core.InspectAsync(TestFiles.Pem(leaf));
        var item = inspection.Items.Single();
        var accepted = core.Changes.PlanAdd(inspection, [new AddSelection(item, CaStore.Root, item.ErrorsFor(CaStore.Root).Select(e => e.Code).ToHashSet())]);

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(await core.PlanAsync(_root), TestCore.Reader));
        Assert.True(accepted.NeedsReason);
        FourEyesTest.IsRefused(RefusalCode.ReasonRequired, await core.ApplyAsync(accepted));
        FourEyesTest.IsRefused(RefusalCode.CertificatesRefused, await core.ApplyAsync(await core.PlanAsync(leaf)));
        Assert.IsType<ChangeOutcome.Unchanged>(await core.DeleteAsync(TestCore.KeyOf(_root)));
        Assert.Equal((0, 0), await CountAsync(core));
    }

    [Fact]
    public async Task Apply_StalePlan_IsNotProposed()
    {
        await using var core = await FourEyesTest.StartAsync();
        var plan = await core.PlanAsync(_root);
        await core.MakeAsync(await core.PlanAsync(_other));

        Assert.Equal("Other Root", Assert.Single(Assert.Single(Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan)).Changes).Changes).Name);
        Assert.Equal((0, 1), await CountAsync(core));
    }

    [Fact]
    public async Task Apply_WhatWaitsAlready_IsRefusedWhoeverProposesIt()
    {
        await using var core = await FourEyesTest.StartAsync();
        var first = await core.ProposeAsync(_root);

        var refused = Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(await core.PlanAsync(_root), TestCore.Bert));
        await core.ProposeAsync(_other);
        await core.ProposeAsync(_root, _other);
        await core.Proposals.WithdrawAsync(first.Id, TestCore.Anna, Cancellation);
        await core.ProposeAsync(await core.PlanAsync(_root), TestCore.Bert);

        Assert.Equal(RefusalCode.AlreadyProposed, refused.Code);
        Assert.Contains(TestCore.Anna.Name, refused.Message, StringComparison.Ordinal);
        Assert.Equal((3, 1), await CountAsync(core));
    }

    [Fact]
    public async Task Apply_AsManyWaitAsAreKept_IsRefusedUntilOneIsDecided()
    {
        await using var core = await FourEyesTest.StartAsync();
        var first = await core.ProposeAsync(_other);
        await core.WriteAsync(async db =>
        {
            var row = await db.ProposedChanges.AsNoTracking().SingleAsync(Cancellation);
            for (var i = 1; i < 100; i++)
                db.Add(new ProposedChange { Kind = row.Kind, Content = row.Content, By = row.By, Person = row.Person, At = row.At, ExpiresAt = row.ExpiresAt });
            return await db.SaveChangesAsync(Cancellation);
        });

        FourEyesTest.IsRefused(RefusalCode.TooManyProposals, await core.ApplyAsync(await core.PlanAsync(_root)));
        await core.Proposals.RejectAsync(first.Id, TestCore.Bert, null, Cancellation);
        await core.ProposeAsync(_root);
    }

    [Fact]
    public async Task HealingRepairAndVerifying_WhereApprovalIsNeeded_NeedNone()
    {
        await using var core = await FourEyesTest.StartAsync();
        await core.MakeAsync(await core.PlanAsync(_root));

        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        await core.MaintainAsync();
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        Assert.IsType<ChangeOutcome.Applied>(await core.Machine.VerifyAsync(TestCore.Anna, Cancellation));
        Assert.IsType<ChangeOutcome.Applied>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation));
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:04:59", false)]
    [InlineData("00:05:00", true)]
    [InlineData("30.00:00:00", true)]
    [InlineData("30.00:00:01", false)]
    public async Task Lifetime_OutsideItsBounds_IsRefused(string lifetime, bool isValid)
    {
        var start = TestCore.StartAsync(configure: o => o.FourEyes.Lifetime = TimeSpan.Parse(lifetime, System.Globalization.CultureInfo.InvariantCulture));
        if (isValid)
            await using (await start)
                return;
        Assert.Contains(
            $"{CoreOptions.Section}:FourEyes:Lifetime",
            (await Assert.ThrowsAsync<OptionsValidationException>(() => start)).Message,
            StringComparison.Ordinal);
    }

    private static async Task<(int, int)> CountAsync(TestCore core)
    {
        var (waiting, decided) = await core.Proposals.CountAsync(Cancellation);
        return (waiting, decided);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ProposeTestsOnPostgres : ProposeTests;
