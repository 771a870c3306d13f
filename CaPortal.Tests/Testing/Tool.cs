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
        var start = new ProcessStartInfo(name, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{name} {string.Join(' ', arguments)}: {await errors}");
        return await output;
    }
}
