using CaPortal.Core.Certificates;
using CaPortal.Core.Processes;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>Runs a command of the operating system as an administrator's shell would after a fresh login.</summary>
internal static class SystemCommand
{
    private const int MaxOutput = 64 * 1024;

    // What a command leaves running may hold its output open for ever.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, string?> Environment = new()
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C", // Debian's tool sorts by the locale.
        ["HOME"] = "/root",
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["DPKG_FRONTEND_LOCKED"] = "1", // For a dpkg that a hook runs: its lock is held here.
    };

    /// <summary>Runs it to its end, or ends it with all that it started.</summary>
    /// <param name="file">Its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="ending">Ends it before.</param>
    /// <param name="input">What it reads from standard input.</param>
    /// <exception cref="TrustStoreException">It cannot be started.</exception>
    public static async Task<SystemCommandOutcome> RunAsync(
        string file, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken ending, string input = "")
    {
        var command = new Command(file, arguments, timeout)
        {
            InheritsEnvironment = false,
            Environment = Environment,
            WorkingDirectory = "/",
            Input = input,
            MaxOutput = MaxOutput,
            DropsMore = true,
            MergesErrors = true,
            Drain = Drain,
        };
        try
        {
            var result = await ExternalCommand.TryRunAsync(command, ending);
            return new(result.ExitCode, result.Output) { IsPortalEnding = result.ExitCode is null && ending.IsCancellationRequested };
        }
        catch (ExternalCommandException exception)
        {
            throw new TrustStoreException(
                $"The command '{file}' could not be started: {exception.InnerException?.Message}",
                "Install the package that it belongs to, or repair it, and press Repair in Settings.",
                exception);
        }
    }
}

/// <summary>How a command of the operating system ended.</summary>
/// <param name="ExitCode">Its exit code; null where it was ended because it took too long, or the portal ends.</param>
/// <param name="Output">The beginning of what it wrote.</param>
internal sealed record SystemCommandOutcome(int? ExitCode, string Output)
{
    private const int MaxQuote = 300;

    /// <summary>It was ended because the portal ends.</summary>
    public bool IsPortalEnding { get; init; }

    /// <summary>How it ended and what it said, for people; its output is not to be trusted.</summary>
    public string Summary =>
        (IsPortalEnding ? "it was ended because the portal ends" : ExitCode is null ? "it took too long and was ended" : $"its exit code was {ExitCode}")
        + (Output.Trim() is { Length: > 0 } said ? $", and it said: {DisplayText.Shorten(said, MaxQuote)}" : "");
}
