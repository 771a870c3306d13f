using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Approvals;

/// <summary>Records proposals and how they end, each in one transaction with its activity entry.</summary>
internal sealed class ProposalWriter(
    PortalDatabase database,
    ProposalQueries queries,
    CertificateList certificates,
    CertificateChangeNotifier notifier,
    DatabaseWriter writer,
    IOptions<CoreOptions> options,
    SteadyClock clock,
    TimeProvider time) : IChangeApprovals
{
    /// <summary>How many wait at once.</summary>
    internal const int MaxWaiting = 100;

    /// <inheritdoc/>
    public bool AreRequired => options.Value.FourEyes.Enabled;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <inheritdoc/>
    public async Task<ChangeOutcome> ProposeAsync(AllowedChange change, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var steps = new ChangeProgress(progress);
        try
        {
            steps.Checked(change.Plan.Additions.Count, change.Plan.Removals.Count);
            var outcome = await writer.WriteAsync(db => ProposeAsync(db, change, cancellationToken), cancellationToken)
                ?? await certificates.StaleAsync(change.Plan.Revision, cancellationToken);
            if (outcome is ChangeOutcome.Proposed)
            {
                steps.Proposed();
                notifier.NotifyChanged();
            }

            return outcome;
        }
        catch (DatabaseException e)
        {
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }
    }

    /// <summary>Ends a proposal without making its change.</summary>
    public async Task<ChangeOutcome> EndAsync(long id, ProposalState state, string action, Actor actor, string? reason, CancellationToken cancellationToken)
    {
        var outcome = await writer.WriteAsync<ChangeOutcome>(
            async db =>
            {
                var row = await db.ProposedChanges.SingleOrDefaultAsync(p => p.Id == id, cancellationToken);
                if (ProposalRules.Refusal(row, state, actor, Now) is { } refused)
                    return new(refused);
                row!.Decide(state, actor, reason, Now);
                return new(new ChangeOutcome.Decided(queries.SummaryOf(row!)), DraftOf(row!, action, actor, reason));
            },
            cancellationToken);
        if (outcome is ChangeOutcome.Decided)
            notifier.NotifyChanged();
        return outcome;
    }

    /// <summary>Records that somebody tried to approve what they may not.</summary>
    public Task RecordRefusalAsync(ProposedChange proposal, Actor actor, string why) =>
        writer.RecordAsync(DraftOf(proposal, ActivityActions.ApprovalRefused, actor, why));

    /// <inheritdoc/>
    public async Task<bool> MaintainAsync(CancellationToken cancellationToken)
    {
        var (now, ids, hasOld) = await database.RunAsync(
            async db =>
            {
                var now = await clock.CertainAsync(db, cancellationToken);
                return (now,
                    await Over(db, now).OrderBy(p => p.Id).Select(p => p.Id).ToListAsync(cancellationToken),
                    await Old(db, now).AnyAsync(cancellationToken));
            },
            cancellationToken);
        if (hasOld)
            await writer.NoteAsync(db => Old(db, now).ExecuteDeleteAsync(cancellationToken), cancellationToken);

        // Each by itself: many entries that are committed together would be behind the head that is kept beside the database.
        foreach (var id in ids)
            await ExpireAsync(id, now, cancellationToken);
        return hasOld || ids.Count > 0;
    }

    private static IQueryable<ProposedChange> Old(PortalDb db, DateTime now)
    {
        var forgotten = now - ProposalQueries.Kept;
        return db.ProposedChanges.Where(p => p.DecidedAt < forgotten);
    }

    private static IQueryable<ProposedChange> Over(PortalDb db, DateTime now) =>
        db.ProposedChanges.Where(p => p.State == ProposalState.Waiting && p.ExpiresAt <= now);

    private Task<bool> ExpireAsync(long id, DateTime now, CancellationToken cancellationToken) => writer.WriteAsync<bool>(
        async db =>
        {
            if (await Over(db, now).SingleOrDefaultAsync(p => p.Id == id, cancellationToken) is not { } row)
                return new(false); // Another process has ended it.
            row.Decide(ProposalState.Expired, Actor.Portal, null, row.ExpiresAt);
            row.DecidedBy = null;
            return new(true, DraftOf(row, ActivityActions.ProposalExpired, Actor.Portal, null));
        },
        cancellationToken);

    private async Task<Written<ChangeOutcome?>> ProposeAsync(PortalDb db, AllowedChange change, CancellationToken cancellationToken)
    {
        var (plan, actor, reason, _, _) = change;
        if (await CertificateList.RevisionAsync(db, cancellationToken) != plan.Revision)
            return new(null);

        var now = Now;
        var kind = plan.Kind.ToString();
        var content = ProposalContent.Of(plan);
        var waiting = await ProposalQueries.Waiting(db, now).AsNoTracking().ToListAsync(cancellationToken);
        if (waiting.Find(p => p.Kind == kind && ProposalContent.Of(p).IsSameAs(content)) is { } same)
            return new(
                new ChangeOutcome.Refused($"The same change waits for approval already: {DisplayText.Shorten(same.By)} proposed it.", "See it under Approvals.")
                {
                    Code = RefusalCode.AlreadyProposed,
                });
        if (waiting.Count >= MaxWaiting)
            return new(
                new ChangeOutcome.Refused($"{MaxWaiting} changes wait for approval already, and no more are kept.", "Decide on some of them first.")
                {
                    Code = RefusalCode.TooManyProposals,
                });

        var row = new ProposedChange
        {
            Kind = kind,
            Content = content.ToJson(),
            By = actor.Name,
            Person = actor.Person ?? "",
            At = now,
            ExpiresAt = now + options.Value.FourEyes.Lifetime,
            Reason = reason,
        };
        db.Add(row);

        // Its number goes into the activity entry.
        await db.SaveChangesAsync(cancellationToken);
        return new(
            new ChangeOutcome.Proposed(queries.SummaryOf(row)),
            new ActivityDraft(
                actor.Name,
                actor.Role.ToString(),
                actor.Source,
                ActivityActions.Propose,
                reason,
                null,
                null,
                new
                {
                    Proposal = row.Id,
                    row.Kind,
                    row.ExpiresAt,
                    Change = ChangeDetails.Of(plan),
                }));
    }

    private static ActivityDraft DraftOf(ProposedChange proposal, string action, Actor actor, string? reason) => new(
        actor.Name,
        actor.Role.ToString(),
        actor.Source,
        action,
        reason,
        null,
        null,
        new { Proposal = proposal.Id, proposal.Kind, ProposedBy = proposal.By, ProposedAt = proposal.At, ProposalContent.Of(proposal).Changes });
}
