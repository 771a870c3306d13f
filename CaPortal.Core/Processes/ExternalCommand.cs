using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace CaPortal.Core.Processes;

/// <summary>Runs commands of this machine: without a shell, with nothing to read, without the portal's own settings, bounded in time and in output.</summary>
internal static class ExternalCommand
{
    // What a list of 20,000 certificates comes to, in characters.
    private const int MostOutput = 64 * 1024 * 1024;

    // Settings in the environment hold keys and passwords, which are nobody else's business.
    private const string OwnSettings = "CaPortal__";

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
    /// <exception cref="ExternalCommandException">It could not be started, took too long, or wrote too much.</exception>
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
            var output = ReadAsync(process, process.StandardOutput, file, bound.Token);
            var errors = ReadAsync(process, process.StandardError, file, bound.Token);
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

    /// <summary>Takes the portal's own settings out of the environment of a process that is to be started.</summary>
    internal static void RemoveOwnSettings(ProcessStartInfo start)
    {
        foreach (var own in start.Environment.Keys.Where(k => k.StartsWith(OwnSettings, StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(own);
    }

    private static async Task<string> ReadAsync(Process process, StreamReader source, string file, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[16 * 1024];
        while (await source.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            if (text.Length + count > MostOutput)
            {
                Kill(process);
                throw new ExternalCommandException($"{Path.GetFileName(file)} wrote more than {MostOutput:N0} characters", null);
            }

            text.Append(buffer, 0, count);
        }

        return text.ToString();
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
        RemoveOwnSettings(start);
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
