using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
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
        ["Reading"] = ["Certificates"],
        ["Checks"] = ["Certificates", "Clients"],
        ["TrustStores"] = ["Certificates", "Clients", "Files", "Processes", "Reading"],
        ["BackEnds"] = ["Certificates", "Checks", "Clients", "Reading"],
        ["Data"] = ["BackEnds", "Certificates", "Files", "TrustStores"],
        ["Activity"] = ["Data", "Files"],
        ["Backups"] = ["Activity", "Certificates", "Data", "Files"],
        ["Alerts"] = ["Activity", "BackEnds", "Certificates", "Data", "TrustStores"],
        ["Management"] = ["Activity", "Alerts", "BackEnds", "Backups", "Certificates", "Checks", "Clients", "Data", "Files", "Reading", "TrustStores"],
    };

    [Fact]
    public void Core_DependenciesBetweenFolders_RunOneWay() => Assert.Empty(ViolationsOf(Allowed));

    [Fact]
    public void Core_ForbiddenDependency_WouldBeSeen()
    {
        // A signature, a field and a call in a method's body alone: each is seen.
        Assert.Contains("Management -> Reading", ViolationsOf(Without("Management", "Reading")));
        Assert.Contains("TrustStores -> Files", ViolationsOf(Without("TrustStores", "Files")));
        Assert.Contains("Data -> TrustStores", ViolationsOf(Without("Data", "TrustStores")));

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
        Assert.DoesNotContain(references, r => r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || r.StartsWith("MudBlazor", StringComparison.Ordinal));
        Assert.Empty(ReferencesOf("CaPortal.Core", "ProjectReference"));
        Assert.Empty(ReferencesOf("CaPortal.Core", "FrameworkReference"));
    }

    [Fact]
    public void Projects_DependOnCoreAlone() =>
        Assert.Equal([@"..\CaPortal.Core\CaPortal.Core.csproj"], ReferencesOf("CaPortal", "ProjectReference"));

    private static IEnumerable<string> ReferencesOf(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Path, project, $"{project}.csproj")).Descendants(kind).Select(e => e.Attribute("Include")!.Value);

    private static HashSet<string> ViolationsOf(Dictionary<string, string[]> allowed)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "CaPortal.Core.dll")));
        var metadata = file.GetMetadataReader();
        var violations = new HashSet<string>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var user = FolderOf(metadata, handle);
            if (user is null || !allowed.TryGetValue(user, out var mayUse))
                continue;
            violations.UnionWith(Uses.Of(file, metadata, handle)
                .Select(used => FolderOf(metadata, used))
                .Where(used => used is not null && used != user && !mayUse.Contains(used) && used != SettingsFolder)
                .Select(used => $"{user} -> {used}"));
        }

        return violations;
    }

    private const string SettingsFolder = "";

    /// <summary>The folder of Core that a type is in; empty for the settings, null for what the compiler makes.</summary>
    private static string? FolderOf(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        var name = metadata.GetString(type.Namespace);
        return name == Root ? (metadata.GetString(type.Name) == nameof(CoreOptions) ? SettingsFolder : metadata.GetString(type.Name))
            : name.StartsWith($"{Root}.", StringComparison.Ordinal) ? name.Split('.')[2]
            : null;
    }
}
