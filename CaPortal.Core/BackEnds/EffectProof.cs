using System.Diagnostics;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>What came out of a change for one back-end, beside what was foreseen.</summary>
/// <param name="BackEnd">What its test found.</param>
/// <param name="Foreseen">What was foreseen.</param>
internal sealed record ProvedEffect(BackEndSummary BackEnd, TrustVerdict Foreseen)
{
    /// <summary>It is as it was foreseen.</summary>
    public bool IsAsForeseen => BackEnd.Verdict == Foreseen;

    private const int MaxNamed = 5;

    /// <summary>All of them in a sentence, and those that differ by name.</summary>
    public static string Describe(IReadOnlyList<ProvedEffect> proved)
    {
        var others = proved.Where(p => !p.IsAsForeseen).ToList();
        var count = $"{proved.Count - others.Count} of {proved.Count} as foreseen";
        if (others.Count == 0)
            return count;
        var named = others.Take(MaxNamed).Select(p => p.Difference);
        return string.Join(' ', [$"{count}.", .. named, .. others.Count > MaxNamed ? [$"And {others.Count - MaxNamed} more."] : (string[])[]]);
    }

    private string Difference
    {
        get
        {
            var name = DisplayText.Shorten(BackEnd.Name);
            return (Foreseen.IsTrusted, BackEnd.Verdict?.IsTrusted ?? false) switch
            {
                (true, false) => $"{name} was foreseen to be trusted and is not: {BackEnd.Message}",
                (false, true) => $"{name} was foreseen not to be trusted, and it is.",
                _ => $"{name} is otherwise than foreseen: {BackEnd.Message}",
            };
        }
    }
}

/// <summary>Tests the back-ends that a change affects, at once and behind it, and compares what comes out with what was foreseen.</summary>
internal sealed class EffectProof(DatabaseWriter writer, BackEndTester tester)
{
    /// <summary>Tests the back-ends, reports the step and records the results.</summary>
    /// <exception cref="DatabaseException">It cannot be recorded.</exception>
    public async Task RunAsync(Actor actor, ChangeProgress steps, long revision, IReadOnlyList<BackEndEffect> foreseen, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        steps.TestingBackEnds();
        var verdicts = foreseen.ToDictionary(e => e.Id, e => e.After.Verdict);
        var tests = await tester.RunAsync(verdicts.Keys, new TestRecord(actor, TestLogging.None), null, cancellationToken);
        var proved = tests.Select(t => new ProvedEffect(t.BackEnd, verdicts[t.BackEnd.Id])).ToList();
        var duration = Stopwatch.GetElapsedTime(started);
        if (proved.Count == 0)
        {
            steps.TestedBackEnds(ChangeStepState.Skipped, "They have been deleted meanwhile", duration);
            return;
        }

        steps.TestedBackEnds(proved.All(p => p.IsAsForeseen) ? ChangeStepState.Done : ChangeStepState.Failed, ProvedEffect.Describe(proved), duration);
        var details = proved.Select(p => new
        {
            p.BackEnd.Id,
            p.BackEnd.Name,
            Address = p.BackEnd.Address.ToString(),
            p.Foreseen,
            Found = p.BackEnd.Verdict,
            p.IsAsForeseen,
        });
        await writer.RecordAsync(BackEndRows.Draft(actor, ActivityActions.TestBackEnds, details, revision));
    }
}
