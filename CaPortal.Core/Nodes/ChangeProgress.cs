using System.Diagnostics;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;

namespace CaPortal.Core.Nodes;

/// <summary>Reports the steps of a change in the words that the administrator reads.</summary>
internal sealed class ChangeProgress(IProgress<ChangeStep>? progress) : IProgress<ReconcileStep>
{
    private const string AskedPrograms = "Asked programs in fresh processes";
    private const string BackEndsTitle = "Back-ends";

    private readonly long _start = Stopwatch.GetTimestamp();
    private long _recording;
    private string _agrees = "sees it in";
    private bool _isStillTrusted;

    /// <param name="added">How many certificates a change adds.</param>
    /// <param name="removed">How many it removes.</param>
    public void Checked(int added, int removed)
    {
        _agrees = (added, removed) switch
        {
            (0, 1) => "does not see it any more in",
            (0, _) => "does not see them any more in",
            (1, 0) => "sees it in",
            (_, 0) => "sees them in",
            _ => "sees the change in",
        };
        Report("check", "Checked", ChangeStepState.Done, Certificates(removed == 0 || added > 0 ? added : removed));
    }

    public void Proposed() => Report("propose", "Proposed", ChangeStepState.Done, "Waits for another administrator");

    public void Recording()
    {
        _recording = Stopwatch.GetTimestamp();
        Report("record", "Recorded", ChangeStepState.Running);
    }

    public void Recorded(long revision) =>
        Report("record", "Recorded", ChangeStepState.Done, $"Revision {revision}", Stopwatch.GetElapsedTime(_recording));

    public void NotRecorded(string why) =>
        Report("record", "Recorded", ChangeStepState.Failed, why, Stopwatch.GetElapsedTime(_recording));

    /// <param name="outcomes">The state of each trust store.</param>
    /// <param name="isInstalled">All that was asked for is as it should be.</param>
    /// <param name="isStillTrusted">Something that was removed stays trusted, from somewhere else.</param>
    public void Verified(IReadOnlyList<TrustStoreOutcome> outcomes, bool isInstalled, bool isStillTrusted)
    {
        _isStillTrusted = isStillTrusted;
        var good = outcomes.Count(t => t.Result == TrustStoreResult.Installed);
        var used = outcomes.Count(t => t.Result != TrustStoreResult.Absent);
        Report(
            "verify",
            "Verified by reading back",
            isInstalled ? ChangeStepState.Done : ChangeStepState.Failed,
            used == 0 ? "No trust store can be used on this machine"
            : good < used && isInstalled ? $"Right in all trust stores; {good} of {used} hold all else that they should"
            : $"{good} of {used} trust stores hold what they should",
            Stopwatch.GetElapsedTime(_start));
    }

    public void Following(ITrustStore store) => Report($"follow-up:{store.Name}", store.FollowUpTitle!, ChangeStepState.Running);

    public void Followed(ITrustStore store, TrustStoreFollowUp? done, TimeSpan duration) => Report(
        $"follow-up:{store.Name}",
        store.FollowUpTitle!,
        done is null ? ChangeStepState.Skipped : done.Warning is null ? ChangeStepState.Done : ChangeStepState.Failed,
        done is null ? "Nothing to do" : done.Warning ?? done.Detail,
        duration);

    public void Asking() => Report("proof", AskedPrograms, ChangeStepState.Running);

    /// <param name="verdicts">What they said.</param>
    /// <param name="trustStores">The trust stores.</param>
    /// <param name="changes">How many changes they were asked about together.</param>
    public void Answered(IReadOnlyList<ProgramVerdict> verdicts, TrustStoreSelection trustStores, int changes)
    {
        if (verdicts.Count == 0)
            Report("proof", AskedPrograms, ChangeStepState.Skipped, "There was nothing to ask about");
        else
            Report(
                "proof",
                AskedPrograms,
                StateOf(verdicts),
                string.Join(' ', verdicts.Select(TextOf)) + (changes > 1 ? $" Asked once for {changes} changes." : ""),
                verdicts.Max(v => v.Duration));

        string TextOf(ProgramVerdict verdict)
        {
            var title = trustStores.Enabled.FirstOrDefault(t => t.Name == verdict.TrustStore)?.Title ?? verdict.TrustStore;
            return verdict.Answer == ProgramAnswer.Agrees
                ? $"{verdict.Reader} {(changes > 1 ? "sees the changes in" : _agrees)} {title}."
                : $"{title}: {verdict.Detail}";
        }
    }

    public void TestingBackEnds() => Report("back-ends", BackEndsTitle, ChangeStepState.Running);

    public void TestedBackEnds(ChangeStepState state, string detail, TimeSpan duration) => Report("back-ends", BackEndsTitle, state, detail, duration);

    /// <summary>That a program trusts by another list what was taken out is no failure where it was known to be so.</summary>
    private ChangeStepState StateOf(IReadOnlyList<ProgramVerdict> verdicts) =>
        verdicts.Any(v => v.Answer is ProgramAnswer.Differs or ProgramAnswer.CannotOpen || (v.Answer == ProgramAnswer.TrustsElsewhere && !_isStillTrusted))
            ? ChangeStepState.Failed
        : verdicts.Any(v => v.Answer != ProgramAnswer.None) ? ChangeStepState.Done
        : ChangeStepState.Skipped;

    void IProgress<ReconcileStep>.Report(ReconcileStep value)
    {
        var id = $"store:{value.TrustStore}";
        if (value.Outcome is not { } outcome)
            Report(id, value.TrustStore, ChangeStepState.Running);
        else if (outcome.Result == TrustStoreResult.Absent)
            Report(id, value.TrustStore, ChangeStepState.Skipped, outcome.Error);
        else
            Report(
                id,
                value.TrustStore,
                outcome.Result == TrustStoreResult.Installed ? ChangeStepState.Done : ChangeStepState.Failed,
                DetailOf(outcome),
                outcome.Duration);
    }

    private static string DetailOf(TrustStoreOutcome outcome)
    {
        if (outcome.Result != TrustStoreResult.Installed)
            return $"{outcome.Error} {outcome.Advice} {outcome.RemovedFilesText}".Trim();
        string?[] parts =
        [
            outcome.Added.Count > 0 ? $"{Certificates(outcome.Added.Count)} added" : null,
            outcome.Removed.Count > 0 ? $"{Certificates(outcome.Removed.Count)} removed" : null,
            outcome.LeftOut.Count > 0
                ? $"{Certificates(outcome.LeftOut.Count)} left out: {(outcome.LeftOut.Count == 1 ? "it is" : "they are")} of no use to the programs that "
                    + "read this trust store, or would stop them"
                : null,
            outcome.IsWithoutOpenSsl ? "openssl gave no answer and is not asked for ten minutes, so that .NET's answer stands alone" : null,
        ];
        var text = string.Join(", ", parts.Where(p => p is not null));
        return text.Length == 0 ? "Nothing to change" : outcome.RemovedFilesText is { } files ? $"{text}. {files}" : text;
    }

    private static string Certificates(int count) => count == 1 ? "1 certificate" : $"{count} certificates";

    private void Report(string id, string title, ChangeStepState state, string? detail = null, TimeSpan? duration = null) =>
        progress?.Report(new ChangeStep(id, title, state, detail, duration));
}
