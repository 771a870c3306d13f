using CaPortal.Core.Activity;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity;

/// <summary>Anyone who writes to the database cannot hide entries in silence.</summary>
public sealed class ActivityGuardTests : IDisposable
{
    private const string Drop = "ALTER TABLE activity DROP COLUMN marks; ";
    private const string Column = "The column of marks was changed";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Drop, Column)]
    [InlineData(Drop + "ALTER TABLE activity ADD COLUMN marks INTEGER NOT NULL AS (0) VIRTUAL", Column)]
    [InlineData(Drop + "ALTER TABLE activity ADD COLUMN marks INTEGER NOT NULL DEFAULT 1", Column)]
    [InlineData(Drop + "ALTER TABLE activity ADD COLUMN marks AS (NULL)", Column)]
    [InlineData(Drop + "ALTER TABLE activity ADD COLUMN marks AS (abs(-9223372036854775807 - 1))", Column)]
    [InlineData(
        "CREATE TRIGGER \"a \"\"trigger\" BEFORE INSERT ON Activity WHEN NEW.action = 'Forbidden' BEGIN SELECT RAISE(IGNORE); END",
        "a \"trigger was added")]
    public async Task Verify_GuardChanged_IsSeenUntilTheNextStartPutsItRight(string sql, string message)
    {
        using var root = TestCertificates.Root();
        await using (var core = await TestCore.StartAsync(_folder.Path))
        {
            await core.AddAsync(root);
            await core.ExecuteAsync(sql);
            Assert.Contains(message, (await VerifyAsync(core)).Damage?.Message, StringComparison.Ordinal);
        }

        await using var again = await TestCore.StartAsync(_folder.Path);
        Assert.Null((await VerifyAsync(again)).Damage);
        var news = await again.Get<ActivityService>().ListAsync(new ActivityQuery { OnlyNoteworthy = true }, Cancellation);
        Assert.Equal(["Add"], news.Entries.Select(e => e.Action));
    }

    private static Task<ActivityVerification> VerifyAsync(TestCore core) => core.Get<ActivityService>().VerifyAsync(Cancellation);
}
