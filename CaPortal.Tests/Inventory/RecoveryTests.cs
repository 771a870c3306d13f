using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Inventory;

public sealed class RecoveryTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();

    public static TheoryData<string> Losses => ["garbage", "cut", "missing"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _root.Dispose();
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Database_LostWhileRunning_IsToldOverwritesNothingAndIsBegunAnewOnRequest(string loss)
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        await core.AddAsync(_root);
        await core.Machine.FollowUpsAsync(Cancellation);
        Assert.Null(core.Recovery.Loss);
        var told = 0;
        core.List.Changed += () => told++;
        Lose(core.DatabaseFile, loss);

        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        Assert.NotNull(core.Recovery.Loss);
        Assert.Equal(1, told);
        await Assert.ThrowsAsync<DatabaseException>(core.MaintainAsync);
        Assert.IsType<ChangeOutcome.Unavailable>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation));
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);

        var begun = Assert.IsType<RecoveryOutcome.Begun>(await core.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation));

        Assert.Null(core.Recovery.Loss);
        Assert.Empty(await core.ListAsync());
        Assert.Equal(loss != "missing", File.Exists(Path.Combine(begun.SetAside, "portal.db")));
        Assert.True(File.Exists(Path.Combine(begun.SetAside, "activity.anchor")));
        await core.MaintainAsync();
        Assert.Contains("BEGIN CERTIFICATE", await File.ReadAllTextAsync(core.RootsFile, Cancellation), StringComparison.Ordinal);
        Assert.Equal("BeginAnew", await core.QueryAsync(db => db.Activity.OrderBy(a => a.Sequence).Select(a => a.Action).FirstAsync(Cancellation)));
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_root)).IsInstalled);
    }

    [Fact]
    public async Task BeginAnew_UntilTheNewDatabaseCanBeUsed_IsToldAsLost()
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        Lose(core.DatabaseFile, "missing");
        await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync());
        var database = core.Get<PortalDatabase>();
        List<Task> uses = [];
        database.LossChanged += () =>
        {
            if (database.Loss is null)
                uses.Add(core.ListAsync());
        };

        await core.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation);

        await Assert.Single(uses);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Start_DatabaseLost_ChangesNothingUntilItIsBegunAnew(string loss)
    {
        await using (var before = await TestCore.StartAsync(_folder.Path))
        {
            await before.AddAsync(_root);
            Lose(before.DatabaseFile, loss);
        }

        await using var core = TestCore.NotStarted(_folder.Path);
        var refusal = await Assert.ThrowsAsync<DatabaseException>(() => core.Get<PortalDatabase>().InitializeAsync(Cancellation));
        Assert.True(refusal.IsLoss);
        Assert.Equal(refusal.Message, core.Recovery.Loss?.Message);
        var files = Directory
            .GetFiles(_folder.Path, "portal.db*")
            .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
            .ToDictionary(f => f, File.ReadAllBytes);
        Assert.True((await Assert.ThrowsAsync<DatabaseException>(() => core.ListAsync())).IsLoss);
        Assert.IsType<ChangeOutcome.Unavailable>(await core.Machine.VerifyAsync(TestCore.Anna, Cancellation));
        Assert.All(files, f => Assert.Equal(f.Value, File.ReadAllBytes(f.Key)));

        Assert.IsType<RecoveryOutcome.Begun>(await core.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation));

        Assert.Empty(await core.ListAsync());
        Assert.Null(core.Recovery.Loss);
    }

    [Fact]
    public async Task BeginAnew_DatabaseInOrder_DoesNothing()
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        await core.AddAsync(_root);

        Assert.IsType<RecoveryOutcome.NotLost>(await core.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation));

        Assert.Single(await core.ListAsync());
    }

    [Fact]
    public async Task BeginAnew_AnotherPortalHasDoneSo_GoesOnWithWhatThatBegan()
    {
        await using (var before = await TestCore.StartAsync(_folder.Path))
            Lose(before.DatabaseFile, "garbage");
        await using var first = TestCore.NotStarted(_folder.Path);
        await using var second = TestCore.NotStarted(_folder.Path);
        foreach (var portal in (TestCore[])[first, second])
            await Assert.ThrowsAsync<DatabaseException>(() => portal.Get<PortalDatabase>().InitializeAsync(Cancellation));
        Assert.IsType<RecoveryOutcome.Begun>(await first.Recovery.BeginAnewAsync(TestCore.Anna, Cancellation));
        await first.AddAsync(_root);

        Assert.IsType<RecoveryOutcome.NotLost>(await second.Recovery.BeginAnewAsync(TestCore.Bert, Cancellation));

        Assert.Single(await second.ListAsync());
        Assert.Null(second.Recovery.Loss);
    }

    [Fact]
    public async Task BeginAnew_ByAReader_IsForbidden()
    {
        await using var core = await TestCore.StartAsync(_folder.Path);
        Lose(core.DatabaseFile, "garbage");

        Assert.IsType<RecoveryOutcome.Forbidden>(await core.Recovery.BeginAnewAsync(TestCore.Reader, Cancellation));

        Assert.False(Directory.Exists(_folder["lost"]));
    }

    private static void Lose(string file, string loss)
    {
        SqliteConnection.ClearAllPools();
        foreach (var journal in new[] { $"{file}-wal", $"{file}-shm" })
            File.Delete(journal);
        switch (loss)
        {
            case "missing":
                File.Delete(file);
                break;
            case "cut":
                using (var stream = File.OpenWrite(file))
                    stream.SetLength(stream.Length / 3);
                break;
            default:
                File.WriteAllBytes(file, [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))]);
                break;
        }
    }
}
