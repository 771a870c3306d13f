using System.Data.Common;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Changes;

public class ChangeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_ByAReader_IsForbiddenAndChangesNothing()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(plan, TestCore.Reader));

        Assert.Empty(await core.ListAsync());
    }

    [Fact]
    public async Task Apply_StalePlan_IsRefusedWithTheDifference()
    {
        await using var core = await TestCore.StartAsync();
        using var mine = TestCertificates.Root("Mine");
        using var theirs = TestCertificates.Root("Theirs");
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(mine)));
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(theirs))), TestCore.Bert, "first");

        var stale = Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(plan));

        Assert.Equal(1, stale.Revision);
        var change = Assert.Single(stale.Changes);
        Assert.Equal((ChangeKind.Add, TestCore.Bert.Name, "first"), (change.Kind, change.By, change.Reason));
        Assert.Equal(new RevisionSummaryChange(TestCore.KeyOf(theirs), "Theirs", true), Assert.Single(change.Changes));
        Assert.Equal(["Theirs"], (await core.ListAsync()).Select(c => c.Facts.Name));
    }

    [Fact]
    public async Task Apply_ManyAtOnceFromTwoProcesses_ExactlyOnePlanPerRevisionIsApplied()
    {
        using var folder = new TemporaryDirectory();
        await using var one = await TestCore.StartAsync(folder["data"]);
        await using var two = await TestCore.StartAsync(folder["data"]);
        for (var round = 1; round <= 5; round++)
        {
            var plans = new List<(TestCore Core, ChangePlan Plan)>();
            foreach (var core in new[] { one, two, one, two })
            {
                using var root = TestCertificates.Root();
                plans.Add((core, core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)))));
            }

            var outcomes = await Task.WhenAll(plans.Select(p => p.Core.ApplyAsync(p.Plan)));

            Assert.Single(outcomes.OfType<ChangeOutcome.Applied>());
            Assert.Equal(3, outcomes.OfType<ChangeOutcome.Stale>().Count());
            Assert.Equal(round, (await one.ListAsync()).Count);
        }
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("move")]
    [InlineData("inspect")]
    public async Task Plan_ListChangedWhileItIsMade_IsStale(string kind)
    {
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        using var another = TestCertificates.Root("Another");
        await using var other = await TestCore.StartAsync(folder["data"]);
        await other.AddAsync(root);
        int? reads = null;
        await using var core = await TestCore.StartAsync(
            folder["data"],
            register: DatabaseHooks.BeforeCommand(
                sql =>
                    reads is not null
                    && (sql.Contains("service_instance", StringComparison.Ordinal) || sql.Contains("ca_certificate", StringComparison.Ordinal))
                    && ++reads == 2,
                () => other.AddAsync(another)));

        // The change comes between the first and the second thing that is read from now on.
        reads = 0;
        var plan = kind switch
        {
            "delete" => await core.Changes.PlanDeleteAsync([TestCore.KeyOf(root)], Cancellation),
            "move" => await core.Changes.PlanMoveAsync([TestCore.KeyOf(root)], Cancellation),
            _ => core.PlanAll(await core.InspectAsync(TestFiles.Pem(another)), CaStore.Root),
        };

        Assert.True(reads >= 2);
        Assert.Equal(2, (await other.List.ListAsync(new CaCertificateQuery(), Cancellation)).Revision);
        Assert.Equal(1, plan.Revision);
    }

    [Fact]
    public async Task Apply_FailureInTheMiddle_LeavesNothing()
    {
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        var fails = false;
        await using (var failing = await TestCore.StartAsync(folder["data"], register: DatabaseHooks.AroundCommit(before: () =>
        {
            if (fails)
                throw new BrokenException();
        })))
        {
            fails = true;
            Assert.IsType<ChangeOutcome.Unavailable>(await failing.AddAsync(root));
        }

        await using var core = await TestCore.StartAsync(folder["data"]);
        Assert.Equal((0, 0, 0, 0, 0L), await core.QueryAsync(async db => (
            await db.Blobs.CountAsync(Cancellation),
            await db.Certificates.CountAsync(Cancellation),
            await db.Revisions.CountAsync(Cancellation),
            await db.Activity.CountAsync(Cancellation),
            (await db.Instances.SingleAsync(Cancellation)).Revision)));
        Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));
    }

    [Fact]
    public async Task Apply_OverrideWithoutAReason_IsRefused()
    {
        await using var core = await TestCore.StartAsync();
        using var expired = TestCertificates.Root("Expired", TestCertificates.Yesterday.AddYears(-2), TestCertificates.Yesterday.AddYears(-1));
        var inspection = await core.InspectAsync(TestFiles.Pem(expired));
        var item = Assert.Single(inspection.Items);

        var without = core.Changes.PlanAdd(inspection, [new AddSelection(item, CaStore.Root, new HashSet<FindingCode>())]);
        Assert.True(without.IsRefused);
        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(without, reason: "a reason alone is not enough"));

        var accepted = core.Changes.PlanAdd(inspection, [new AddSelection(item, CaStore.Root, new HashSet<FindingCode> { FindingCode.Expired })]);
        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(accepted, reason: "  "));
        Assert.Empty(await core.ListAsync());
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(accepted, reason: "test bench"));

        var entry = await core.QueryAsync(db => db.Activity.SingleAsync(a => a.Action == "Add", Cancellation));
        Assert.Equal("test bench", entry.Reason);
        Assert.Contains("\"accepted\":[\"Expired\"]", entry.Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FindingCode.BreaksReaders, false, ItemResult.Refused)]
    [InlineData(FindingCode.BreaksReaders, true, ItemResult.Added)]
    [InlineData(FindingCode.Unusable, false, ItemResult.Refused)]
    [InlineData(FindingCode.Unusable, true, ItemResult.Added)]
    public async Task PlanAdd_CertificateThatHarmsOrHelpsNobody_NeedsATrustStoreThatIsNotShared(FindingCode code, bool withX509, ItemResult expected)
    {
        await using var core = await TestCore.StartAsync(configure: o =>
        {
            if (withX509)
                o.TrustStores.Add("x509");
        });
        var twice = new RawCertificate { Extensions = [RawCertificate.BasicConstraints, RawCertificate.BasicConstraints, RawCertificate.KeyUsage] };
        var inspection = await core.InspectAsync(code == FindingCode.Unusable ? BouncyRoots.Create("EC explicit") : twice.Build());
        var item = Assert.Single(inspection.Items, i => i.Facts is not null);
        Assert.Contains(item.Findings, f => f.Code == code);

        var plan = core.Changes.PlanAdd(inspection, [new AddSelection(item, CaStore.Root, item.Findings.Select(f => f.Code).ToHashSet())]);

        Assert.Equal(expected, Assert.Single(plan.Items, i => i.Store is not null).Result);
    }

    [Fact]
    public async Task PlanAdd_SameCertificateTwice_IsAddedOnce()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();

        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root, root)));

        Assert.Equal([ItemResult.Added, ItemResult.Duplicate], plan.Items.Select(i => i.Result));
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan));
        Assert.Equal(ItemResult.Duplicate, Assert.Single(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))).Items).Result);
        Assert.Equal(1, Assert.IsType<ChangeOutcome.Unchanged>(await core.AddAsync(root)).Revision);
    }

    [Theory]
    [InlineData(CaStore.Root)]
    [InlineData(CaStore.CertificateAuthority)]
    public async Task Move_InOneStore_GoesToTheOther(CaStore from)
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)), from), reason: "why it is here");

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.MoveAsync(TestCore.KeyOf(root, from))).IsInstalled);

        var moved = Assert.Single(await core.ListAsync());
        Assert.Equal((from.Other, "why it is here"), (moved.Key.Store, moved.Description));
        Assert.Empty(await core.ListAsync(new CaCertificateQuery { Deleted = true }));
    }

    [Fact]
    public async Task Move_AlreadyInTheOtherStore_StaysThereAlone()
    {
        await using var core = await StartWithBothAsync();

        await core.MoveAsync((await core.ListAsync(new CaCertificateQuery { Store = CaStore.Root })).Select(c => c.Key).ToList());

        Assert.Equal(CaStore.CertificateAuthority, Assert.Single(await core.ListAsync()).Key.Store);
    }

    [Fact]
    public async Task Move_BothEntriesOfACertificate_ChangesNothing()
    {
        await using var core = await StartWithBothAsync();

        Assert.IsType<ChangeOutcome.Unchanged>(await core.MoveAsync((await core.ListAsync()).Select(c => c.Key).ToList()));

        Assert.Equal(2, (await core.ListAsync()).Count);
    }

    [Fact]
    public async Task Move_MalformedCertificate_StaysOutOfTheBundle()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.TrustStores.Add("x509"));
        using var root = TestCertificates.Root();
        var inspection = await core.InspectAsync(TestFiles.Pem(root));
        var item = Assert.Single(inspection.Items);
        var finding = new Finding(FindingCode.BreaksReaders, FindingSeverity.Error, "Only the reader saw it.", "Ask for another.");
        var doubtful = new CaPortal.Core.Inspection.InspectionResult(
            inspection.Revision,
            [inspection.Files[0] with { Items = [item with { Findings = [finding] }] }]);
        var plan = core.Changes.PlanAdd(
            doubtful,
            [new AddSelection(doubtful.Items.Single(), CaStore.Root, new HashSet<FindingCode> { FindingCode.BreaksReaders })]);
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, reason: "needed"));

        var move = await core.Changes.PlanMoveAsync([TestCore.KeyOf(root)], Cancellation);
        await core.ApplyAsync(core.Changes.Accept(move, _ => new HashSet<FindingCode> { FindingCode.BreaksReaders }), reason: "needed");

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(root, CaStore.CertificateAuthority), Cancellation);
        Assert.Equal(
            [("pem-bundle", CertificatePresence.LeftOut), ("x509", CertificatePresence.Present)],
            view!.Places.Select(p => (p.Name, p.Presence)));
        await core.DeleteAsync(view.Certificate.Key);
    }

    [Fact]
    public async Task Delete_DeletedAlready_IsUnchanged()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));

        Assert.Equal(2, Assert.IsType<ChangeOutcome.Unchanged>(await core.DeleteAsync(TestCore.KeyOf(root))).Revision);
    }

    [Fact]
    public async Task Restore_Deleted_IsBackWithItsDescription()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root))), reason: "why it is here");
        await core.DeleteAsync(TestCore.KeyOf(root));

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.RestoreAsync(TestCore.KeyOf(root))).IsInstalled);

        var restored = Assert.Single(await core.ListAsync());
        Assert.Equal(("why it is here", CaCertificateStatus.Installed), (restored.Description, restored.Status));
        Assert.Null(restored.Removal);
        Assert.Empty(await core.ListAsync(new CaCertificateQuery { Deleted = true }));
    }

    [Fact]
    public async Task Restore_AddedAgainMeanwhile_IsUnchanged()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.DeleteAsync(TestCore.KeyOf(root));
        await core.AddAsync(root);

        Assert.IsType<ChangeOutcome.Unchanged>(await core.RestoreAsync(TestCore.KeyOf(root)));

        Assert.Single(await core.ListAsync());
    }

    private static async Task<TestCore> StartWithBothAsync()
    {
        var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)), CaStore.CertificateAuthority));
        Assert.Equal(2, (await core.ListAsync()).Count);
        return core;
    }

    private sealed class BrokenException : DbException;
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ChangeTestsOnPostgres : ChangeTests;
