using System.Text.Json;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Inventory;

/// <summary>
/// Compares the list in the database with its hash in the activity log, which nobody can make without the log's key. Until
/// both agree, nothing is written to a trust store and the list is not changed. So what something other than the portal put
/// into the database never becomes trusted.
/// </summary>
internal sealed partial class ListProof(PortalDatabase database, DatabaseWriter writer, ActivityLog activity, ListMarks marks, ILogger<ListProof> logger)
{
    private const string Advice =
        "Nothing is written to the trust stores meanwhile. Find out who can write to the database; "
            + "an administrator then restores the proved list or accepts the present one on the page CA certificates.";

    private const string EarlierAdvice =
        "Nothing is written to the trust stores meanwhile. Put back a newer backup if there is one; "
            + "else an administrator keeps what is trusted now, or goes on with this list, on the page CA certificates.";

    private static readonly string[] Marks =

    [
        .. Enum.GetNames<ChangeKind>(),
        ActivityActions.EmptyRecycleBin,
        ActivityActions.ListRecorded,
        ActivityActions.ListRestored,
        ActivityActions.ListAccepted,
        ActivityActions.ListKept,
    ];

    // What the log of the portal says already: this is looked at every minute.
    private string? _logged;

    /// <summary>What the log proves, and whether the database agrees. Call it in a transaction, so that both are of one moment.</summary>
    /// <exception cref="DatabaseException">The key of the log is lost, so that nothing is proved.</exception>
    public async Task<ListStanding> JudgeAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var revision = await CertificateList.RevisionAsync(db, cancellationToken);
        var present = await HashesAsync(db, cancellationToken);
        var newest = await db
            .Activity.AsNoTracking()
            .Where(a => Marks.Contains(a.Action))
            .OrderByDescending(a => a.Sequence)
            .FirstOrDefaultAsync(cancellationToken);
        if (newest is null)
        {
            var nothing = new ListHashes(SetHash.Of([]), SetHash.Of([]));
            return Standing(revision == 0 && present == nothing, 0, nothing);
        }

        if (activity.IsGenuine(newest) is not { } isOfEarlierVersion)
            return Standing(false, null, null);
        if (isOfEarlierVersion)
            return new ListStanding(null, revision, null) { IsUnrecorded = true };
        if (HashesOf(newest) is not { } proved)
            return Standing(false, null, null);
        if (await activity.FindOpenLossAsync(db, cancellationToken) is { IsCut: true } cut)
            return new ListStanding(
                $"{cut.Message} The list of CA certificates may be an earlier one. An administrator acknowledges it on the page Activity.",
                newest.RevisionAfter,
                proved)
            {
                IsCut = true,
            };
        return Standing(newest.RevisionAfter == revision && present == proved, newest.RevisionAfter, proved);

        ListStanding Standing(bool isProved, long? provedRevision, ListHashes? proved)
        {
            if (!isProved)
                return new(
                    "The list of CA certificates in the database is not the one that the activity log proves: something else than the portal changed it.",
                    provedRevision,
                    proved);
            return marks.AtStart <= revision
                ? new(null, provedRevision, proved)
                : new(
                    $"The list of CA certificates is an earlier one, of revision {revision}: revision {marks.AtStart} had been brought to the trust "
                        + "stores. An older backup was put back.",
                    provedRevision,
                    proved)
                {
                    EarlierThan = marks.AtStart,
                };
        }
    }

    /// <summary>Refuses to go on from a list that is not proved.</summary>
    /// <exception cref="DatabaseException">It is not proved.</exception>
    public async Task RequireAsync(PortalDb db, CancellationToken cancellationToken)
    {
        if (await JudgeAsync(db, cancellationToken) is { Problem: { } problem } standing)
            throw new DatabaseException(problem, AdviceFor(standing));
    }

    /// <summary>Why nothing may be written to a trust store, and what to do; null if the list is proved. Call it in a transaction.</summary>
    public async Task<(string Message, string Advice)?> FindProblemAsync(PortalDb db)
    {
        try
        {
            var standing = await JudgeAsync(db, CancellationToken.None);
            if (Interlocked.Exchange(ref _logged, standing.Problem) != standing.Problem && standing.Problem is not null)
                LogUnproved(standing.Problem, AdviceFor(standing));
            return standing.Problem is null ? null : (standing.Problem, AdviceFor(standing));
        }
        catch (DatabaseException e)
        {
            return (e.Message, e.Advice);
        }
    }

    /// <summary>
    /// Records what must be known before the list is judged: that the end of the log is lost, and the hashes of a list that
    /// an earlier version left. Such a list is taken as it is.
    /// </summary>
    public async Task PrepareAsync()
    {
        try
        {
            await writer.CatchUpAsync(CancellationToken.None);
            if (await database.ReadAsync(db => JudgeAsync(db, CancellationToken.None), CancellationToken.None) is not { IsUnrecorded: true })
                return;
            await writer.WriteAsync<bool>(
                async db =>
                {
                    if (await JudgeAsync(db, CancellationToken.None) is not { IsUnrecorded: true } standing)
                        return new(false); // Another process has recorded it.
                    var (actor, hashes) = (Actor.Portal, await HashesAsync(db, CancellationToken.None));
                    return new(
                        true,
                        new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.ListRecorded, null, null, standing.Revision, hashes)
                    );
                },
                CancellationToken.None);
        }
        catch (DatabaseException)
        {
            // The key is lost, so that nothing can be judged, or nothing can be written. The next question about the list says so.
        }
    }

    /// <summary>The hashes of the list as the database has it.</summary>
    public static Task<ListHashes> HashesAsync(PortalDb db, CancellationToken cancellationToken) => HashesAsync(db, [], [], cancellationToken);

    /// <summary>The hashes of the list as a change that is not saved yet makes it.</summary>
    public static async Task<ListHashes> HashesAsync(
        PortalDb db, IReadOnlyCollection<CaCertificateKey> added, IReadOnlyCollection<CaCertificateKey> removed, CancellationToken cancellationToken)
    {
        var rows = await db.OwnCertificates.AsNoTracking()
            .Select(c => new { c.Store, c.Sha256, IsRemoved = c.RemovedRevision != null }).ToListAsync(cancellationToken);
        var set = rows.Where(r => !r.IsRemoved).Select(r => new CaCertificateKey(r.Store, r.Sha256)).ToHashSet();
        var withdrawn = rows.Where(r => r.IsRemoved).Select(r => new CaCertificateKey(r.Store, r.Sha256)).ToHashSet();
        set.ExceptWith(removed);
        set.UnionWith(added);
        withdrawn.UnionWith(removed);
        withdrawn.ExceptWith(added);
        return new ListHashes(SetHash.Of(set), SetHash.Of(withdrawn));
    }

    private static string AdviceFor(ListStanding standing) => standing.EarlierThan is null ? Advice : EarlierAdvice;

    private static ListHashes? HashesOf(ActivityEntry entry)
    {
        using var details = JsonDocument.Parse(entry.Details);
        return details.RootElement.ValueKind == JsonValueKind.Object
            && details.RootElement.TryGetProperty("set", out var set) && details.RootElement.TryGetProperty("withdrawn", out var withdrawn)
                ? new ListHashes(set.GetString() ?? "", withdrawn.GetString() ?? "")
                : null;
    }

    [LoggerMessage(4105, LogLevel.Error, "The list of CA certificates is not written to the trust stores. {Problem} {Advice}")]
    private partial void LogUnproved(string problem, string advice);
}

/// <summary>The list in two hashes, as the activity log keeps them.</summary>
/// <param name="Set">Of what must be trusted; see <see cref="SetHash"/>.</param>
/// <param name="Withdrawn">Of what is in the recycle bin, and so is taken out of the trust stores.</param>
internal sealed record ListHashes(string Set, string Withdrawn);

/// <summary>Whether the list is proved.</summary>
/// <param name="Problem">Why it is not; null if it is.</param>
/// <param name="Revision">The newest revision that is proved; null if none is.</param>
/// <param name="Proved">The hashes at that revision.</param>
internal sealed record ListStanding(string? Problem, long? Revision, ListHashes? Proved)
{
    /// <summary>An earlier version of the portal, which recorded no hashes, made the last change.</summary>
    public bool IsUnrecorded { get; init; }

    /// <summary>The log itself lacks entries, so that a later list may have been proved: that is acknowledged first.</summary>
    public bool IsCut { get; init; }

    /// <summary>The revision that had been brought to the trust stores, if the list goes back behind it; else null.</summary>
    public long? EarlierThan { get; init; }
}
