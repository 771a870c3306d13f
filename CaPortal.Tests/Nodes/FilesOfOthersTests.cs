using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Nodes;

/// <summary>A certificate that must be gone but is also in a file of somebody else.</summary>
public sealed class FilesOfOthersTests : IDisposable
{
    private const string Duplicate = "/anchors/dup-root.crt";

    private readonly X509Certificate2 _root = TestCertificates.Root();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Delete_OfWhatIsInAFileOfOthersToo_NamesTheFileBeforeAndAfter()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        await core.AddAsync(_root);
        memory.FileOfOthers = Duplicate;
        var steps = new RecordedSteps();

        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation);
        Assert.Equal([("pem-bundle", ""), ("memory", Duplicate)], plan.Effects.Select(e => (e.Name, string.Concat(e.RemovesFiles))));

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, progress: steps));
        Assert.True(outcome.IsInstalled);
        Assert.Equal([Duplicate], outcome.TrustStores.Single(t => t.Name == "memory").RemovedFiles);
        Assert.Equal($"1 certificate removed. Removed with it, though CaPortal had not written it: '{Duplicate}'.", steps.Last("store:Memory").Detail);
        Assert.DoesNotContain(Duplicate, steps.Last("store:PEM bundle files").Detail, StringComparison.Ordinal);

        var entry = (await core.Get<ActivityService>().ListAsync(new ActivityQuery { OnlyNoteworthy = true }, Cancellation)).Entries.First(e => e.IsChange);
        Assert.Equal([Duplicate], entry.Outcomes.Single(o => o.TrustStore == "memory").RemovedFiles);
        Assert.Empty(entry.Outcomes.Single(o => o.TrustStore == "pem-bundle").RemovedFiles);
    }

    [Fact]
    public async Task Add_WhereAFileOfOthersHasIt_RemovesNone()
    {
        var memory = new MemoryTrustStore { FileOfOthers = Duplicate };
        await using var core = await memory.StartCoreAsync();

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_root));

        Assert.All(outcome.TrustStores, t => Assert.Empty(t.RemovedFiles));
    }
}
