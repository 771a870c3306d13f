using System.Text.Json;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>The places to which entries of the activity log go besides the database, as the settings name them.</summary>
public sealed class ActivityForwarding
{
    internal ActivityForwarding(
        IEnumerable<IActivitySink> sinks, PortalDatabase database, IPeers peers, IOptions<CoreOptions> options, ILogger<ActivityForwarder> logger) =>
        Forwarders = [.. sinks.Where(s => s.IsConfigured).Select(s => new ActivityForwarder(s, database, peers, options.Value, logger))];

    /// <summary>One for each place.</summary>
    public IReadOnlyList<ActivityForwarder> Forwarders { get; }
}

/// <summary>
/// Follows the activity log to one place. Up to which entry it has come is kept in a file, and by portals on one database also there:
/// none is left out, and only what was under way when the portal was killed is sent twice. Used by one caller at a time.
/// </summary>
public sealed partial class ActivityForwarder
{
    private const int MaxBatch = 50;

    private readonly IActivitySink _sink;
    private readonly PortalDatabase _database;
    private readonly IPeers _peers;
    private readonly ILogger _logger;
    private readonly string _positionFile;
    private ActivityEnd? _position;
    private bool _isKept;

    internal ActivityForwarder(IActivitySink sink, PortalDatabase database, IPeers peers, CoreOptions options, ILogger logger)
    {
        (_sink, _database, _peers, _logger) = (sink, database, peers, logger);
        _positionFile = Path.Combine(options.ResolvedDataDirectory, $"activity-{sink.Name}.position");
    }

    /// <summary>What the place is called: <c>file</c> or <c>syslog</c>.</summary>
    public string Name => _sink.Name;

    private string SharedName => $"forwarded/{Name}";

    /// <summary>Sends all entries that it has not sent yet.</summary>
    /// <exception cref="ActivitySinkException">The place takes none now, or how far it has come cannot be kept.</exception>
    /// <exception cref="DatabaseException" />
    public async Task ForwardAsync(CancellationToken cancellationToken)
    {
        if (_position is null)
            (_position, _isKept) = (ReadPosition(), true);
        if (await SharedPositionAsync(cancellationToken) is { } shared && shared.Sequence > (_position?.Sequence ?? 0))
            _position = shared;
        await StartAgainForAnotherLogAsync(cancellationToken);
        while (true)
        {
            if (!_isKept)
                await KeepPositionAsync(cancellationToken);
            var after = _position?.Sequence ?? 0;
            var entries = await _database.RunAsync(
                db => db.Activity.AsNoTracking().Where(a => a.Sequence > after).OrderBy(a => a.Sequence).Take(MaxBatch).ToListAsync(cancellationToken),
                cancellationToken);
            if (entries is not [.., var last])
                return;
            await _sink.SendAsync(entries, cancellationToken);
            (_position, _isKept) = (new ActivityEnd(last.Sequence, last.Hash), false);
        }
    }

    /// <summary>
    /// A list that was begun again has a log that begins again. An older copy of the database goes on differently.
    /// </summary>
    private async Task StartAgainForAnotherLogAsync(CancellationToken cancellationToken)
    {
        if (_position is not { } position
            || await _database.RunAsync(
                db => db.Activity.AnyAsync(a => a.Sequence == position.Sequence && a.Hash == position.Hash, cancellationToken),
                cancellationToken))
        {
            return;
        }

        LogAnotherLog(_logger, position.Sequence, Name);
        _position = null;
    }

    private ActivityEnd? ReadPosition()
    {
        try
        {
            return File.Exists(_positionFile) ? JsonSerializer.Deserialize<ActivityEnd>(File.ReadAllBytes(_positionFile), ActivityLog.Json) : null;
        }
        catch (JsonException)
        {
            LogPositionDamaged(_logger, _positionFile, Name);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ActivitySinkException($"The file '{_positionFile}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>How far the portal had come that forwarded before this one.</summary>
    private async Task<ActivityEnd?> SharedPositionAsync(CancellationToken cancellationToken) =>
        await _peers.ListAsync(SharedName, cancellationToken) is [{ } item] ? JsonSerializer.Deserialize<ActivityEnd>(item.Value.Span, ActivityLog.Json) : null;

    private async Task KeepPositionAsync(CancellationToken cancellationToken)
    {
        var position = JsonSerializer.SerializeToUtf8Bytes(_position, ActivityLog.Json);
        try
        {
            AtomicFile.Write(_positionFile, position, AtomicFile.OwnerOnly);
            await _peers.PutAsync(SharedName, position, null, cancellationToken);
            _isKept = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ActivitySinkException($"The file '{_positionFile}' cannot be written: {e.Message}", e);
        }
    }

    [LoggerMessage(
        141,
        LogLevel.Warning,
        "Entry {Sequence}, up to which the activity log was forwarded to {Sink}, is not in it any more; it is forwarded from its beginning")]
    private static partial void LogAnotherLog(ILogger logger, long sequence, string sink);

    [LoggerMessage(
        142,
        LogLevel.Warning,
        "{File}, which tells how far the activity log was forwarded to {Sink}, is damaged; it is forwarded from its beginning")]
    private static partial void LogPositionDamaged(ILogger logger, string file, string sink);
}
