using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace CaPortal.Core.Processes;

/// <summary>Runs commands of this machine: without a shell, without the portal's own settings, bounded in time and in output.</summary>
internal static class ExternalCommand
{
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
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="ExternalCommandException">It could not be started, took too long, or wrote too much.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<CommandResult> RunAsync(Command command, CancellationToken cancellationToken)
    {
        var result = await TryRunAsync(command, cancellationToken);
        if (result.ExitCode is not null)
            return result;
        cancellationToken.ThrowIfCancellationRequested();
        throw new ExternalCommandException($"{command.Name} did not end within {command.Timeout.TotalSeconds:0} seconds", new TimeoutException());
    }

    /// <summary>Runs a command to its end, or ends it with all that it started when it takes too long or is cancelled.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ExternalCommandException">It could not be started, or wrote too much.</exception>
    public static async Task<CommandResult> TryRunAsync(Command command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(command.Timeout);
        var output = new CommandOutput(command);
        var errors = command.MergesErrors ? output : new CommandOutput(command);
        _ = WriteAsync(process.StandardInput, command.Input);
        var reading = Task.WhenAll(
            output.ReadAsync(process, process.StandardOutput, bound.Token),
            errors.ReadAsync(process, process.StandardError, bound.Token));
        try
        {
            await process.WaitForExitAsync(bound.Token);
            await reading.WaitAsync(command.Drain ?? Timeout.InfiniteTimeSpan, bound.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            await process.WaitForExitAsync(CancellationToken.None);
            return new CommandResult(null, output.Text, errors.Text);
        }
        catch (TimeoutException)
        {
            // It has ended; what still holds its output open is another program that it left running.
        }
        finally
        {
            _ = CloseAfterAsync(reading, process.StandardOutput, process.StandardError);
        }

        return new CommandResult(process.ExitCode, output.Text, errors.Text);
    }

    /// <summary>Takes the portal's own settings out of the environment of a process before it is started.</summary>
    internal static void RemoveOwnSettings(ProcessStartInfo start)
    {
        foreach (var own in start.Environment.Keys.Where(k => k.StartsWith(OwnSettings, StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(own);
    }

    /// <summary>Kills a process with all that it started.</summary>
    internal static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended in this moment, or something that it started runs under another account.
        }
    }

    private static Process Start(Command command)
    {
        var start = new ProcessStartInfo(command.File, command.Arguments)
        {
            WorkingDirectory = command.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            CreateNoWindow = true,
        };
        if (command.InheritsEnvironment)
            RemoveOwnSettings(start);
        else
            start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new ExternalCommandException($"{command.Name} cannot be started: {exception.Message}", exception);
        }
    }

    // Another program that still writes there would be ended by a closed pipe.
    private static async Task CloseAfterAsync(Task reading, StreamReader output, StreamReader errors)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        output.Dispose();
        errors.Dispose();
    }

    private static async Task WriteAsync(StreamWriter target, string input)
    {
        try
        {
            await using (target)
                await target.WriteAsync(input);
        }
        catch (IOException)
        {
            // It does not read it; its outcome is looked at in any case.
        }
    }
}
