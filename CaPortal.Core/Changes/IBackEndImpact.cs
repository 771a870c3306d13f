using CaPortal.Core.Access;
using CaPortal.Core.Data;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;

namespace CaPortal.Core.Changes;

/// <summary>What a change of the list does to back-ends.</summary>
internal interface IBackEndImpact
{
    /// <summary>Before it is made: only what changes, what stops being trusted first.</summary>
    /// <exception cref="DatabaseException" />
    Task<IReadOnlyList<BackEndEffect>> ForeseeAsync(ChangePlan plan, CancellationToken cancellationToken);

    /// <summary>Once it is made: brings the verdicts to what is trusted now. Never fails.</summary>
    /// <param name="affected">What was foreseen.</param>
    /// <param name="since">When that was foreseen.</param>
    Task SettleAsync(IReadOnlyList<BackEndEffect> affected, DateTimeOffset since);

    /// <summary>
    /// Runs behind the change: tests the back-ends, reports the step, and records the results beside what was foreseen.
    /// </summary>
    /// <exception cref="DatabaseException">It cannot be recorded.</exception>
    Task ProveAsync(Actor actor, ChangeProgress steps, long revision, IReadOnlyList<BackEndEffect> foreseen, CancellationToken cancellationToken);
}
