using System.Xml.Linq;
using CaPortal.Core;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

public sealed class DependencyTests
{
    private const string Root = "CaPortal.Core";

    /// <summary>Which folders of Core the types of a folder may use, besides their own and the settings.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Certificates"] = [],
        ["Files"] = [],
        ["Processes"] = [],
        ["Clients"] = ["Certificates", "Files", "Processes"],
        ["Formats"] = ["Certificates"],
        ["Checks"] = ["Certificates", "Clients"],
        ["TrustStores"] = ["Certificates", "Clients", "Files", "Formats", "Processes"],
        ["Probing"] = ["Certificates", "Checks", "Clients", "Formats"],
        ["Access"] = [],
        ["Data"] = ["Certificates", "Files", "Probing", "TrustStores"],
        ["Activity"] = ["Access", "Certificates", "Data", "Files", "TrustStores"],
        ["Portals"] = ["Access", "Activity", "Data", "Files"],
        ["ApiKeys"] = ["Access", "Activity", "Certificates", "Data"],
        ["Inventory"] = ["Access", "Activity", "Certificates", "Data", "Files", "TrustStores"],
        ["Inspection"] = ["Certificates", "Checks", "Clients", "Data", "Formats", "Inventory", "Probing", "TrustStores"],
        ["Nodes"] = ["Access", "Activity", "Certificates", "Checks", "Data", "Files", "Formats", "Inspection", "Inventory", "TrustStores"],
        ["Changes"] = ["Access", "Activity", "Certificates", "Data", "Formats", "Inspection", "Inventory", "Nodes", "Probing", "TrustStores"],
        ["Approvals"] = ["Access", "Activity", "Certificates", "Changes", "Data", "Formats", "Inspection", "Inventory", "Nodes", "Probing"],
        ["BackEnds"] =
        [
            "Access",
            "Activity",
            "Certificates",
            "Changes",
            "Checks",
            "Clients",
            "Data",
            "Formats",
            "Inspection",
            "Inventory",
            "Nodes",
            "Probing",
            "TrustStores",
        ],
        ["Alerts"] = ["Access", "Activity", "Certificates", "Data", "Probing", "TrustStores"],
        ["Backups"] = ["Access", "Activity", "Certificates", "Data", "Files"],
        ["Transfer"] = ["Activity", "Certificates", "Data", "TrustStores"],
        ["Programs"] = ["Certificates", "Data", "Files", "Formats", "TrustStores"],
        ["Monitoring"] =
            ["Activity", "Alerts", "Approvals", "BackEnds", "Certificates", "Data", "Inventory", "Nodes", "Probing", "TrustStores"],
    };

    /// <summary>The same for the folders of a room, in which <c>.</c> is the room itself.</summary>
    private static readonly Dictionary<string, Dictionary<string, string[]>> AllowedInRooms = new()
    {
        ["Activity"] = new() { ["."] = [], ["Forwarding"] = ["."] },
        ["Clients"] = new() { ["."] = [], ["Java"] = [], ["OpenSsl"] = ["."], ["DotNet"] = [".", "OpenSsl"] },
        ["Data"] = new() { ["."] = [], ["Postgres"] = ["."], ["Sqlite"] = ["."] },
        ["TrustStores"] = new()
        {
            ["."] = [],
            ["Java"] = ["."],
            ["LinuxAnchors"] = ["."],
            ["PemBundle"] = ["."],
            ["X509"] = ["."],
            ["Programs"] = ["."],
            ["Reconciling"] = [".", "Programs"],
        },
    };

    private static readonly FolderUses Uses = new("CaPortal.Core", Root, nameof(CoreOptions));

    [Fact]
    public void Core_DependenciesBetweenFolders_RunOneWay() => Assert.Empty(Uses.ViolationsOf(Allowed));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Core_DependenciesInsideARoom_RunOneWay(string room) => Assert.Empty(UsesIn(room).ViolationsOf(AllowedInRooms[room]));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Core_FoldersOfARoom_AreTheAgreedOnes(string room)
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Path, Root, room)).Select(f => Path.GetFileName(f)!);

        Assert.Equal(AllowedInRooms[room].Keys.Except(["."]).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Core_RoomsWithFolders_AreTheAgreedOnes()
    {
        var rooms = Allowed.Keys.Where(room => Directory.GetDirectories(Path.Combine(Repository.Path, Root, room)).Length > 0);

        Assert.Equal(AllowedInRooms.Keys.Order(StringComparer.Ordinal), rooms.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Core_ForbiddenDependency_WouldBeSeen()
    {
        // A signature, a field and a call in a method's body alone: each is seen.
        Assert.Contains("Inspection -> Formats", Uses.ViolationsOf(Without("Inspection", "Formats")));
        Assert.Contains("TrustStores -> Files", Uses.ViolationsOf(Without("TrustStores", "Files")));
        Assert.Contains("Data -> TrustStores", Uses.ViolationsOf(Without("Data", "TrustStores")));

        var kinds = AllowedInRooms["TrustStores"].ToDictionary(a => a.Key, a => a.Key == "Reconciling" ? ["."] : a.Value);
        Assert.Contains("Reconciling -> Programs", UsesIn("TrustStores").ViolationsOf(kinds));

        static Dictionary<string, string[]> Without(string folder, string used) =>
            Allowed.ToDictionary(a => a.Key, a => a.Key == folder ? [.. a.Value.Where(u => u != used)] : a.Value);
    }

    [Fact]
    public void Core_Folders_AreTheAgreedOnes()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Path, Root)).Select(f => Path.GetFileName(f)!).Except(["bin", "obj"]);

        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Core_References_NoWeb()
    {
        var references = typeof(CoreServices).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToList();

        Assert.Contains("Microsoft.EntityFrameworkCore", references);
        Assert.DoesNotContain(references, r =>
            r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || r.StartsWith("MudBlazor", StringComparison.Ordinal));
        Assert.Empty(ReferencesOf("CaPortal.Core", "ProjectReference"));
        Assert.Empty(ReferencesOf("CaPortal.Core", "FrameworkReference"));
    }

    [Fact]
    public void Projects_DependOnCoreAlone() =>
        Assert.Equal([@"..\CaPortal.Core\CaPortal.Core.csproj"], ReferencesOf("CaPortal", "ProjectReference"));

    public static TheoryData<string> Rooms => [.. AllowedInRooms.Keys];

    private static FolderUses UsesIn(string room) => new("CaPortal.Core", $"{Root}.{room}") { RootIsAFolder = true };

    private static IEnumerable<string> ReferencesOf(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Path, project, $"{project}.csproj")).Descendants(kind).Select(e => e.Attribute("Include")!.Value);
}
