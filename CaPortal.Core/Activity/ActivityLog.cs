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
/// alone can neither forge an entry nor cut off the last ones unseen. Neither file is ever replaced while it could be
/// evidence: without its key the log is not continued, and a head that the log contradicts stays.
/// </summary>
public sealed partial class ActivityLog(IOptions<CoreOptions> options, TimeProvider time, ILogger<ActivityLog> logger)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private const int KeyLength = 32;

    private readonly Lock _gate = new();

    /// <summary>Raised after entries were committed. Handlers return at once and never throw.</summary>
    public event Action? Recorded;

    private string KeyFile => options.Value.ActivityKeyFile;

    private string AnchorFile => options.Value.ActivityAnchorFile;

    /// <summary>
    /// Adds an entry to the context's open transaction, which must be immediate, so that nobody else appends meanwhile.
    /// </summary>
    /// <exception cref="DatabaseException">The key is lost, so that the log cannot be continued.</exception>
    internal async Task<ActivityHead> AppendAsync(PortalDb db, ActivityDraft draft, CancellationToken cancellationToken)
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
        entry.Hash = ActivityChain.HashOf(entry, Key(mayCreate: last is null));
        db.Add(entry);
        return new ActivityHead(new ActivityAnchor(entry.Sequence, entry.Hash), await ContinuesAsync(db, last is { Sequence: > 1 }, cancellationToken));
    }

    /// <summary>Adds an entry on its own, about something that is no change of the database.</summary>
    /// <exception cref="DatabaseException">The key is lost, so that the log cannot be continued.</exception>
    internal async Task<bool> RecordAsync(PortalDb db, ActivityDraft draft)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        var head = await AppendAsync(db, draft, CancellationToken.None);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        Anchor(head);
        return true;
    }

    /// <summary>The last entry, for <see cref="Anchor"/> to catch up where a crash came before it; null where there is none.</summary>
    internal async Task<ActivityHead?> HeadAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var last = await db.Activity.AsNoTracking().OrderByDescending(a => a.Sequence)
            .Select(a => new ActivityAnchor(a.Sequence, a.Hash)).FirstOrDefaultAsync(cancellationToken);
        var isMissing = ReadAnchor() is { Anchor: null, IsDamaged: false };
        return last is null || (isMissing && last.Sequence > 1) ? null : new ActivityHead(last, await ContinuesAsync(db, isMissing: false, cancellationToken));
    }

    /// <summary>Records the head outside the database, once the transaction is committed.</summary>
    internal void Anchor(ActivityHead head)
    {
        if (head.ContinuesAnchor)
            WriteAnchor(head.Entry);
        Recorded?.Invoke();
    }

    private void WriteAnchor(ActivityAnchor entry)
    {
        lock (_gate)
        {
            try
            {
                if (ReadAnchor().Anchor is { } known && known.Sequence >= entry.Sequence)
                    return;
                AtomicFile.Write(AnchorFile, JsonSerializer.SerializeToUtf8Bytes(entry, Json), AtomicFile.OwnerOnly);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The entry itself is safe; the next one anchors both.
                LogAnchorFailed(logger, e);
            }
        }
    }

    /// <summary>Recomputes the whole chain and compares its head with the one kept outside the database.</summary>
    /// <returns>How many entries there are, and null where they are intact, else what is wrong and from which entry on.</returns>
    internal async Task<(int Entries, ActivityDamage? Damage)> VerifyAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (!await ActivityTriggers.HasTableAsync(db, cancellationToken))
            return (0, new ActivityDamage(1, "The table of the activity log is gone from the database."));
        return (await db.Activity.CountAsync(cancellationToken), await FindDamageAsync(db, cancellationToken));
    }

    private async Task<ActivityDamage?> FindDamageAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var (anchor, isDamaged) = ReadAnchor();
        var (sequence, hash) = (0L, "");
        byte[] key = [];
        try
        {
            if (await db.Activity.AnyAsync(cancellationToken))
                key = Key(mayCreate: false);
        }
        catch (DatabaseException lost)
        {
            return new ActivityDamage(1, lost.Message);
        }

        await using var entries = db.Activity.AsNoTracking().OrderBy(a => a.Sequence).AsAsyncEnumerable().GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync())
                    break;
            }
            catch (Exception e) when (DatabaseException.IsUnreadable(e))
            {
                // Somebody put a text where the portal writes a time or a number.
                return new ActivityDamage(sequence + 1, $"Entry {sequence + 1} was changed: it cannot even be read.");
            }

            var entry = entries.Current;
            if (entry.Sequence != sequence + 1)
                return new ActivityDamage(sequence + 1, $"Entry {sequence + 1} is missing.");
            if (entry.PreviousHash != hash || ActivityChain.HashOf(entry, key) != entry.Hash)
                return new ActivityDamage(entry.Sequence, $"Entry {entry.Sequence} was changed, or written with another key.");
            (sequence, hash) = (entry.Sequence, entry.Hash);
            if (anchor?.Sequence == sequence && anchor.Hash != hash)
                return new ActivityDamage(sequence, $"Entry {sequence} is not the one that had been written: entries were cut off and others written in their place.");
        }

        if (anchor?.Sequence > sequence)
            return new ActivityDamage(sequence + 1, $"The log ends at entry {sequence}, but entry {anchor.Sequence} had been written.");

        // One entry may be without it: a crash came before it was written for the first time.
        if (isDamaged || (anchor is null && sequence > 1))
            return new ActivityDamage(sequence + 1, $"The file {AnchorFile}, which tells where the log ends, is {(isDamaged ? "damaged" : "missing")}: entries at the end could have been cut off unseen.");

        // Nothing was found to be changed; but somebody saw to it that it could be.
        var missing = await ActivityTriggers.MissingAsync(db, cancellationToken);
        return missing.Count == 0 ? null : new ActivityDamage(
            sequence + 1, $"The entries are intact, but the database does not refuse to change them any more: {string.Join(" and ", missing)} {(missing.Count == 1 ? "was" : "were")} taken out of it. The next start puts back what is missing.");
    }

    /// <summary>Whether the log still holds the entry that was its head when the head was last recorded.</summary>
    private async Task<bool> ContinuesAsync(PortalDb db, bool isMissing, CancellationToken cancellationToken)
    {
        var (anchor, isDamaged) = ReadAnchor();
        if (anchor is null && isMissing && !isDamaged)
            LogAnchorMissing(logger, AnchorFile);
        if (!isDamaged && (anchor is null || await db.Activity.AnyAsync(a => a.Sequence == anchor.Sequence && a.Hash == anchor.Hash, cancellationToken)))
            return true;
        LogAnchorContradicted(logger, AnchorFile);
        return false;
    }

    private (ActivityAnchor? Anchor, bool IsDamaged) ReadAnchor()
    {
        try
        {
            return File.Exists(AnchorFile) && JsonSerializer.Deserialize<ActivityAnchor>(File.ReadAllBytes(AnchorFile), Json) is var anchor
                ? anchor is { Sequence: > 0, Hash: not null } ? (anchor, false) : (null, true)
                : (null, false);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return (null, true);
        }
    }

    /// <summary>
    /// The key; made where <paramref name="mayCreate"/>, which is when there is no entry that another one was used for. It is
    /// read anew each time: that it is gone is to be found now, and not at the next start.
    /// </summary>
    private byte[] Key(bool mayCreate)
    {
        lock (_gate)
        {
            try
            {
                if (mayCreate && !File.Exists(KeyFile))
                    AtomicFile.Write(KeyFile, RandomNumberGenerator.GetBytes(KeyLength), AtomicFile.OwnerOnly);
                var key = File.ReadAllBytes(KeyFile);
                return key.Length == KeyLength ? key : throw KeyLost("is damaged", null);
            }
            catch (FileNotFoundException e)
            {
                throw KeyLost("is missing", e);
            }
            catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
            {
                throw KeyLost("cannot be read or written", e);
            }
        }
    }

    private DatabaseException KeyLost(string how, Exception? cause) => new(
        $"The key of the activity log, {KeyFile}, {how}, so nothing can be recorded.",
        "Put it back from a backup of the data directory, readable and writable by the portal's account alone; a new one would make all entries look forged.",
        cause);

    [LoggerMessage(120, LogLevel.Warning, "The head of the activity log could not be recorded outside the database")]
    private static partial void LogAnchorFailed(ILogger logger, Exception exception);

    [LoggerMessage(121, LogLevel.Warning, "{File}, which tells where the activity log ends, was missing and is written anew")]
    private static partial void LogAnchorMissing(ILogger logger, string file);

    [LoggerMessage(122, LogLevel.Error, "The activity log contradicts {File}, which tells where it ends: entries may have been cut off. Look into it, then delete that file; the next change writes it anew")]
    private static partial void LogAnchorContradicted(ILogger logger, string file);
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

/// <summary>An entry that may become the recorded head.</summary>
/// <param name="Entry">Its number and hash.</param>
/// <param name="ContinuesAnchor">The log holds the head recorded before; where it does not, that one stays as evidence.</param>
internal sealed record ActivityHead(ActivityAnchor Entry, bool ContinuesAnchor);

/// <summary>The first broken place of the log.</summary>
/// <param name="Sequence">The entry from which on the log cannot be trusted.</param>
/// <param name="Message">One sentence: what is wrong.</param>
public sealed record ActivityDamage(long Sequence, string Message);
