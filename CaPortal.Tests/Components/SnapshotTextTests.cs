using CaPortal.Components.Settings;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;

namespace CaPortal.Tests.Components;

public sealed class SnapshotTextTests
{
    [Fact]
    public void Before_EveryKindOfChange_HasWordsOfItsOwn()
    {
        var texts = Enum.GetValues<ChangeKind>().Select(kind => SnapshotText.Before(
            new SnapshotSummary(1, DateTime.UnixEpoch, 2, kind, "anna@example.org", new Dictionary<string, int>()))).ToList();

        Assert.Equal(texts.Count, texts.Distinct().Count());
        Assert.All(texts, t => Assert.EndsWith("(revision 3)", t, StringComparison.Ordinal));
    }
}
