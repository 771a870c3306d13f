using System.Globalization;
using CaPortal.Core;
using CaPortal.Core.Files;
using CaPortal.Hosting;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Remembers in the data directory which sessions have ended before their time. The keys that protect cookies outlast a
/// restart, so this has to as well: else a copy of the cookie works again. One empty file for each session, beside the
/// keys: nothing to be torn or merged.
/// </summary>
internal sealed partial class EndedSessions(IOptions<CoreOptions> core, TimeProvider time, ILogger<EndedSessions> logger)
{
    private readonly string _folder = Path.Combine(DataDirectory.Keys(core.Value), "ended-sessions");

    /// <summary>Whether the session has ended before its time.</summary>
    /// <param name="session">Its identifier, from a cookie that the portal protected.</param>
    /// <param name="end">When it ends at the latest.</param>
    public bool Contains(string session, DateTimeOffset end) => File.Exists(PathOf(session, end));

    /// <summary>Remembers the session until it would have ended anyway; forgets those that would have.</summary>
    /// <param name="session">Its identifier, from a cookie that the portal protected.</param>
    /// <param name="end">When it ends at the latest.</param>
    public void Add(string session, DateTimeOffset end)
    {
        try
        {
            PrivateDirectory.Create(_folder);
            Forget();
            using var file = File.Create(PathOf(session, end));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(logger, _folder, end, e.Message);
        }
    }

    private void Forget()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var file in Directory.EnumerateFiles(_folder))
            if (long.TryParse(Path.GetFileName(file).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var end) && end <= now)
                File.Delete(file);
    }

    private string PathOf(string session, DateTimeOffset end) =>
        Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{end.ToUnixTimeSeconds()}-{session}"));

    [LoggerMessage(
        2102,
        LogLevel.Error,
        "A session has ended, but this could not be kept in {Folder}: after a restart a copy of its cookie works again until {End:u}. {Reason}")]
    private static partial void LogNotKept(ILogger logger, string folder, DateTimeOffset end, string reason);
}
