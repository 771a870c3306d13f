using System.Diagnostics;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Management;

/// <summary>Tells the steps of a change in the words that the administrator reads.</summary>
internal sealed class ChangeProgress(IProgress<ChangeStep>? progress) : IProgress<ReconcileStep>
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _recording;

    public void Checked(ChangePlan plan) =>
        Report("check", "Checked", ChangeStepState.Done, plan.Removals.Count == 0 || plan.Additions.Count > 0 ? Certificates(plan.Additions.Count) : Certificates(plan.Removals.Count));

    public void Recording()
    {
        _recording = Stopwatch.GetTimestamp();
        Report("record", "Recorded", ChangeStepState.Running);
    }

    public void Recorded(long revision) =>
        Report("record", "Recorded", ChangeStepState.Done, $"Revision {revision}", Stopwatch.GetElapsedTime(_recording));

    public void NotRecorded(string why) =>
        Report("record", "Recorded", ChangeStepState.Failed, why, Stopwatch.GetElapsedTime(_recording));

    public void Verified(ChangeOutcome.Applied outcome)
    {
        var good = outcome.TrustStores.Count(t => t.Result == TrustStoreResult.Installed);
        var used = outcome.TrustStores.Count(t => t.Result != TrustStoreResult.Disabled);
        Report(
            "verify",
            "Verified by reading back",
            outcome.IsInstalled ? ChangeStepState.Done : ChangeStepState.Failed,
            used == 0 ? "No trust store can be used on this machine" : $"{good} of {used} trust stores hold what they should",
            Stopwatch.GetElapsedTime(_start));
    }

    public void Following(ITrustStore store) => Report($"follow-up:{store.Name}", store.FollowUpTitle!, ChangeStepState.Running);

    public void Followed(ITrustStore store, TrustStoreFollowUp? done, TimeSpan duration) => Report(
        $"follow-up:{store.Name}",
        store.FollowUpTitle!,
        done is null ? ChangeStepState.Skipped : done.Warning is null ? ChangeStepState.Done : ChangeStepState.Failed,
        done is null ? "Nothing to do" : done.Warning ?? done.Detail,
        duration);

    void IProgress<ReconcileStep>.Report(ReconcileStep value)
    {
        var id = $"store:{value.TrustStore}";
        if (value.Outcome is not { } outcome)
            Report(id, value.TrustStore, ChangeStepState.Running);
        else if (outcome.Result == TrustStoreResult.Disabled)
            Report(id, value.TrustStore, ChangeStepState.Skipped, outcome.Error);
        else
            Report(id, value.TrustStore, outcome.Result == TrustStoreResult.Installed ? ChangeStepState.Done : ChangeStepState.Failed, DetailOf(outcome), outcome.Duration);
    }

    private static string DetailOf(TrustStoreOutcome outcome)
    {
        if (outcome.Result != TrustStoreResult.Installed)
            return $"{outcome.Error} {outcome.Advice}".Trim();
        string?[] parts =
        [
            outcome.Added.Count > 0 ? $"{Certificates(outcome.Added.Count)} added" : null,
            outcome.Removed.Count > 0 ? $"{Certificates(outcome.Removed.Count)} removed" : null,
            outcome.LeftOut.Count > 0 ? $"{Certificates(outcome.LeftOut.Count)} left out, because other programs could not read the file any more" : null,
        ];
        var text = string.Join(", ", parts.Where(p => p is not null));
        return text.Length > 0 ? text : "Nothing to change";
    }

    private static string Certificates(int count) => count == 1 ? "1 certificate" : $"{count} certificates";

    private void Report(string id, string title, ChangeStepState state, string? detail = null, TimeSpan? duration = null) =>
        progress?.Report(new ChangeStep(id, title, state, detail, duration));
}
