using System.Diagnostics;

namespace CaPortal.Tests.Testing;

/// <summary>A command that is installed on the machine, such as <c>openssl</c>.</summary>
public static class Tool
{
    /// <summary>Skips the test, naming the tool, where it is not installed.</summary>
    public static void Require(string name) =>
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name))),
            $"The command {name} is not installed.");

    /// <summary>Runs the tool in <paramref name="folder"/> and returns its output; a failure of the tool fails the test.</summary>
    public static async Task<string> RunAsync(string folder, string name, params string[] arguments)
    {
        var (exitCode, output, errors) = await TryRunAsync(folder, name, arguments);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>Runs the tool in <paramref name="folder"/>; it may fail.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> TryRunAsync(string folder, string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
