using System.Diagnostics;

namespace CaPortal.Tests.Testing;

/// <summary>A command that is installed on the machine, such as <c>openssl</c>, which a test uses as a second opinion.</summary>
public static class Tool
{
    // Not everybody's PATH has it.
    private const string AdministratorsFolder = "/usr/sbin";

    // Java prepares for hours of work; what it does here in a second takes half as much without.
    private static readonly string[] QuickJava = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

    /// <summary>Skips the test, naming the tool, where it is not installed.</summary>
    public static void Require(string name) => Assert.SkipUnless(IsInstalled(name), $"The command {name} is not installed.");

    public static bool IsInstalled(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append(AdministratorsFolder)
            .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name)));

    /// <summary>Runs the tool in <paramref name="folder"/> and returns its output; a failure of the tool fails the test.</summary>
    public static async Task<string> RunAsync(string folder, string name, params string[] arguments)
    {
        var (exitCode, output, errors) = await StartAsync(folder, name, arguments, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>Runs the tool in <paramref name="folder"/> and returns its exit code, also if it fails.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> TryRunAsync(string folder, string name, params string[] arguments) =>
        StartAsync(folder, name, arguments, TestContext.Current.CancellationToken);

    /// <summary>Sends a signal, such as <c>HUP</c>, to a process.</summary>
    public static Task SignalAsync(string signal, int processId) => RunAsync("", "sh", "-c", $"kill -{signal} {processId}");

    /// <summary>Runs the tool and returns its exit code, also if it fails.</summary>
    /// <returns>Its exit code, and what it wrote to standard output and standard error.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string name, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var (exitCode, output, errors) = await StartAsync("", name, arguments, cancellationToken);
        return (exitCode, output + errors);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> StartAsync(
        string folder, string name, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(name, [.. OptionsOf(name), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static IEnumerable<string> OptionsOf(string name) => name switch
    {
        "java" => QuickJava,
        "javac" or "keytool" => QuickJava.Select(o => $"-J{o}"),
        _ => [],
    };
}
