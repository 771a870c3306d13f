using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Nodes;

public class DriftTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Maintain_CertificateRemovedByAnotherProgram_IsShownAndRecordedBeforeItIsHealed()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        await RemoveByHandAsync(core);
        var shown = new List<CaCertificateStatus>();
        core.List.Changed += () => shown.Add(core.ListAsync().GetAwaiter().GetResult().Single().Status);

        await core.MaintainAsync();

        Assert.Equal([CaCertificateStatus.Drifted, CaCertificateStatus.Installed], shown);
        Assert.Equal([("Drifted", 0, 1), ("Installed", 1, 0)], (await OutcomesAsync(core)).Skip(1));
    }

    [Fact]
    public async Task Maintain_NothingHasChanged_TellsNobodyToDrawAnewButThatItWasVerified()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        await core.MaintainAsync();
        var (changed, verified) = (0, 0);
        core.List.Changed += () => changed++;
        core.Machine.Verified += () => verified++;

        await core.MaintainAsync();
        await core.MaintainAsync();
        Assert.Equal((0, 2), (changed, verified));

        using var another = TestCertificates.Root("Another");
        await core.AddAsync(another);
        await core.MaintainAsync();
        Assert.Equal((1, 3), (changed, verified));
    }

    [Fact]
    public async Task Maintain_DriftToBeReported_LeavesTheTrustStoreAndKeepsShowingIt()
    {
        await using var core = await StartAsync(DriftResponse.Report);
        await RemoveByHandAsync(core);

        await core.MaintainAsync();
        await core.MaintainAsync();

        Assert.DoesNotContain("BEGIN", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
        Assert.Equal(CaCertificateStatus.Drifted, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal([("Drifted", 0, 1)], (await OutcomesAsync(core)).Skip(1));
    }

    [Fact]
    public async Task Maintain_DriftToBeReportedThatComesAfterTheLook_LeavesTheTrustStoreToo()
    {
        TestCore core = null!;
        var looks = int.MinValue;
        await using var owned = core = await TestCore.StartAsync(
            configure: o => o.Drift = DriftResponse.Report,
            register: DatabaseHooks.BeforeCommand(
                text => text.Contains("service_instance", StringComparison.Ordinal) && ++looks == 2,
                () => RemoveByHandAsync(core)));
        await core.AddAsync(_root);

        // The desired state is read for the look, and again for the writing.
        looks = 0;
        await core.MaintainAsync();

        Assert.True(looks >= 2);
        Assert.DoesNotContain("BEGIN", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintain_DriftToBeReportedAndListThatChangesAfterTheLook_InstallsWhatIsNew()
    {
        using var another = TestCertificates.Root("Another");
        TestCore core = null!;
        var looks = int.MinValue;
        var committed = new TaskCompletionSource();
        Task<ChangeOutcome> save = null!;
        await using var owned = core = await TestCore.StartAsync(
            configure: o => o.Drift = DriftResponse.Report,
            register: services =>
            {
                DatabaseHooks.AroundCommit(after: () =>
                {
                    if (looks > 0)
                        committed.TrySetResult();
                })(services);
                DatabaseHooks.BeforeCommand(
                    text => text.Contains("verified_revision = @", StringComparison.Ordinal) && ++looks == 1,
                    async () =>
                    {
                        save = Task.Run(() => core.AddAsync(another), Cancellation);
                        await committed.Task;
                    })(services);
            });
        await core.AddAsync(_root);

        // The list was read for the look, and is read again for the writing. The save waits for that with its own.
        looks = 0;
        var outcome = Assert.Single(await core.MaintainAsync());
        await save;

        Assert.Equal([TestCore.KeyOf(another)], outcome.Added);
    }

    [Fact]
    public async Task Maintain_DriftToBeReported_StillInstallsWhatWasNeverThere()
    {
        var time = FakeTime.FromNow();
        await using var core = await StartAsync(DriftResponse.Report, time);
        Directory.CreateDirectory(Path.Combine(core.DataDirectory, "trust", "obstacle"));
        File.Delete(core.RootsFile);
        Directory.Move(Path.Combine(core.DataDirectory, "trust", "obstacle"), core.RootsFile);
        using var another = TestCertificates.Root("Another");
        await core.AddAsync(another);
        Directory.Delete(core.RootsFile);
        time.Advance(TimeSpan.FromMinutes(1));

        await core.MaintainAsync();

        Assert.All(await core.ListAsync(), c => Assert.Equal(CaCertificateStatus.Installed, c.Status));
    }

    [Fact]
    public async Task Verify_Drift_IsRecordedAndNotHealedUntilRepair()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        await RemoveByHandAsync(core);

        var verified = Assert.IsType<ChangeOutcome.Applied>(await core.Machine.VerifyAsync(TestCore.Anna, Cancellation));
        Assert.Equal(TrustStoreResult.Drifted, Assert.Single(verified.TrustStores).Result);
        Assert.False(verified.IsInstalled);
        Assert.Equal(CaCertificateStatus.Drifted, Assert.Single(await core.ListAsync()).Status);

        var repaired = Assert.IsType<ChangeOutcome.Applied>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation));
        Assert.True(repaired.IsInstalled);
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal(
            TestCore.Anna.Name,
            await core.QueryAsync(db => db.Activity.OrderByDescending(a => a.Sequence).Select(a => a.Actor).FirstAsync(Cancellation)));
    }

    [Fact]
    public async Task VerifyAndRepair_ByAPerson_ReadForRealAsNoOtherLookDoes()
    {
        var store = new MemoryTrustStore();
        await using var core = await store.StartCoreAsync();
        await core.AddAsync(_root);
        await core.MaintainAsync();
        Assert.Equal(0, store.RealReads);

        await core.Machine.VerifyAsync(TestCore.Anna, Cancellation);
        Assert.Equal(1, store.RealReads);

        await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);
        Assert.Equal(2, store.RealReads);
    }

    [Fact]
    public async Task VerifyAndRepair_ByAReader_AreForbidden()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        await RemoveByHandAsync(core);

        Assert.IsType<ChangeOutcome.Forbidden>(await core.Machine.VerifyAsync(TestCore.Reader, Cancellation));
        Assert.IsType<ChangeOutcome.Forbidden>(await core.Machine.RepairAsync(TestCore.Reader, null, Cancellation));

        Assert.Single(await OutcomesAsync(core));
    }

    [Fact]
    public async Task VerifyAndRepair_WithoutDatabase_SayWhatToDo()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        using var without = core.WithoutDatabase();

        Assert.IsType<ChangeOutcome.Unavailable>(await core.Machine.VerifyAsync(TestCore.Anna, Cancellation));
        Assert.IsType<ChangeOutcome.Unavailable>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation));
    }

    [Fact]
    public async Task Maintain_DeletedCertificatePutBackByHand_IsTakenOutAgain()
    {
        await using var core = await StartAsync(DriftResponse.Heal);
        var withCertificate = await File.ReadAllTextAsync(core.RootsFile, Cancellation);
        await core.DeleteAsync(TestCore.KeyOf(_root));
        await File.WriteAllTextAsync(core.RootsFile, withCertificate, Cancellation);

        await core.MaintainAsync();

        Assert.DoesNotContain("BEGIN", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
    }

    private async Task<TestCore> StartAsync(DriftResponse response, TimeProvider? time = null)
    {
        var core = await TestCore.StartAsync(time: time, configure: o => o.Drift = response);
        await core.AddAsync(_root);
        return core;
    }

    private static Task RemoveByHandAsync(TestCore core) => File.WriteAllTextAsync(core.RootsFile, "", Cancellation);

    /// <summary>
    /// What the activity log says about the one trust store: its result, and how many certificates were added and are
    /// missing.
    /// </summary>
    private static async Task<List<(string? Result, int Added, int Missing)>> OutcomesAsync(TestCore core)
    {
        var entries = await core.QueryAsync(db =>
            db.Activity.Where(a => a.Action == "Outcome").OrderBy(a => a.Sequence).Select(a => a.Details).ToListAsync(Cancellation));
        return [.. entries.Select(OutcomeOf)];

        static (string?, int, int) OutcomeOf(string details)
        {
            using var json = JsonDocument.Parse(details);
            var store = json.RootElement[0];
            return (store.GetProperty("result").GetString(), store.GetProperty("added").GetArrayLength(), store.GetProperty("missing").GetArrayLength());
        }
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class DriftTestsOnPostgres : DriftTests;
