using System.Runtime.InteropServices;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>
/// The portal as <c>dotnet publish</c> makes it, with the runtime, once for all tests. It is made of the assemblies under
/// test, and without compiling them for the machine, which changes no file's name.
/// </summary>
internal static class PublishedPortal
{
    private static readonly Lazy<TemporaryDirectory> Folder = new(() =>
    {
        var folder = new TemporaryDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        return folder;
    });

    private static readonly Lazy<Task<string?>> Published = new(() => PublishAsync("folder"));
    private static readonly Lazy<Task<string?>> PublishedAsOneFile = new(PublishOneFileAsync);

    /// <summary>The published folder; skips the test where the runtime cannot be had.</summary>
    public static Task<string> FolderAsync() => PathOfAsync("folder", Published);

    /// <summary>The folder with the portal as one file.</summary>
    public static Task<string> OneFileAsync() => PathOfAsync("one-file", PublishedAsOneFile);

    private static async Task<string> PathOfAsync(string name, Lazy<Task<string?>> published)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.RuntimeIdentifier == "linux-x64", "Only what Linux on x64 runs is published here.");
        if (await published.Value is { } obstacle)
            Assert.Skip(obstacle);
        return Folder.Value[name];
    }

    private static async Task<string?> PublishOneFileAsync() =>
        await Published.Value ?? await PublishAsync("one-file", "--no-restore", "-p:PublishSingleFile=true");

    private static async Task<string?> PublishAsync(string name, params string[] options)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(PrivateHome.RealPath ?? "/", ".nuget", "packages");
        var (exitCode, output) = await Tool.RunAsync(
            "env",
            [
                $"NUGET_PACKAGES={packages}", "dotnet", "publish", Path.Combine(Repository.Path, "CaPortal"),
                // In one process, so that none of the build is left behind.
                "-maxCpuCount:1", "-nodeReuse:false", "-c", "Release", "-r", "linux-x64", "--self-contained",
                "--artifacts-path", Folder.Value["artifacts"], "-o", Folder.Value[name],
                "-p:PublishReadyToRun=false", "-p:ProduceReferenceAssembly=false", $"-p:PrebuiltFolder={AppContext.BaseDirectory}",
                $"-p:CustomAfterMicrosoftCommonTargets={Path.Combine(Repository.Path, "CaPortal.Tests", "Packaging", "Prebuilt.targets")}", .. options,
            ],
            CancellationToken.None);
        if (exitCode != 0 && output.Contains("NU1301", StringComparison.Ordinal))
            return "The runtime of .NET is in no folder of packages, and no registry answers.";
        Assert.True(exitCode == 0, output);
        return output.Contains("warning", StringComparison.OrdinalIgnoreCase) ? throw new InvalidOperationException(output) : null;
    }
}
