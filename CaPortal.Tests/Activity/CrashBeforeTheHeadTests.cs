using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Tests.Approvals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity;

/// <summary>A crash after entries are committed, and before the file beside the database names them.</summary>
public sealed class CrashBeforeTheHeadTests : IDisposable
{
    private const int Entries = ActivityLog.MaxBehindEnd + 2;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Append_ManyRequestsThatHaveCommittedAndNotWrittenTheHead_IsIntactAfterACrash()
    {
        var isCrashing = false;
        using var committed = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        await using var core = await TestCore.StartAsync(_folder["data"], register: DatabaseHooks.AroundCommit(after: () =>
        {
            if (!isCrashing)
                return;
            committed.Release();
            goOn.Wait(Cancellation);
        }));
        using var root = TestCertificates.Root();
        await core.AddAsync(root);
        await core.Machine.FollowUpsAsync(Cancellation); // It commits too.
        isCrashing = true;

        List<Task> requests = [];
        for (var i = 0; i < Entries; i++)
        {
            requests.Add(Task.Run(() => core.Get<ActivityRecorder>().RecordAsync(TestCore.Anna, "SignIn", new { Attempt = requests.Count }), Cancellation));
            await committed.WaitAsync(Cancellation);
        }

        var crashed = Copy(1);
        goOn.Set();
        await Task.WhenAll(requests);

        Assert.Equal(Entries, await AssertIntactAsync(crashed, "SignIn"));
    }

    [Fact]
    public async Task Maintain_ManyProposalsThatAreOver_IsIntactAfterACrashAtAnyCommit()
    {
        var time = FakeTime.FromNow();
        List<string> crashed = [];
        var isCrashing = false;
        await using var core = await FourEyesTest.StartAsync(_folder["data"], time, DatabaseHooks.AroundCommit(after: () =>
        {
            if (isCrashing)
                crashed.Add(Copy(crashed.Count));
        }));
        X509Certificate2[] roots = [.. Enumerable.Range(0, Entries).Select(i => TestCertificates.Root($"Root {i}"))];
        foreach (var root in roots)
        {
            await core.ProposeAsync(root);
            root.Dispose();
        }

        isCrashing = true;
        time.Advance(TimeSpan.FromDays(4));
        await core.MaintainAsync();
        isCrashing = false;

        foreach (var copy in crashed)
            await AssertIntactAsync(copy, "ProposalExpired");
        Assert.Equal(Entries, (await core.ActivityAsync("ProposalExpired")).Count);
    }

    /// <summary>What a kill at this moment leaves.</summary>
    private string Copy(int number)
    {
        var copy = _folder[$"copy{number}"];
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(_folder["data"]).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private static async Task<int> AssertIntactAsync(string data, string action)
    {
        await using var core = await TestCore.StartAsync(data);
        Assert.Null((await core.Get<ActivityService>().VerifyAsync(Cancellation)).Damage);
        return (await core.ActivityAsync(action)).Count;
    }
}
