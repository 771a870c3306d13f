using System.Runtime.CompilerServices;

namespace CaPortal.Tests.Testing;

/// <summary>
/// Gives the whole test process a home folder of its own before .NET looks at it, so that no test ever touches the
/// certificate stores of the person who runs the tests.
/// </summary>
internal static class PrivateHome
{
    public static string Path { get; private set; } = "";

    /// <summary>The home folder of the person who runs the tests, for tools that keep downloads there.</summary>
    public static string? RealPath { get; private set; }

    [ModuleInitializer]
    internal static void Create()
    {
        Path = Directory.CreateTempSubdirectory("caportal-home-").FullName;
        RealPath = Environment.GetEnvironmentVariable("HOME");
        Environment.SetEnvironmentVariable("HOME", Path);
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", null);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path, recursive: true);
    }
}
