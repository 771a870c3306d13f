using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Hosting;
using Microsoft.Extensions.Options;

namespace CaPortal.Authentication;

/// <summary>
/// Remembers in the data directory which sessions have ended before their time. The keys that protect cookies outlast a
/// restart, so this has to as well: else a copy of the cookie works again. One empty file for each session, beside the
/// keys: nothing to be torn or merged. Other portals on the same database get to know them.
/// </summary>
internal sealed partial class EndedSessions(IOptions<CoreOptions> core, IPeers peers, TimeProvider time, ILogger<EndedSessions> logger)
{
    private const string Prefix = "ended-session/";

    // Those of this process, also where the disk is full.
    private readonly ConcurrentDictionary<string, bool> _own = new(StringComparer.Ordinal);
    private readonly string _folder = Path.Combine(DataDirectory.Keys(core.Value), "ended-sessions");

    /// <summary>A session was added.</summary>
    public event Action? Added;

    /// <summary>A session, which ended at another portal.</summary>
    public event Action<string, DateTimeOffset>? Learned;

    /// <summary>Whether the session has ended before its time.</summary>
    /// <param name="session">Its identifier, from a cookie that the portal protected.</param>
    /// <param name="end">When it ends at the latest.</param>
    public bool Contains(string session, DateTimeOffset end) => _own.ContainsKey(NameOf(session, end)) || File.Exists(PathOf(session, end));

    /// <summary>Remembers the session until it would have ended anyway; forgets those that would have.</summary>
    /// <param name="session">Its identifier, from a cookie that the portal protected.</param>
    /// <param name="end">When it ends at the latest.</param>
    public void Add(string session, DateTimeOffset end)
    {
        _own.TryAdd(NameOf(session, end), true);
        Keep(session, end);
        Added?.Invoke();
    }

    /// <summary>Learns which sessions ended at other portals, and has them know those that ended here.</summary>
    /// <exception cref="DatabaseException" />
    public async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        if (!peers.MayExist)
            return;
        var shared = (await peers.ListAsync(Prefix, cancellationToken)).Select(i => i.Name[Prefix.Length..]).ToHashSet(StringComparer.Ordinal);
        foreach (var name in shared.Where(n => SessionName.IsMatch(n) && !File.Exists(Path.Combine(_folder, n))))
        {
            var (session, end) = (name.Split('-')[1], EndOf(name));
            Keep(session, end);
            Learned?.Invoke(session, end);
        }

        var kept = Directory.Exists(_folder) ? Directory.EnumerateFiles(_folder).Select(f => Path.GetFileName(f)).ToList() : [];
        foreach (var name in kept.Union(_own.Keys).Where(n => SessionName.IsMatch(n) && !shared.Contains(n) && EndOf(n) > time.GetUtcNow()))
            await peers.PutAsync($"{Prefix}{name}", ReadOnlyMemory<byte>.Empty, EndOf(name).UtcDateTime, cancellationToken);
    }

    [GeneratedRegex(@"^[0-9]{1,11}-[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SessionName { get; }

    private static DateTimeOffset EndOf(string name) =>
        DateTimeOffset.FromUnixTimeSeconds(long.Parse(name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture));

    private void Keep(string session, DateTimeOffset end)
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
        foreach (var name in _own.Keys.Where(n => EndOf(n).ToUnixTimeSeconds() <= now))
            _own.TryRemove(name, out _);
        foreach (var file in Directory.EnumerateFiles(_folder))
            if (long.TryParse(Path.GetFileName(file).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var end) && end <= now)
                File.Delete(file);
    }

    private static string NameOf(string session, DateTimeOffset end) =>
        string.Create(CultureInfo.InvariantCulture, $"{end.ToUnixTimeSeconds()}-{session}");

    private string PathOf(string session, DateTimeOffset end) => Path.Combine(_folder, NameOf(session, end));

    [LoggerMessage(
        2102,
        LogLevel.Error,
        "A session has ended, but this could not be kept in {Folder}: after a restart a copy of its cookie works again until {End:u}. {Reason}")]
    private static partial void LogNotKept(ILogger logger, string folder, DateTimeOffset end, string reason);
}
