using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Activity;

/// <summary>The one way to write: a change and what the activity log says of it, or neither.</summary>
public class DatabaseWriterTests
{
    private static readonly ActivityDraft Entry = new("anna", "Administrator", "127.0.0.1", "Tested", null, null, null, new { });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(false, false, false)]
    public async Task Write_WithOrWithoutAnEntry_IsKeptWhereItHasOneOrNeedsNone(bool hasEntry, bool needsNone, bool isKept)
    {
        await using var core = await TestCore.StartAsync();

        await core.Get<DatabaseWriter>().WriteAsync(
            db => Task.FromResult(new Written<bool>(Change(db), hasEntry ? Entry : null) { NeedsNoEntry = needsNone }), Cancellation);

        Assert.Equal((isKept, hasEntry ? 1 : 0), await StateAsync(core));
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
    }

    [Fact]
    public async Task Write_FailsAfterSaving_KeepsNeitherTheChangeNorTheEntry()
    {
        await using var core = await TestCore.StartAsync();

        await Assert.ThrowsAsync<FormatException>(() => core.Get<DatabaseWriter>().WriteAsync<bool>(
            async db =>
            {
                Change(db);
                await db.SaveChangesAsync(Cancellation);
                throw new FormatException();
            },
            Cancellation));

        Assert.Equal((false, 0), await StateAsync(core));
    }

    private static bool Change(PortalDb db)
    {
        db.Add(new PresentedBlob { Sha256 = "a", Der = [1] });
        return true;
    }

    private static Task<(bool IsChanged, int Entries)> StateAsync(TestCore core) => core.QueryAsync(async db =>
        (await db.PresentedBlobs.AnyAsync(Cancellation), await db.Activity.CountAsync(Cancellation)));
}

/// <inheritdoc/>
[OnPostgres]
public sealed class DatabaseWriterTestsOnPostgres : DatabaseWriterTests;
