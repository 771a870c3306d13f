using CaPortal.Core.Management.Auditing;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Management.Auditing;

public sealed class ActivityRecorderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Record_WithAndWithoutTheDatabase_NeverFails()
    {
        await using var core = await TestCore.StartAsync();
        var recorder = core.Get<ActivityRecorder>();
        using (core.WithoutDatabase())
            await recorder.RecordAsync(TestCore.Anna, "SignIn", new { Lost = true });
        await recorder.RecordAsync(TestCore.Reader, "SignOut", new { From = "a test" });

        var entry = Assert.Single(await core.QueryAsync(db => db.Activity.AsNoTracking().ToListAsync(Cancellation)));
        Assert.Equal(
            ("SignOut", TestCore.Reader.Name, "Reader", TestCore.Reader.Source, """{"from":"a test"}"""),
            (entry.Action, entry.Actor, entry.Role, entry.Source, entry.Details));
    }
}
