using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Backups;

public sealed class BackupServiceTests
{
    private readonly SettableTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TakeDue_AsTimePasses_TakesOneADayAndKeepsTheLast()
    {
        await using var core = await TestCore.StartAsync(time: _time, configure: o => o.Backup.Keep = 3);
        var backups = core.Get<BackupService>();
        Directory.CreateDirectory(backups.Folder);
        await File.WriteAllTextAsync(Path.Combine(backups.Folder, "portal-20260101T000000Z.db"), "from before an upgrade", Cancellation);

        for (var day = 0; day < 5; day++)
        {
            Assert.NotNull(await backups.TakeDueAsync(Cancellation));
            Assert.Null(await backups.TakeDueAsync(Cancellation));
            _time.Advance(TimeSpan.FromHours(23));
            Assert.Null(await backups.TakeDueAsync(Cancellation));
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal([1, 2, 3], backups.List().Select(b => (int)Math.Round((_time.GetUtcNow().UtcDateTime - b.TakenAt).TotalDays)));
        Assert.Equal(4, Directory.GetFiles(backups.Folder).Length);
    }

    [Fact]
    public async Task TakeDue_ClockThatWasSetBack_TakesOne()
    {
        await using var core = await TestCore.StartAsync(time: _time);
        await core.Get<BackupService>().TakeDueAsync(Cancellation);
        _time.Set(TimeSpan.FromDays(-400));

        var taken = await core.Get<BackupService>().TakeDueAsync(Cancellation);
        Assert.NotNull(taken);
        Assert.Null(await core.Get<BackupService>().TakeDueAsync(Cancellation));
        Assert.Equal(taken.Path, core.Get<BackupService>().List()[0].Path);
    }

    [Fact]
    public async Task BackUp_WithAsManyFromTheFutureAsAreKept_KeepsTheNewOne()
    {
        await using var core = await TestCore.StartAsync(time: _time, configure: o => o.Backup.Keep = 1);
        var backups = core.Get<BackupService>();
        await backups.BackUpAsync(TestCore.Anna, Cancellation);
        _time.Set(TimeSpan.FromDays(-400));

        var taken = Assert.IsType<BackupOutcome.Taken>(await backups.BackUpAsync(TestCore.Anna, Cancellation)).Backup;
        Assert.Equal(taken.Path, Assert.Single(backups.List()).Path);
    }

    [Fact]
    public async Task BackUp_OfTwoPortalsIntoOneFolder_LeavesThoseOfTheOther()
    {
        using var shared = new TemporaryDirectory();
        void Configure(CoreOptions options) => (options.Backup.Directory, options.Backup.Keep) = (shared.Path, 1);
        await using var one = await TestCore.StartAsync(time: _time, configure: Configure);
        await using var two = await TestCore.StartAsync(time: _time, configure: Configure);
        await one.Get<BackupService>().BackUpAsync(TestCore.Anna, Cancellation);
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await two.Get<BackupService>().BackUpAsync(TestCore.Anna, Cancellation);
        }

        Assert.Equal(2, Directory.GetFiles(shared.Path).Length);
        Assert.Single(one.Get<BackupService>().List());
        Assert.Single(two.Get<BackupService>().List());
    }

    [Fact]
    public async Task TakeDue_WherePeopleAreToBeAsked_SaysSo()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.Backup.PassphraseFile = Core.Backups.BackupOptions.Ask);

        Assert.Contains(
            "nobody is there to ask",
            (await Assert.ThrowsAsync<Core.Backups.BackupException>(() => core.Get<BackupService>().TakeDueAsync(Cancellation))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task TakeDue_WhereNoneIsWanted_TakesNone()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.Backup.Every = TimeSpan.Zero);

        Assert.Null(await core.Get<BackupService>().TakeDueAsync(Cancellation));
        Assert.Empty(core.Get<BackupService>().List());
    }

    [Fact]
    public async Task TakeDue_FolderThatCannotBeWritten_KeepsTheReasonUntilItWorks()
    {
        using var elsewhere = new TemporaryDirectory();
        await File.WriteAllTextAsync(elsewhere["backups"], "a file", Cancellation);
        await using var core = await TestCore.StartAsync(configure: o => o.Backup.Directory = elsewhere["backups"]);
        var backups = core.Get<BackupService>();
        var changes = 0;
        backups.Changed += () => changes++;

        await Assert.ThrowsAsync<Core.Backups.BackupException>(() => backups.TakeDueAsync(Cancellation));
        Assert.Contains("cannot be written", backups.Failure!.Message, StringComparison.Ordinal);
        Assert.IsType<BackupOutcome.Failed>(await backups.BackUpAsync(TestCore.Anna, Cancellation));

        File.Delete(elsewhere["backups"]);
        Assert.NotNull(await backups.TakeDueAsync(Cancellation));
        Assert.Null(backups.Failure);
        Assert.Equal(2, changes);
    }

    [Theory]
    [InlineData("caportal-00000000-20200101T000000Z.tar.gz")]
    [InlineData("../portal.db")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public async Task PrepareRestore_NameThatIsNotInTheFolder_IsRefused(string name)
    {
        await using var core = await TestCore.StartAsync();
        await core.Get<BackupService>().BackUpAsync(TestCore.Anna, Cancellation);

        Assert.IsType<BackupOutcome.Failed>(await core.Get<BackupService>().PrepareRestoreAsync(name, null, TestCore.Anna, Cancellation));
        Assert.Null(core.Get<BackupService>().Waiting);
    }
}
