using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Management.Proposals;

/// <summary>Records proposals and how they end, each in one transaction with its activity entry.</summary>
internal sealed class ProposalWriter(
    PortalDatabase database,
    ProposalQueries queries,
    CertificateQueries certificates,
    ChangeMaker changes,
    ActivityLog activity,
    IOptions<CoreOptions> options,
    SteadyClock clock,
    TimeProvider time)
{
    /// <summary>How many wait at once.</summary>
    internal const int MostWaiting = 100;

    /// <summary>A change of the list needs a second administrator.</summary>
    public bool AreRequired => options.Value.FourEyes.Enabled;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Keeps a change, which may be made, until another administrator approves it.</summary>
    public async Task<ChangeOutcome> ProposeAsync(AllowedChange change, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var steps = new ChangeProgress(progress);
        try
        {
            steps.Checked(change.Plan);
            var outcome = await database.RunAsync(db => ProposeAsync(db, change, cancellationToken), cancellationToken)
                ?? await certificates.StaleAsync(change.Plan.Revision, cancellationToken);
            if (outcome is ChangeOutcome.Proposed)
            {
                steps.Proposed();
                changes.Tell();
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
        var outcome = await database.RunAsync(
            async db =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                var row = await db.ProposedChanges.SingleOrDefaultAsync(p => p.Id == id, cancellationToken);
                if (ProposalRules.Refusal(row, state, actor, Now) is { } refused)
                    return refused;
                row!.Decide(state, actor, reason, Now);
                var head = await activity.AppendAsync(db, DraftOf(row!, action, actor, reason), cancellationToken);
                await db.SaveChangesAsync(CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
                activity.Anchor(head);
                return (ChangeOutcome)new ChangeOutcome.Decided(queries.SummaryOf(row!));
            },
            cancellationToken);
        if (outcome is ChangeOutcome.Decided)
            changes.Tell();
        return outcome;
    }

    /// <summary>Records that somebody tried to approve what they may not.</summary>
    public Task RecordRefusalAsync(ProposedChange proposal, Actor actor, string why) =>
        database.RunAsync(db => activity.RecordAsync(db, DraftOf(proposal, "ApprovalRefused", actor, why)), CancellationToken.None);

    /// <summary>Ends those whose time is over, and forgets those that were decided long ago: the activity log tells of them.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="DatabaseException">The database cannot be used now.</exception>
    public Task<bool> MaintainAsync(CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var now = await clock.CertainAsync(db, cancellationToken);
            var forgotten = now - ProposalQueries.Kept;
            var old = db.ProposedChanges.Where(p => p.DecidedAt < forgotten);
            var over = db.ProposedChanges.Where(p => p.State == ProposalState.Waiting && p.ExpiresAt <= now);
            if (!await old.AnyAsync(cancellationToken) && !await over.AnyAsync(cancellationToken))
                return false;

            await old.ExecuteDeleteAsync(cancellationToken);

            // Each by itself: many entries that are committed together would be behind the head that is kept beside the database.
            foreach (var id in await over.OrderBy(p => p.Id).Select(p => p.Id).ToListAsync(cancellationToken))
                await ExpireAsync(db, over.Where(p => p.Id == id), cancellationToken);
            return true;
        },
        cancellationToken);

    private async Task ExpireAsync(PortalDb db, IQueryable<ProposedChange> over, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await over.SingleOrDefaultAsync(cancellationToken) is not { } row)
            return; // Another process has ended it.
        row.Decide(ProposalState.Expired, Actor.Portal, null, row.ExpiresAt);
        row.DecidedBy = null;
        var head = await activity.AppendAsync(db, DraftOf(row, "ProposalExpired", Actor.Portal, null), cancellationToken);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        activity.Anchor(head);
    }

    private async Task<ChangeOutcome?> ProposeAsync(PortalDb db, AllowedChange change, CancellationToken cancellationToken)
    {
        var (plan, actor, reason, _, _) = change;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await CertificateQueries.RevisionAsync(db, cancellationToken) != plan.Revision)
            return null;

        var now = Now;
        var kind = plan.Kind.ToString();
        var content = ProposalContent.Of(plan);
        var waiting = await ProposalQueries.Waiting(db, now).AsNoTracking().ToListAsync(cancellationToken);
        if (waiting.Find(p => p.Kind == kind && ProposalContent.Of(p).IsSameAs(content)) is { } same)
            return new ChangeOutcome.Refused($"The same change waits for approval already: {DisplayText.Shorten(same.By)} proposed it.", "See it under Approvals.") { Code = RefusalCode.AlreadyProposed };
        if (waiting.Count >= MostWaiting)
            return new ChangeOutcome.Refused($"{MostWaiting} changes wait for approval already, and no more are kept.", "Decide on some of them first.") { Code = RefusalCode.TooManyProposals };

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
        var head = await activity.AppendAsync(
            db,
            new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, "Propose", reason, null, null, new { Proposal = row.Id, row.Kind, row.ExpiresAt, Change = ChangeDetails.Of(plan) }),
            cancellationToken);
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        activity.Anchor(head);
        return new ChangeOutcome.Proposed(queries.SummaryOf(row));
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
