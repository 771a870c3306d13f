using System.Text.Json;
using CaPortal.Authentication;
using CaPortal.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>What a running portal leaves in its data directory for the command <c>sign-in-link</c>, and for another portal that is started on it.</summary>
/// <param name="Address">Where it listens, as a program on this machine reaches it; null if that is nowhere.</param>
/// <param name="Secret">For <see cref="LinkExchange"/>: known to anyone who can read the file.</param>
/// <param name="HasEntra">Whether people sign in with Microsoft Entra ID, so that there is no link.</param>
/// <param name="ProcessId">Its process.</param>
internal sealed record RunningPortal(string? Address, string Secret, bool HasEntra, int ProcessId);

/// <summary>The file <c>running.json</c>, readable by the portal's account alone, while the portal runs.</summary>
internal sealed partial class RunFile(IOptions<CoreOptions> core, IServer server, IConfiguration configuration, ILogger<RunFile> logger)
{
    private readonly string _path = PathIn(core.Value);

    /// <summary>The secret in it.</summary>
    public string Secret { get; } = LinkExchange.NewSecret();

    /// <summary>Where it is.</summary>
    public static string PathIn(CoreOptions core) => Path.Combine(core.ResolvedDataDirectory, "running.json");

    /// <summary>What is in it; null if there is none, or it is being written.</summary>
    /// <exception cref="UnauthorizedAccessException">It belongs to another account.</exception>
    public static RunningPortal? Read(CoreOptions core)
    {
        try
        {
            return JsonSerializer.Deserialize<RunningPortal>(File.ReadAllText(PathIn(core)));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes what a portal that was killed has left.</summary>
    public static void DeleteLeftover(CoreOptions core)
    {
        try
        {
            File.Delete(PathIn(core));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It cannot be written either, which is said then.
        }
    }

    /// <summary>Writes it.</summary>
    public void Write()
    {
        var address = ListenAddresses.Bound(server) is [var first, ..] ? ListenAddresses.Browsable(first) : null;
        try
        {
            File.Delete(_path);
            DataDirectory.WriteNewForOwner(
                _path,
                JsonSerializer.Serialize(new RunningPortal(address, Secret, EntraOptions.IsConfigured(configuration), Environment.ProcessId)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotWritten(logger, _path, SignInLinkCommand.Name, e.Message);
        }
    }

    /// <summary>Removes it, unless it is that of another portal: where that runs, this one has not started.</summary>
    public void Delete()
    {
        try
        {
            if (Read(core.Value)?.Secret == Secret)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stays behind names a portal that does not answer.
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "{File} could not be written, so that the command {Command} does not find this portal: {Reason}")]
    private static partial void LogNotWritten(ILogger logger, string file, string command, string reason);
}
