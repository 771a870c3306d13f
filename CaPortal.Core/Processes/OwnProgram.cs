using System.Diagnostics;

namespace CaPortal.Core.Processes;

/// <summary>This very program, started once more to play a part of its own.</summary>
internal static class OwnProgram
{
    /// <summary>Whether it can be started.</summary>
    public static bool IsKnown => Environment.ProcessPath is not null;

    /// <summary>The command that starts it.</summary>
    /// <param name="arguments">What it must do.</param>
    public static ProcessStartInfo Command(params IEnumerable<string> arguments) => new(Environment.ProcessPath!, [.. Leading(), .. arguments]);

    /// <summary>What leads to this program where it was started as <c>dotnet CaPortal.dll</c>.</summary>
    private static IEnumerable<string> Leading() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
