using System.Diagnostics;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null where it was ended because it took too long, or the portal ends.</param>
/// <param name="Output">The beginning of what it wrote.</param>
internal sealed record CommandOutcome(int? ExitCode, string Output)
{
    private const int LongestQuote = 300;

    /// <summary>It was ended because the portal ends.</summary>
    public bool IsPortalEnding { get; init; }

    /// <summary>How it ended and what it said, for people; its output is not to be trusted.</summary>
    public string Summary =>
        (IsPortalEnding ? "it was ended because the portal ends" : ExitCode is null ? "it took too long and was ended" : $"its exit code was {ExitCode}")
        + (Output.Trim() is { Length: > 0 } said ? $", and it said: {DisplayText.Shorten(said, LongestQuote)}" : "");
}

/// <summary>Runs a command of the operating system: no shell, a clean environment, bounded in time and in output.</summary>
internal static class BoundedCommand
{
    private const int MostOutput = 64 * 1024;

    // What a command leaves running may hold its output open for ever.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    /// <summary>Runs it to its end, or ends it with all that it started.</summary>
    /// <param name="command">Its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="ending">Ends it before.</param>
    /// <param name="input">What it reads from standard input.</param>
    /// <exception cref="TrustStoreException">It cannot be started.</exception>
    public static async Task<CommandOutcome> RunAsync(string command, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken ending, string input = "")
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C"; // Debian's tool sorts by the locale.
        start.Environment["HOME"] = "/root";
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        start.Environment["DPKG_FRONTEND_LOCKED"] = "1"; // For a dpkg that a hook runs: its lock is held here.

        using var process = Start(start);
        var output = new StringBuilder();
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, output));
        _ = WriteAsync(process.StandardInput, input);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            await reading.WaitAsync(Drain, CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            return new(null, Text()) { IsPortalEnding = ending.IsCancellationRequested };
        }
        catch (TimeoutException)
        {
            // It has ended; whoever still holds its output has nothing to say to us.
        }

        return new(process.ExitCode, Text());

        string Text()
        {
            lock (output)
                return output.ToString();
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new TrustStoreException(
                $"The command '{start.FileName}' could not be started: {exception.Message}",
                "Install the package that it belongs to, or repair it, and press Repair in Settings.",
                exception);
        }
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

    private static async Task ReadAsync(StreamReader source, StringBuilder output)
    {
        var buffer = new char[4096];
        while (await source.ReadAsync(buffer) is var count and > 0)
        {
            lock (output)
                output.Append(buffer, 0, Math.Min(count, MostOutput - output.Length));
        }
    }
}
