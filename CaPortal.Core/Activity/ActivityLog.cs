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
/// The append-only log. Its key and its head are kept beside the database, not in it. So a person who can write to the
/// database alone cannot forge an entry, and cannot cut off the last ones unseen. Without its key the log is not continued.
/// If its head is lost or contradicts the log, an entry says so before the head is written again. The log is then not intact
/// until an administrator acknowledges the loss.
/// </summary>
public sealed partial class ActivityLog(IOptions<CoreOptions> options, IPeers peers, TimeProvider time, ILogger<ActivityLog> logger)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private const int KeyLength = 32;

    private readonly Lock _gate = new();

    // What this process knows of the activity end file: an older file in its place is noticed.
    private ActivityEnd? _written;
    private bool _isLossUnwritten;

    // Why there is no key, as the log has said already.
    private string? _toldKeyLost;

    /// <summary>Raised after entries were committed. Handlers return at once and never throw.</summary>
    public event Action? Recorded;

    private string KeyFile => options.Value.ActivityKeyFile;

    private string EndPath => options.Value.ActivityEndFilePath;

    /// <summary>
    /// Adds an entry to the context's open transaction, which must be immediate, so that nobody else appends meanwhile. Where
    /// the end of the log cannot be proved, an entry that says so goes before it. Once in a transaction: what it finds as the
    /// last entry may become the head.
    /// </summary>
    /// <exception cref="DatabaseException">The key is lost, so that the log cannot be continued.</exception>
    internal async Task<ActivityHead> AppendAsync(PortalDb db, ActivityDraft draft, CancellationToken cancellationToken)
    {
        var last = await LastAsync(db, cancellationToken);
        var key = Key(mayCreate: last is null);
        var loss = await FindLossAsync(db, last, key, cancellationToken);
        if (loss is not null && !await IsRecordedAsync(db, last, key, cancellationToken))
            last = Add(db, last, DraftOf(loss), key);
        else if (loss is null && IsHeadFarBehind(last, key))
            WriteEnd(new ActivityHead(last!, ReplacesEnd: false, IsNew: false));
        return new ActivityHead(Add(db, last, draft, key), loss is not null, IsNew: true);
    }

    /// <summary>
    /// The last entry, so that <see cref="KeepEnd"/> can catch up if a crash came before it. If the end of the log cannot be
    /// proved, the context's open transaction records that. Null if there is no entry, or nothing can be recorded.
    /// </summary>
    internal async Task<ActivityHead?> CatchUpAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var last = await LastAsync(db, cancellationToken);
        if (TryKey(last is not null, out _) is not { } key)
            return null;
        var loss = await FindLossAsync(db, last, key, cancellationToken);
        var isNew = loss is not null && !await IsRecordedAsync(db, last, key, cancellationToken);
        if (isNew)
            last = Add(db, last, DraftOf(loss!), key);
        return last is null ? null : new ActivityHead(last, loss is not null, isNew);
    }

    /// <summary>Whether the head is recorded, or nothing can be.</summary>
    internal async Task<bool> IsCaughtUpAsync(PortalDb db)
    {
        if (!await db.HasActivityTableAsync(CancellationToken.None))
            return true;
        var last = await LastAsync(db, CancellationToken.None);
        if (TryKey(last is not null, out _) is not { } key)
            return true;
        return await FindLossAsync(db, last, key, CancellationToken.None) is null && ActivityEndFile.Read(EndPath, key).End == last;
    }

    /// <summary>
    /// Makes ready to go on with a log that other portals may have begun. Called where this data directory did not have its key until now,
    /// and so cannot know where it ends.
    /// </summary>
    /// <exception cref="DatabaseException">The key cannot be made.</exception>
    internal async Task JoinAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var last = await LastAsync(db, cancellationToken);
        if (last is null)
            _ = Key(mayCreate: true);
        else if (!File.Exists(EndPath))
            WriteEnd(new ActivityHead(last, ReplacesEnd: false, IsNew: false));
    }

    /// <summary>Proves that the portal wrote a text that it keeps in another place; null if the key is lost.</summary>
    internal string? Sign(string text) => TryKey(isExpected: false, out _) is { } key ? ActivityChain.SignatureOf(text, key) : null;

    /// <summary>Records the head outside the database, once the transaction is committed.</summary>
    internal void KeepEnd(ActivityHead head)
    {
        WriteEnd(head);
        if (head.IsNew)
            Recorded?.Invoke();
    }

    private void WriteEnd(ActivityHead head)
    {
        lock (_gate)
        {
            try
            {
                var key = Key(mayCreate: false);
                if (head.ReplacesEnd
                    || ActivityEndFile.Read(EndPath, key) is not { IsSigned: true, End: { } known }
                    || known.Sequence < head.Entry.Sequence)
                {
                    _isLossUnwritten = head.ReplacesEnd;
                    ActivityEndFile.Write(EndPath, head.Entry, key);
                    (_written, _isLossUnwritten) = (head.Entry, false);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The entry itself is safe; the next one writes the activity end for both.
                LogEndFailed(logger, e);
            }
        }
    }

    private static Task<ActivityEnd?> LastAsync(PortalDb db, CancellationToken cancellationToken) => db.Activity.AsNoTracking()
        .OrderByDescending(a => a.Sequence).Select(a => new ActivityEnd(a.Sequence, a.Hash)).FirstOrDefaultAsync(cancellationToken);

    private ActivityEnd Add(PortalDb db, ActivityEnd? last, ActivityDraft draft, byte[] key)
    {
        var entry = new ActivityEntry
        {
            Sequence = (last?.Sequence ?? 0) + 1,
            At = Storable(time.GetUtcNow().UtcDateTime),
            Actor = Storable(draft.Actor),
            Role = draft.Role,
            Source = Storable(draft.Source),
            Action = draft.Action,
            Reason = draft.Reason is { } reason ? Storable(reason) : null,
            RevisionBefore = draft.RevisionBefore,
            RevisionAfter = draft.RevisionAfter,
            Details = BoundedDetails.Of(draft.Details),
            PreviousHash = last?.Hash ?? "",
            Hash = "",
        };
        entry.Hash = ActivityChain.HashOf(entry, key);
        db.Add(entry);
        return new ActivityEnd(entry.Sequence, entry.Hash);
    }

    // The hash is over what every engine gives back: PostgreSQL keeps microseconds, and no U+0000.
    private static DateTime Storable(DateTime at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));

    private static string Storable(string text) => text.Replace('\0', '\uFFFD');

    /// <summary>
    /// The key. It is created if <paramref name="mayCreate"/>, that is, if there is no entry that another key was used for.
    /// It is read again each time, so that a missing key is noticed now and not at the next start.
    /// </summary>
    private byte[] Key(bool mayCreate)
    {
        lock (_gate)
        {
            try
            {
                var key = ReadKey(mayCreate);
                if (_toldKeyLost is not null)
                    LogKeyBack(logger, KeyFile);
                _toldKeyLost = null;
                return key;
            }
            catch (DatabaseException lost)
            {
                if (_toldKeyLost != lost.Message)
                    LogKeyLost(logger, lost.Message, lost.Advice);
                _toldKeyLost = lost.Message;
                throw;
            }
        }
    }

    private byte[] ReadKey(bool mayCreate)
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

    /// <param name="isExpected">There are entries, so that it is lost where it is not there.</param>
    /// <param name="lost">Why there is none; null if there is one.</param>
    private byte[]? TryKey(bool isExpected, out string? lost)
    {
        try
        {
            lost = null;
            return isExpected ? Key(mayCreate: false) : ReadKey(mayCreate: false);
        }
        catch (DatabaseException e)
        {
            lost = e.Message;
            return null;
        }
    }

    private DatabaseException KeyLost(string how, Exception? cause) => new(
        $"The key of the activity log, {KeyFile}, {how}, so nothing can be recorded.",
        "Put it back from a backup of the data directory, readable and writable by the portal's account alone; a new one would make all entries look forged.",
        cause);

    [LoggerMessage(120, LogLevel.Warning, "The head of the activity log could not be recorded outside the database")]
    private static partial void LogEndFailed(ILogger logger, Exception exception);

    [LoggerMessage(123, LogLevel.Error, "The key of the activity log is lost, and every change is refused until it is back. {Reason} {Advice}")]
    private static partial void LogKeyLost(ILogger logger, string reason, string advice);

    [LoggerMessage(124, LogLevel.Information, "The key of the activity log, {File}, can be read again")]
    private static partial void LogKeyBack(ILogger logger, string file);

    [LoggerMessage(122, LogLevel.Error, "The end of the activity log is not proved. {Loss} Look into it, then acknowledge it on the page Activity")]
    private static partial void LogLoss(ILogger logger, string loss);
}

/// <summary>What a new entry says.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Role">In which role.</param>
/// <param name="Source">From where.</param>
/// <param name="Action">What.</param>
/// <param name="Reason">Why.</param>
/// <param name="RevisionBefore">The revision that it changed.</param>
/// <param name="RevisionAfter">The revision that the entry made, or whose outcome it reports.</param>
/// <param name="Details">Becomes JSON. <see cref="BoundedDetails"/> keeps only the beginning of long details.</param>
internal sealed record ActivityDraft(
    string Actor, string Role, string Source, string Action, string? Reason, long? RevisionBefore, long? RevisionAfter, object Details);

/// <summary>An entry that becomes the recorded head.</summary>
/// <param name="Entry">Its number and hash.</param>
/// <param name="ReplacesEnd">The activity end is lost, and the log says so: the file is replaced, regardless of its
/// content.</param>
/// <param name="IsNew">An entry was added.</param>
internal sealed record ActivityHead(ActivityEnd Entry, bool ReplacesEnd, bool IsNew);

/// <summary>The first place of the log that is broken, or not proved.</summary>
/// <param name="Sequence">The entry from which on the log cannot be trusted.</param>
/// <param name="Message">One sentence: what is wrong.</param>
public sealed record ActivityDamage(long Sequence, string Message)
{
    /// <summary>No entry was found to be changed, but the end of the log was lost: an administrator may acknowledge it.</summary>
    public bool CanBeAcknowledged { get; init; }

    /// <summary>Entries are known to be missing, so that the list of CA certificates may be an earlier one.</summary>
    internal bool IsCut { get; init; }
}
