using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Changes;

/// <summary>Makes a change that may be made: records it, brings the trust stores to it and reads them back.</summary>
internal sealed class ChangeExecutor(
    ChangeWriter writer,
    TrustStoreSync sync,
    CertificateList queries,
    RemainingTrust remainingTrust,
    IBackEndImpact backEnds,
    FollowUps followUps,
    CertificateChangeNotifier notifier)
{
    /// <summary>Runs to its end once it is recorded.</summary>
    /// <param name="change">The change.</param>
    /// <param name="approval">The approval that is recorded together with it; null if it needs none.</param>
    /// <param name="progress">Receives each step as it begins and ends.</param>
    /// <param name="cancellationToken">Cancels what has not been recorded yet.</param>
    public async Task<ChangeOutcome> RunAsync(AllowedChange change, Approval? approval, IProgress<ChangeStep>? progress, CancellationToken cancellationToken)
    {
        var (plan, actor, reason, foreseen, foreseenAt) = change;
        var steps = new ChangeProgress(progress);
        long revision;
        try
        {
            steps.Checked(plan.Additions.Count, plan.Removals.Count);
            steps.Recording();
            if (await writer.WriteAsync(plan, actor, reason, approval, cancellationToken) is not { } written)
            {
                steps.NotRecorded(approval is null ? "Somebody else changed the list meanwhile" : "Somebody else changed the list or decided meanwhile");
                return await queries.StaleAsync(plan.Revision, cancellationToken);
            }

            revision = written;
        }
        catch (DatabaseException e)
        {
            steps.NotRecorded(e.Message);
            return new ChangeOutcome.Unavailable(e.Message, e.Advice);
        }

        steps.Recorded(revision);
        await backEnds.SettleAsync(foreseen, foreseenAt);
        var outcome = new ChangeOutcome.Applied(revision, await ReconcileAsync(actor, steps))
        {
            Asked = plan.Asked,
            StillTrusted = plan.Kind is ChangeKind.Delete or ChangeKind.RemoveFound or ChangeKind.Undo
                ? await remainingTrust.FindAsync([.. plan.Removals.Select(r => (r.Key, r.Name))], CancellationToken.None)
                : [],
            BackEnds = foreseen,
        };
        steps.Verified(outcome.TrustStores, outcome.IsInstalled, outcome.StillTrusted.Count > 0);
        notifier.NotifyChanged();
        var removed = plan.Removals.Select(r => r.Key).ToList();
        return outcome with
        {
            FollowUps = followUps.Start(
                actor, steps, [.. plan.Additions.Select(a => a.Key)], removed, revision,
                foreseen.Count == 0 ? null : stopping => backEnds.ProveAsync(actor, steps, revision, foreseen, stopping)),
        };
    }

    private async Task<IReadOnlyList<TrustStoreOutcome>> ReconcileAsync(Actor actor, ChangeProgress steps)
    {
        try
        {
            return (await sync.RunAsync(actor, steps, CancellationToken.None)).TrustStores;
        }
        catch (DatabaseException e)
        {
            // The change was made, so no answer may say that nothing was changed.
            return sync.Unfinished(e);
        }
    }
}
