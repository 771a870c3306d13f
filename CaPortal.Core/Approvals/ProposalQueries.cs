using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Approvals;

/// <summary>Reads proposals.</summary>
internal sealed class ProposalQueries(PortalDatabase database, TimeProvider time)
{
    /// <summary>For how long decided ones are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Those that wait and those that were decided recently, the newest first.</summary>
    public Task<IReadOnlyList<ProposalSummary>> ListAsync(CancellationToken cancellationToken) =>
        database.RunAsync(
            async db =>
                (IReadOnlyList<ProposalSummary>)
                    [.. (await Shown(db).OrderByDescending(p => p.At).ThenByDescending(p => p.Id).ToListAsync(cancellationToken)).Select(SummaryOf)],
            cancellationToken);

    public Task<ProposedChange?> FindAsync(long id, CancellationToken cancellationToken) =>
        database.RunAsync(db => Shown(db).SingleOrDefaultAsync(p => p.Id == id, cancellationToken), cancellationToken);

    public Task<ProposalCounts> CountAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var waiting = await Waiting(db, Now).CountAsync(cancellationToken);
            return new ProposalCounts(waiting, await Shown(db).CountAsync(cancellationToken) - waiting);
        },
        cancellationToken);

    /// <summary>Those that wait at a moment.</summary>
    public static IQueryable<ProposedChange> Waiting(PortalDb db, DateTime now) =>
        db.ProposedChanges.Where(p => p.State == ProposalState.Waiting && p.ExpiresAt > now);

    public ProposalSummary SummaryOf(ProposedChange proposal) => new()
    {
        Id = proposal.Id,
        Kind = Enum.Parse<ChangeKind>(proposal.Kind),
        By = proposal.By,
        Person = proposal.Person.Length == 0 ? null : proposal.Person,
        At = proposal.At,
        ExpiresAt = proposal.ExpiresAt,
        Reason = proposal.Reason,
        State = ProposalRules.StateOf(proposal, Now),
        DecidedBy = proposal.DecidedBy,
        DecidedAt = proposal.DecidedAt,
        DecisionReason = proposal.DecisionReason,
        Revision = proposal.Revision,
        Changes = ProposalContent.Of(proposal).Changes,
    };

    private IQueryable<ProposedChange> Shown(PortalDb db)
    {
        var from = Now - Kept;
        return db.ProposedChanges.AsNoTracking().Where(p => (p.DecidedAt ?? p.ExpiresAt) > from);
    }
}
