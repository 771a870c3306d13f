using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

public sealed class ComponentDependencyTests
{
    /// <summary>Which folders of the components a folder may use, besides its own: only such as are named before it.</summary>
    private static readonly (string Folder, string[] MayUse)[] Rules =
    [
        ("Shared", []),
        ("SignIn", ["Shared"]),
        ("Programs", ["Shared"]),
        ("Changes", ["Programs", "Shared"]),
        ("Approvals", ["Changes", "Shared"]),
        ("Certificates", ["Approvals", "Changes", "Programs", "Shared"]),
        ("BackEnds", ["Certificates", "Changes", "Shared"]),
        ("Settings", ["Changes", "Programs", "Shared"]),
        ("Activity", ["Certificates", "Changes", "Settings", "Shared"]),
        ("Expiry", ["BackEnds", "Certificates", "Shared"]),
        ("Home", ["Activity", "BackEnds", "Certificates", "Programs", "Shared"]),
        ("Palette", ["BackEnds", "Certificates", "Shared"]),
        ("Layout", ["Activity", "Approvals", "BackEnds", "Certificates", "Changes", "Expiry", "Home", "Palette", "Settings", "Shared", "SignIn"]),
    ];

    private static readonly FolderUses Uses = new("CaPortal", "CaPortal.Components");

    [Fact]
    public void Components_DependenciesBetweenFolders_RunOneWay()
    {
        Assert.Empty(FolderUses.CirclesIn(Rules));
        Assert.Empty(Uses.ViolationsOf(Rules.ToDictionary(r => r.Folder, r => r.MayUse)));
    }

    [Theory]
    [InlineData("Approvals", "Changes")] // A component's tag.
    [InlineData("Expiry", "BackEnds")] // A call in a method's body.
    [InlineData("Activity", "Shared")] // A field.
    public void Components_ForbiddenDependency_WouldBeSeen(string folder, string used) =>
        Assert.Equal(
            [$"{folder} -> {used}"],
            Uses.ViolationsOf(Rules.ToDictionary(r => r.Folder, r => r.Folder == folder ? [.. r.MayUse.Except([used])] : r.MayUse)));

    [Fact]
    public void Components_RulesThatAllowACircle_WouldBeSeen()
    {
        (string, string[])[] madeUp = [("Shared", ["Certificates"]), .. Rules.Skip(1)];

        Assert.Equal(["Shared -> Certificates"], FolderUses.CirclesIn(madeUp));
        Assert.Equal(["Changes -> Changes"], FolderUses.CirclesIn([("Shared", []), ("Changes", ["Changes"])]));
    }

    [Fact]
    public void Components_Folders_AreTheAgreedOnes()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Path, "CaPortal", "Components")).Select(f => Path.GetFileName(f)!);

        Assert.Equal(Rules.Select(r => r.Folder).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }
}
