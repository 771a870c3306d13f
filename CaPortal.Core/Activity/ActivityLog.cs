using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Activity;

/// <summary>
/// The append-only log. Its key and its head are kept beside the database, not in it: who can write to the database
/// alone can neither forge an entry nor cut off the last ones unseen.
/// </summary>
public sealed partial class ActivityLog(IOptions<CoreOptions> options, TimeProvider time, ILogger<ActivityLog> logger)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly Lock _gate = new();
    private byte[]? _key;

    private string KeyFile => Path.Combine(options.Value.ResolvedDataDirectory, "activity.key");

    private string AnchorFile => Path.Combine(options.Value.ResolvedDataDirectory, "activity.anchor");

    /// <summary>
    /// Adds an entry to the context's open transaction, which must be immediate, so that nobody else appends meanwhile.
    /// </summary>
    internal async Task<ActivityEntry> AppendAsync(PortalDb db, ActivityDraft draft, CancellationToken cancellationToken)
    {
        var last = await db.Activity.AsNoTracking().OrderByDescending(a => a.Sequence)
            .Select(a => new { a.Sequence, a.Hash }).FirstOrDefaultAsync(cancellationToken);
        var entry = new ActivityEntry
        {
            Sequence = (last?.Sequence ?? 0) + 1,
            At = time.GetUtcNow().UtcDateTime,
            Actor = draft.Actor,
            Role = draft.Role,
            Source = draft.Source,
            Action = draft.Action,
            Reason = draft.Reason,
            RevisionBefore = draft.RevisionBefore,
            RevisionAfter = draft.RevisionAfter,
            Details = JsonSerializer.Serialize(draft.Details, Json),
            PreviousHash = last?.Hash ?? "",
            Hash = "",
        };
        entry.Hash = ActivityChain.HashOf(entry, Key());
        db.Add(entry);
        return entry;
    }

    /// <summary>Records the head outside the database, once the transaction is committed.</summary>
    internal void Anchor(ActivityEntry head)
    {
        lock (_gate)
        {
            try
            {
                if (ReadAnchor() is { } known && known.Sequence > head.Sequence)
                    return;
                AtomicFile.Write(AnchorFile, JsonSerializer.SerializeToUtf8Bytes(new ActivityAnchor(head.Sequence, head.Hash), Json), AtomicFile.OwnerOnly);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The entry itself is safe; the next one anchors both.
                LogAnchorFailed(logger, e);
            }
        }
    }

    /// <summary>Recomputes the whole chain and compares its head with the one kept outside the database.</summary>
    /// <returns>Null where it is intact, else what is wrong and from which entry on.</returns>
    internal async Task<ActivityDamage?> VerifyAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var anchor = ReadAnchor();
        var anchorSeen = anchor is null;
        var (sequence, hash) = (0L, "");
        await foreach (var entry in db.Activity.AsNoTracking().OrderBy(a => a.Sequence).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (entry.Sequence != sequence + 1)
                return new ActivityDamage(sequence + 1, $"Entry {sequence + 1} is missing.");
            if (entry.PreviousHash != hash || ActivityChain.HashOf(entry, Key()) != entry.Hash)
                return new ActivityDamage(entry.Sequence, $"Entry {entry.Sequence} was changed.");
            (sequence, hash) = (entry.Sequence, entry.Hash);
            anchorSeen |= anchor == new ActivityAnchor(sequence, hash);
        }

        return anchorSeen ? null : new ActivityDamage(sequence + 1, $"The log ends at entry {sequence}, but entry {anchor!.Sequence} had been written.");
    }

    private ActivityAnchor? ReadAnchor() =>
        File.Exists(AnchorFile) ? JsonSerializer.Deserialize<ActivityAnchor>(File.ReadAllBytes(AnchorFile), Json) : null;

    private byte[] Key()
    {
        lock (_gate)
        {
            if (_key is not null)
                return _key;
            if (!File.Exists(KeyFile))
                AtomicFile.Write(KeyFile, RandomNumberGenerator.GetBytes(32), AtomicFile.OwnerOnly);
            return _key = File.ReadAllBytes(KeyFile);
        }
    }

    [LoggerMessage(120, LogLevel.Warning, "The head of the activity log could not be recorded outside the database")]
    private static partial void LogAnchorFailed(ILogger logger, Exception exception);
}

/// <summary>What a new entry says.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Role">In which role.</param>
/// <param name="Source">From where.</param>
/// <param name="Action">What.</param>
/// <param name="Reason">Why.</param>
/// <param name="RevisionBefore">The revision that it changed.</param>
/// <param name="RevisionAfter">The revision that it made, or whose outcome it tells.</param>
/// <param name="Details">Becomes JSON.</param>
internal sealed record ActivityDraft(
    string Actor, string Role, string Source, string Action, string? Reason, long? RevisionBefore, long? RevisionAfter, object Details);

/// <summary>The head of the log, kept outside the database.</summary>
/// <param name="Sequence">The last entry's number.</param>
/// <param name="Hash">The last entry's hash.</param>
internal sealed record ActivityAnchor(long Sequence, string Hash);

/// <summary>The first broken place of the log.</summary>
/// <param name="Sequence">The entry from which on the log cannot be trusted.</param>
/// <param name="Message">One sentence: what is wrong.</param>
public sealed record ActivityDamage(long Sequence, string Message);
