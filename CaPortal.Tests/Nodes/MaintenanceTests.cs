using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Changes;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Nodes;

public class MaintenanceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CrashingPortal.Committing, false)]
    [InlineData(CrashingPortal.Committed, true)]
    [InlineData(CrashingPortal.Recorded, true)]
    [InlineData(CrashingPortal.Written, true)]
    public async Task Maintain_AfterACrash_BringsTheTrustStoresToWhatWasRecorded(string step, bool isRecorded)
    {
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root("Crash Root");
        await File.WriteAllBytesAsync(folder["root.pem"], TestFiles.Pem(root), Cancellation);
        string? server;
        await using (var before = await TestCore.StartAsync(folder["data"]))
            server = before.Postgres;
        using (var portal = ChildProcess.Start(nameof(CrashingPortal), folder.Path, folder["data"], folder["root.pem"], step, server ?? ""))
        {
            Assert.Equal(step, await portal.ReadLineAsync(Cancellation));
            await portal.KillAsync(Cancellation);
        }

        await using var core = await TestCore.StartAsync(folder["data"]);
        if (isRecorded && step != CrashingPortal.Written)
            Assert.Equal(CaCertificateStatus.Pending, Assert.Single(await core.ListAsync()).Status);
        Assert.All(await core.MaintainAsync(), o => Assert.Equal(TrustStoreResult.Installed, o.Result));

        Assert.Equal(isRecorded ? [CaCertificateStatus.Installed] : [], (await core.ListAsync()).Select(c => c.Status));
        Assert.Equal(
            isRecorded ? ["Add", "Outcome"] : [],
            await core.QueryAsync(db => db.Activity.OrderBy(a => a.Sequence).Select(a => a.Action).ToListAsync(Cancellation)));
        Assert.Equal(isRecorded, await IsInBundleAsync(core, root));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Fact]
    public async Task Maintain_OutcomeThatSomebodyChangedInTheLog_IsToldAnew()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.TamperAsync("UPDATE activity SET details = 'no json' WHERE action = 'Outcome'");

        Assert.All(await core.MaintainAsync(), o => Assert.Equal(TrustStoreResult.Installed, o.Result));

        Assert.Equal(["Add", "Outcome", "Outcome"], await ActionsAsync(core));
    }

    [Fact]
    public async Task Maintain_NothingToDo_AddsNothingToTheLog()
    {
        await using var core = await TestCore.StartAsync();
        await core.MaintainAsync();
        Assert.Empty(await ActionsAsync(core));
        using var root = TestCertificates.Root();
        await core.AddAsync(root);

        await core.MaintainAsync();
        await core.MaintainAsync();

        Assert.Equal(["Add", "Outcome"], await ActionsAsync(core));
    }

    [Fact]
    public async Task Apply_TrustStoreThatCannotBeWritten_IsMadeAllTheSameAndHealedLater()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        Directory.CreateDirectory(core.RootsFile);
        using var root = TestCertificates.Root();

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));
        var failed = Assert.Single(outcome.TrustStores);
        Assert.False(outcome.IsInstalled);
        Assert.Equal(("pem-bundle", TrustStoreResult.Failed), (failed.Name, failed.Result));
        Assert.NotNull(failed.Error);
        Assert.NotNull(failed.Advice);
        Assert.Equal(CaCertificateStatus.Failed, Assert.Single(await core.ListAsync()).Status);

        // It fails the same way each time, which is logged once.
        await core.MaintainAsync();
        await core.MaintainAsync();
        Assert.Equal(["Add", "Outcome"], await ActionsAsync(core));

        Directory.Delete(core.RootsFile);
        time.Advance(TimeSpan.FromMinutes(1));
        await core.MaintainAsync();
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal(["Add", "Outcome", "Outcome"], await ActionsAsync(core));
        Assert.True(await IsInBundleAsync(core, root));
    }

    [Fact]
    public async Task Maintain_CertificateRemovedByAnotherProgram_IsHealedAndRecorded()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);

        await core.MaintainAsync();

        Assert.True(await IsInBundleAsync(core, root));
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        var healed = await core.QueryAsync(db => db.Activity.OrderByDescending(a => a.Sequence).FirstAsync(Cancellation));
        Assert.Equal(("Outcome", "CaPortal"), (healed.Action, healed.Actor));
        using var details = JsonDocument.Parse(healed.Details);
        Assert.Equal(TestCore.KeyOf(root).Sha256, details.RootElement[0].GetProperty("added")[0].GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task Maintain_CertificateRemovedAndTrustStoreNotWritable_IsDriftedAndRecordedOnce()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        var obstacle = BlockWriting(core);

        await core.MaintainAsync();
        await core.MaintainAsync();

        Assert.Equal(CaCertificateStatus.Drifted, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal(["Add", "Outcome", "Outcome"], await ActionsAsync(core));

        // A certificate that never got there is not drifted.
        using var another = TestCertificates.Root("Another");
        await core.AddAsync(another);
        Assert.Equal(
            [("Another", CaCertificateStatus.Failed), ("Test Root", CaCertificateStatus.Drifted)],
            (await core.ListAsync()).Select(c => (c.Facts.Name, c.Status)));

        Directory.Delete(obstacle);
        time.Advance(TimeSpan.FromMinutes(1));
        await core.MaintainAsync();
        Assert.All(await core.ListAsync(), c => Assert.Equal(CaCertificateStatus.Installed, c.Status));
    }

    [Fact]
    public async Task Maintain_WhatAChangeOfTheListLeft_IsNoHealingOfWhatOthersDid()
    {
        using var folder = new TemporaryDirectory();
        await using var core = await TestCore.StartAsync(folder["data"]);
        await using var other = await TestCore.StartAsync(folder["data"], configure: o => o.PemBundle.Directory = folder["elsewhere"]);
        using var root = TestCertificates.Root();
        using var next = TestCertificates.Root("Next");
        await core.AddAsync(root);
        await other.AddAsync(next);
        await core.ExecuteAsync("UPDATE node_status SET revision = 1, verified_revision = 1");

        var brought = Assert.Single(await core.MaintainAsync());
        Assert.Equal((true, false), (brought.IsChanged, brought.IsHealed));

        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        var healed = Assert.Single(await core.MaintainAsync());
        Assert.Equal((true, true), (healed.IsChanged, healed.IsHealed));
    }

    [Fact]
    public async Task Maintain_SameFaultAgainAndAgain_IsLoggedOnce()
    {
        var log = new LogLines();
        await using var core = await TestCore.StartAsync(register: s => s.AddSingleton<ILoggerProvider>(log));
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        for (var i = 0; i < 3; i++)
        {
            await File.AppendAllTextAsync(core.RootsFile, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Cancellation);
            await core.MaintainAsync();
            await core.MaintainAsync();
        }

        Assert.Single(log.All, l => l.Contains("damage found", StringComparison.Ordinal));

        await File.WriteAllTextAsync(core.RootsFile, "", Cancellation);
        BlockWriting(core);
        for (var i = 0; i < 3; i++)
            await core.MaintainAsync();

        Assert.Single(log.All, l => l.Contains("was changed by somebody else", StringComparison.Ordinal));
        Assert.Single(log.All, l => l.Contains("pem-bundle could not be read or written", StringComparison.Ordinal));
        Assert.DoesNotContain(log.All, l => l.Contains("pem-bundle is not as it should be", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_HashOfWhatWasReadDiffersFromTheSets_IsNotInstalled()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        var (observed, desired) = await core.QueryAsync(async db => (
            await db.NodeStatuses.Select(s => s.ObservedHash).SingleAsync(Cancellation),
            await db.Instances.Select(i => i.DesiredHash).SingleAsync(Cancellation)));
        Assert.Equal(desired, observed);
        Assert.Equal(SetHash.Of([TestCore.KeyOf(root)]), observed);

        await core.ExecuteAsync($"UPDATE node_status SET observed_hash = '{SetHash.Of([])}'");

        Assert.Equal(CaCertificateStatus.Failed, Assert.Single(await core.ListAsync()).Status);
    }

    [Fact]
    public async Task List_TrustStoreNewInTheSettings_IsPendingUntilItIsReconciled()
    {
        using var folder = new TemporaryDirectory();
        using var root = TestCertificates.Root();
        await using (var before = await TestCore.StartAsync(folder["data"]))
            await before.AddAsync(root);

        await using var core = await TestCore.StartAsync(folder["data"], configure: o => o.TrustStores.Add("x509"));
        Assert.Equal(CaCertificateStatus.Pending, Assert.Single(await core.ListAsync()).Status);
        await core.MaintainAsync();

        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        await core.DeleteAsync(TestCore.KeyOf(root));
    }

    [Fact]
    public async Task Maintain_ListChangedByAnotherProcessMeanwhile_EndsWithTheNewest()
    {
        using var folder = new TemporaryDirectory();
        using var first = TestCertificates.Root("First");
        using var second = TestCertificates.Root("Second");
        await using var other = await TestCore.StartAsync(folder["data"]);
        await other.AddAsync(first);
        var isDone = false;

        // The other process is done after this one has read what is desired and before it has written it.
        await using var core = await TestCore.StartAsync(folder["data"], register: DatabaseHooks.BeforeCommand(
            sql => !isDone && sql.Contains("breaks_readers", StringComparison.Ordinal),
            async () =>
            {
                isDone = true;
                await other.AddAsync(second);
            }));
        await core.MaintainAsync();

        Assert.True(isDone);
        Assert.True(await IsInBundleAsync(core, second));
        Assert.All(await core.ListAsync(), c => Assert.Equal(CaCertificateStatus.Installed, c.Status));
        Assert.Equal(2, await core.QueryAsync(db => db.Nodes.Select(n => n.AppliedRevision).SingleAsync(Cancellation)));
    }

    /// <summary>No account, not even root, can lock a folder: the bundle can be read but not written.</summary>
    private static string BlockWriting(TestCore core)
    {
        var obstacle = Path.Combine(core.DataDirectory, "trust", ".caportal.lock");
        File.Delete(obstacle);
        Directory.CreateDirectory(obstacle);
        return obstacle;
    }

    private static Task<List<string>> ActionsAsync(TestCore core) =>
        core.QueryAsync(db => db.Activity.OrderBy(a => a.Sequence).Select(a => a.Action).ToListAsync(Cancellation));

    private static async Task<bool> IsInBundleAsync(TestCore core, System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) =>
        (await File.ReadAllTextAsync(core.RootsFile, Cancellation)).Contains(
            certificate.ExportCertificatePem().ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class MaintenanceTestsOnPostgres : MaintenanceTests;
