using CaPortal.Core.Access;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Probing;

namespace CaPortal.Core.Changes;

/// <summary>A change that may be made as it is planned. <see cref="ChangeRules"/> alone makes one; nothing else can be recorded or proposed.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Actor">Who makes it, or approves it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Foreseen">What it does to the back-ends: only what changes.</param>
/// <param name="ForeseenAt">When that was foreseen.</param>
internal sealed record AllowedChange(ChangePlan Plan, Actor Actor, string? Reason, IReadOnlyList<BackEndEffect> Foreseen, DateTimeOffset ForeseenAt);

/// <summary>
/// Whether a change may be made: the one place that knows. Each kind of change passes it, also one that is proposed, and again
/// when it is approved. It looks at what the plan adds and does, never at how it came about.
/// </summary>
internal sealed class ChangeRules(IBackEndImpact backEnds, IChangeApprovals approvals, CertificateList queries, TimeProvider time)
{
    private const int MaxNamed = 5;

    private static readonly ChangeOutcome.Refused NoReason =
        new("An error is to be accepted without a reason.", "Give a reason; it goes into the activity log.") { Code = RefusalCode.ReasonRequired };

    private static readonly ChangeOutcome.Refused NoPerson = new(
        "Changes need a second administrator, and no person is accountable for what is proposed with this key or token.",
        "Sign in to the portal in person, or use an API key that a person made while signed in.")
    { Code = RefusalCode.PersonRequired };

    /// <summary>Judges a change.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actor">Who makes it, or approves it.</param>
    /// <param name="reason">Why; required where the plan overrides an Error.</param>
    /// <param name="isApproval">Another person has proposed it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The change, or the outcome in its place.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<(AllowedChange? Change, ChangeOutcome? Instead)> JudgeAsync(
        ChangePlan plan, Actor actor, string? reason, bool isApproval, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return (null, ChangeOutcome.Forbidden.Instance);
        if (RefusalOf(plan, reason) is { } refused)
            return (null, refused);
        if (plan.IsEmpty)
            return (null, new ChangeOutcome.Unchanged(plan.Revision));
        if (!isApproval && approvals.AreRequired && actor.Person is null)
            return (null, NoPerson);

        var now = time.GetUtcNow();
        var foreseen = await backEnds.ForeseeAsync(plan, cancellationToken);
        var stopping = plan.IsForced ? [] : foreseen.Where(e => e.Kind == BackEndEffectKind.StopsBeingTrusted).ToList();
        if (stopping.Count == 0)
            return (new AllowedChange(plan, actor, reason, foreseen, now), null);

        // Of a plan for an earlier list, the effect on this one says nothing.
        var stale = await queries.StaleAsync(plan.Revision, cancellationToken);
        return (null, stale.Changes.Count > 0 ? stale : Guard(stopping));
    }

    private static ChangeOutcome.Refused? RefusalOf(ChangePlan plan, string? reason)
    {
        if (plan.RefusedRemovals is [var removal, ..])
            return new ChangeOutcome.Refused(removal.Reason, "Leave that certificate out.") { Code = RefusalCode.CannotBeRemoved };
        if (plan.HasOpenErrors)
            return new ChangeOutcome.Refused(WhyNot(plan), "Leave that certificate out, or accept the error with a reason where that is possible.")
            {
                Code = RefusalCode.CertificatesRefused,
            };
        return plan.NeedsReason && reason is null ? NoReason : null;
    }

    private static string WhyNot(ChangePlan plan)
    {
        var errors = plan
            .Items.Where(i => i.Result == ItemResult.Refused)
            .Select(i => (i.Item.Facts!.Name, Errors: i.Findings.Where(f => f.Severity == FindingSeverity.Error)))
            .Concat(plan.Additions.Select(a => (a.Facts.Name, Errors: a.OpenErrors)))
            .SelectMany(c => c.Errors.Take(1), (c, error) => $"{DisplayText.Shorten(c.Name)}: {error.Message}");
        return string.Join(' ', errors.Take(MaxNamed).Prepend("A certificate has an error that was not accepted."));
    }

    private static ChangeOutcome.Refused Guard(List<BackEndEffect> stopping)
    {
        var names = stopping.Take(MaxNamed).Select(e => $"{DisplayText.Shorten(e.Name)} ({e.Address})");
        var rest = stopping.Count > MaxNamed ? $" and {stopping.Count - MaxNamed} more" : "";
        return new ChangeOutcome.Refused(
            $"Back-ends would not be trusted any more: {string.Join(", ", names)}{rest}.",
            "Look at the effect again, and confirm it if it is wanted.")
        {
            Code = RefusalCode.BackEndsDependOnIt,
            Stopping = stopping,
        };
    }
}
