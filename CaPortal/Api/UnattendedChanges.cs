using CaPortal.Core.Changes;

namespace CaPortal.Api;

/// <summary>A change that was planned and, unless it was refused, applied.</summary>
/// <typeparam name="T">The plan and what belongs to it.</typeparam>
/// <param name="Plan">The plan.</param>
/// <param name="Outcome">What came of it; null if it was not applied.</param>
internal sealed record Attempt<T>(T Plan, ChangeOutcome? Outcome)
{
    /// <summary>Somebody else changed the list between planning and applying.</summary>
    public bool IsStale => Outcome is ChangeOutcome.Stale;
}

/// <summary>
/// Makes changes whose plan nobody has looked at: if another change came first, it is planned again. Changes that must try
/// again do so one after the other, so that they do not get in each other's way.
/// </summary>
internal sealed class UnattendedChanges : IDisposable
{
    private const int MaxRepeats = 5;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    /// <summary>Plans and applies. The last attempt is stale where others changed the list each time.</summary>
    /// <param name="attemptAsync">Plans and applies. Its argument says whether it will be called again if the plan is
    /// stale.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<Attempt<T>> RunAsync<T>(Func<bool, Task<Attempt<T>>> attemptAsync, CancellationToken cancellationToken)
    {
        var attempt = await attemptAsync(true);
        if (!attempt.IsStale)
            return attempt;

        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            for (var left = MaxRepeats; attempt.IsStale && left > 0; left--)
                attempt = await attemptAsync(left > 1);
            return attempt;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();
}
