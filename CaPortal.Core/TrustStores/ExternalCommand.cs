using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace CaPortal.Core.TrustStores;

/// <summary>Runs commands of this machine: without a shell, with nothing to read, bounded in time.</summary>
internal static class ExternalCommand
{
    /// <summary>The command's file in one of the folders of the environment variable PATH; null where it is not installed.</summary>
    public static string? Find(string name)
    {
        var file = OperatingSystem.IsWindows() ? $"{name}.exe" : name;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="file">The file of the command.</param>
    /// <param name="arguments">Its arguments, passed as they are.</param>
    /// <param name="patience">When it has not ended after this time, it is killed.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="environment">Environment variables to set, or to take away where the value is null.</param>
    /// <exception cref="ExternalCommandException">It could not be started, or took too long.</exception>
    public static async Task<CommandResult> RunAsync(
        string file,
        IEnumerable<string> arguments,
        TimeSpan patience,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        using var process = Start(file, arguments, environment);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(patience);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(bound.Token);
            var errors = process.StandardError.ReadToEndAsync(bound.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(bound.Token);
            return new CommandResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException exception)
        {
            Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ExternalCommandException($"{Path.GetFileName(file)} did not end within {patience.TotalSeconds:0} seconds", exception);
        }
    }

    private static Process Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            CreateNoWindow = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new ExternalCommandException($"{Path.GetFileName(file)} cannot be started: {exception.Message}", exception);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has ended in this moment.
        }
    }
}

/// <summary>What came of a command.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Errors);

/// <summary>A command could not be run to its end.</summary>
internal sealed class ExternalCommandException(string message, Exception? innerException) : Exception(message, innerException);
