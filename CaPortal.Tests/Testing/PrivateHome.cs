using System.Runtime.CompilerServices;
using CaPortal.Core.Clients.DotNet;

namespace CaPortal.Tests.Testing;

/// <summary>
/// Gives the whole test process a home folder of its own before .NET looks at it. So no test ever touches the certificate
/// stores of the person who runs the tests.
/// </summary>
internal static class PrivateHome
{
    /// <summary>Set for a process that a test starts: it uses the home folder that the test gave it.</summary>
    public const string GivenHomeVariable = "CAPORTAL_TESTS_HOME";

    public static string Path { get; private set; } = "";

    /// <summary>The home folder of the person who runs the tests, for tools that keep downloads there.</summary>
    public static string? RealPath { get; private set; }

    [ModuleInitializer]
    internal static void Create()
    {
        RealPath = Environment.GetEnvironmentVariable("HOME");

        // It is started without a home folder, and so without the stores there.
        if (DotNetWorker.IsAsked([.. Environment.GetCommandLineArgs().Skip(1)]))
            return;
        if (Environment.GetEnvironmentVariable(GivenHomeVariable) is { Length: > 0 } given)
        {
            Path = given;
        }
        else
        {
            Path = Directory.CreateTempSubdirectory("caportal-home-").FullName;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path, recursive: true);
        }
        Environment.SetEnvironmentVariable("HOME", Path);

        // For processes that the portal itself starts from here.
        Environment.SetEnvironmentVariable(GivenHomeVariable, Path);
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", null);

        // Commands of the SDK greet a home folder that they do not know, and put a certificate into its stores.
        Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "true");
        Environment.SetEnvironmentVariable("DOTNET_GENERATE_ASPNET_CERTIFICATE", "false");
    }
}
