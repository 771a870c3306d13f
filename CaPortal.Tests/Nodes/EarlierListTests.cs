using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Alerts;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Nodes;

/// <summary>An older backup of the whole data directory, which agrees with itself.</summary>
public sealed class EarlierListTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Deleted Root");
    private readonly X509Certificate2 _kept = TestCertificates.Root("Kept Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_directory.Path, "data");

    private string Backup => Path.Combine(_directory.Path, "backup");

    private string Trust => Path.Combine(_directory.Path, "trust");

    public void Dispose()
    {
        _directory.Dispose();
        _root.Dispose();
        _kept.Dispose();
    }

    [Fact]
    public async Task Maintain_DataDirectoryOfBeforeADelete_TrustsNothingAgainAndSaysSo()
    {
        await DeleteAfterTheBackupAsync();
        await using var core = await RestoreAsync();

        var outcome = Assert.Single(await core.MaintainAsync());

        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Contains("earlier one, of revision 2: revision 3 had been brought to the trust stores", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64Of(_root), await RootsAsync(), StringComparison.Ordinal);
        using var another = TestCertificates.Root();
        Assert.IsType<ChangeOutcome.Unavailable>(await core.AddAsync(another));
        await core.Get<AlertService>().EvaluateAsync(Cancellation);
        Assert.Contains((await core.Get<AlertService>().ListAsync(new AlertQuery(), Cancellation)).Alerts, a =>
            a.Message.Contains("An older backup was put back", StringComparison.Ordinal));
        var earlier = (await core.Get<UnprovedList>().FindAsync(Cancellation))!.Earlier!;
        Assert.Equal((3, TestCore.KeyOf(_root)), (earlier.Newest, Assert.Single(earlier.WouldBeTrusted).Key));
        Assert.Empty(earlier.WouldBeWithdrawn);
        Assert.IsType<UnprovedListOutcome.Refused>(await core.Get<UnprovedList>().RestoreAsync(TestCore.Anna, "backup"));
    }

    [Fact]
    public async Task Keep_DataDirectoryOfBeforeADelete_ChangesNothingThatIsTrusted()
    {
        await DeleteAfterTheBackupAsync();
        await using (var core = await RestoreAsync())
        {
            Assert.IsType<UnprovedListOutcome.Forbidden>(await core.Get<UnprovedList>().KeepTrustedAsync(TestCore.Reader, "mine"));

            Assert.IsType<UnprovedListOutcome.Done>(await core.Get<UnprovedList>().KeepTrustedAsync(TestCore.Anna, "backup"));

            Assert.Equal(TrustStoreResult.Installed, Assert.Single(await core.MaintainAsync()).Result);
            Assert.DoesNotContain(Base64Of(_root), await RootsAsync(), StringComparison.Ordinal);
            Assert.Equal(TestCore.KeyOf(_kept), Assert.Single(await core.ListAsync()).Key);
            Assert.NotNull(
                await core.QueryAsync(db => db.Certificates.Where(c => c.RemovedRevision != null).Select(c => c.RemovedSteadyAt).SingleAsync(Cancellation)));
        }

        await using var next = await StartAsync();
        Assert.Null(await next.Get<UnprovedList>().FindAsync(Cancellation));
        Assert.IsType<ChangeOutcome.Applied>(await next.AddAsync(_root));
    }

    [Fact]
    public async Task Keep_DataDirectoryOfBeforeAnAdd_TakesItBackIntoTheList()
    {
        await using (var core = await StartAsync())
        {
            await core.AddAsync(_kept, _root);
            await core.DeleteAsync(TestCore.KeyOf(_root));
        }

        CopyTo(Data, Backup);
        await using (var core = await StartAsync())
            await core.AddAsync(_root);
        await using var restored = await RestoreAsync();
        var earlier = (await restored.Get<UnprovedList>().FindAsync(Cancellation))!.Earlier!;
        Assert.Equal(TestCore.KeyOf(_root), Assert.Single(earlier.WouldBeWithdrawn).Key);

        Assert.IsType<UnprovedListOutcome.Done>(await restored.Get<UnprovedList>().KeepTrustedAsync(TestCore.Anna, "backup"));

        await restored.MaintainAsync();
        Assert.Contains(Base64Of(_root), await RootsAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await restored.ListAsync()).Count);
    }

    [Fact]
    public async Task Accept_DataDirectoryOfBeforeADelete_TrustsItAgain()
    {
        await DeleteAfterTheBackupAsync();
        await using var core = await RestoreAsync();

        Assert.IsType<UnprovedListOutcome.Done>(await core.Get<UnprovedList>().AcceptAsync(TestCore.Anna, "the delete was wrong"));

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(await core.MaintainAsync()).Result);
        Assert.Contains(Base64Of(_root), await RootsAsync(), StringComparison.Ordinal);
        Assert.Null(await core.Get<UnprovedList>().FindAsync(Cancellation));
    }

    [Fact]
    public async Task Keep_TrustStoreThatIsDamaged_IsRefused()
    {
        await DeleteAfterTheBackupAsync();
        await using var core = await RestoreAsync();
        await File.WriteAllTextAsync(Path.Combine(Trust, "roots.pem"), "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n", Cancellation);

        var refused = Assert.IsType<UnprovedListOutcome.Refused>(await core.Get<UnprovedList>().KeepTrustedAsync(TestCore.Anna, "backup"));

        Assert.Contains("PEM bundle files cannot be read as a whole", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_MarkOfAnotherPortalOrForged_IsPassedOver()
    {
        await using (var core = await StartAsync())
            await core.AddAsync(_kept);
        var mark = Assert.Single(Directory.GetFiles(Trust, ".caportal-*.revision"));
        await File.WriteAllTextAsync(
            mark,
            (await File.ReadAllTextAsync(mark, Cancellation)).Replace("\"revision\":1", "\"revision\":9", StringComparison.Ordinal),
            Cancellation);

        await using (var next = await StartAsync())
            Assert.Null(await next.Get<UnprovedList>().FindAsync(Cancellation));

        Directory.Delete(Data, recursive: true);
        await using var other = await StartAsync();
        Assert.Null(await other.Get<UnprovedList>().FindAsync(Cancellation));
        await other.AddAsync(_root);
        Assert.Equal(2, Directory.GetFiles(Trust, ".caportal-*.revision").Length);
    }

    [Fact]
    public async Task Start_PipeInPlaceOfTheMark_WaitsForNothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in folders.");
        await using (var core = await StartAsync())
            await core.AddAsync(_kept);
        var mark = Assert.Single(Directory.GetFiles(Trust, ".caportal-*.revision"));
        File.Delete(mark);
        await Tool.RunAsync("mkfifo", [mark], Cancellation);

        await using var next = await StartAsync();

        Assert.Null(await next.Get<UnprovedList>().FindAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(1), Cancellation));
        Assert.IsType<ChangeOutcome.Applied>(await next.AddAsync(_root));
        Assert.Equal(TrustStoreResult.Installed, Assert.Single(await next.MaintainAsync()).Result);
    }

    [Fact]
    public async Task BeginAnew_AfterALoss_IsNoEarlierList()
    {
        await using (var core = await TestCore.StartAsync(Data))
            await core.AddAsync(_kept);
        File.Delete(Path.Combine(Data, "portal.db"));
        await using var lost = TestCore.NotStarted(Data);
        await Assert.ThrowsAsync<DatabaseException>(() => lost.Get<PortalDatabase>().InitializeAsync(Cancellation));

        Assert.IsType<RecoveryOutcome.Begun>(await lost.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation));

        Assert.Null(await lost.Get<UnprovedList>().FindAsync(Cancellation));
        Assert.IsType<ChangeOutcome.Applied>(await lost.AddAsync(_root));
    }

    [Fact]
    public async Task Start_CopyOfTheDatabaseWithoutItsWriteAheadLog_IsALoss()
    {
        await using (var core = await StartAsync())
        {
            await core.AddAsync(_kept);
            Directory.CreateDirectory(Backup);
            File.Copy(core.DatabaseFile, Path.Combine(Backup, "portal.db"));
        }

        PutBackTheFileAlone();

        var loss = await Assert.ThrowsAsync<DatabaseException>(StartAsync);
        Assert.True(loss.IsLoss);
        Assert.Contains("copied without its write-ahead log", loss.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_ThenTheFileCopiedAlone_HasTheList()
    {
        await using (var core = await StartAsync())
        {
            await core.AddAsync(_kept);
            await core.Get<PortalDatabase>().CheckpointAsync(Cancellation);
            Directory.CreateDirectory(Backup);
            File.Copy(core.DatabaseFile, Path.Combine(Backup, "portal.db"));
        }

        PutBackTheFileAlone();

        await using var restored = await StartAsync();
        Assert.Equal(TestCore.KeyOf(_kept), Assert.Single(await restored.ListAsync()).Key);
    }

    private void PutBackTheFileAlone()
    {
        foreach (var file in Directory.GetFiles(Data, "portal.db*"))
            File.Delete(file);
        File.Copy(Path.Combine(Backup, "portal.db"), Path.Combine(Data, "portal.db"));
    }

    private async Task DeleteAfterTheBackupAsync()
    {
        await using (var core = await StartAsync())
        {
            await core.AddAsync(_root);
            await core.AddAsync(_kept);
        }

        CopyTo(Data, Backup);
        await using (var core = await StartAsync())
            await core.DeleteAsync(TestCore.KeyOf(_root));
    }

    private Task<TestCore> RestoreAsync()
    {
        Directory.Delete(Data, recursive: true);
        CopyTo(Backup, Data);
        return StartAsync();
    }

    private Task<TestCore> StartAsync() => TestCore.StartAsync(Data, configure: o => o.PemBundle.Directory = Trust);

    private async Task<string> RootsAsync() => (await File.ReadAllTextAsync(Path.Combine(Trust, "roots.pem"), Cancellation)).ReplaceLineEndings("");

    private static void CopyTo(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string Base64Of(X509Certificate2 certificate) => Convert.ToBase64String(certificate.RawData);
}
