using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

/// <summary>What a release is made of.</summary>
public sealed class ReleaseTests
{
    private static readonly string[] Projects = ["CaPortal", "CaPortal.Core", "CaPortal.Tests"];

    [Fact]
    public async Task Release_OfThePortal_ListsEveryPackageAndAuditsThem()
    {
        using var folder = new TemporaryDirectory();
        var file = folder["sbom.cdx.json"];
        var output = await Tool.RunAsync(
            Repository.Path, "dotnet", "msbuild", "CaPortal", "-t:WriteSbom", $"-p:SbomFile={file}",
            "-getProperty:NuGetAudit", "-getProperty:NuGetAuditMode", "-getProperty:NuGetAuditLevel", "-getProperty:TreatWarningsAsErrors");
        var settings = JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..])!["Properties"]!;
        var bill = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!;
        var components = bill["components"]!.AsArray();

        Assert.Equal(
            ("true", "all", "low", "true"),
            (
                (string)settings["NuGetAudit"]!,
                (string)settings["NuGetAuditMode"]!,
                (string)settings["NuGetAuditLevel"]!,
                (string)settings["TreatWarningsAsErrors"]!));
        Assert.Equal(("CycloneDX", "1.6"), ((string)bill["bomFormat"]!, (string)bill["specVersion"]!));
        Assert.Equal(PackagesAtRunTime(), components.Select(c => $"{c!["name"]}/{c["version"]}").Order(StringComparer.OrdinalIgnoreCase));
        Assert.All(components, c =>
            Assert.Equal((128, $"pkg:nuget/{c!["name"]}@{c["version"]}"), (((string)c["hashes"]![0]!["content"]!).Length, (string)c["purl"]!)));
        Assert.Contains(components, c => (string)c!["name"]! == "MudBlazor" && (string)c["licenses"]![0]!["expression"]! == "MIT");
    }

    [Fact]
    public void Packages_OfEveryProject_AreLockedWithTheirHashes()
    {
        foreach (var project in Projects)
        {
            var locked = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Path, project, "packages.lock.json")))!["dependencies"]![
                "net10.0"
            ]!.AsObject();
            Assert.NotEmpty(locked);
            Assert.All(locked.Where(p => (string)p.Value!["type"]! != "Project"), p => Assert.NotEmpty((string)p.Value!["contentHash"]!));
        }
    }

    /// <summary>What the built portal itself says that it loads.</summary>
    private static IEnumerable<string> PackagesAtRunTime()
    {
        var file = Directory
            .GetFiles(Path.Combine(Repository.Path, "CaPortal", "bin"), "CaPortal.deps.json", SearchOption.AllDirectories)
            .OrderByDescending(File.GetLastWriteTimeUtc)
            .First();
        var libraries = JsonNode.Parse(File.ReadAllText(file))!;
        var used = libraries["targets"]!
            .AsObject()
            .Single()
            .Value!.AsObject()
            .Where(l => l.Value!["runtime"] is not null || l.Value["runtimeTargets"] is not null || l.Value["resources"] is not null)
            .Select(l => l.Key)
            .ToHashSet();
        return libraries["libraries"]!
            .AsObject()
            .Where(l => (string)l.Value!["type"]! == "package" && used.Contains(l.Key))
            .Select(l => l.Key)
            .Order(StringComparer.OrdinalIgnoreCase);
    }
}
