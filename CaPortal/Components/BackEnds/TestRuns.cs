using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;

namespace CaPortal.Components.BackEnds;

/// <summary>The tests that a page has asked for, while they run. Several that run at once count together.</summary>
/// <param name="backEnds">Tests them.</param>
public sealed class TestRuns(BackEndService backEnds) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Run> _running = [];
    private CancellationTokenSource _cancel = new();

    /// <summary>Raised, from any thread, whenever something here has changed.</summary>
    public event Action? Changed;

    /// <summary>Tests are running.</summary>
    public bool IsRunning => _running.Count > 0;

    /// <summary>A back-end is being tested, or waits for its turn.</summary>
    public bool IsPending(long id)
    {
        lock (_gate)
            return _running.Any(r => r.Pending.Contains(id));
    }

    /// <summary>They are being cancelled.</summary>
    public bool IsCancelling => _cancel.IsCancellationRequested;

    /// <summary>How many have ended, of how many.</summary>
    public (int Done, int Total) Progress
    {
        get
        {
            lock (_gate)
                return (_running.Sum(r => r.Done), _running.Sum(r => r.Total));
        }
    }

    /// <summary>Tests back-ends. It goes on when the page is left.</summary>
    /// <exception cref="Core.Data.DatabaseException">The database cannot be used now.</exception>
    public async Task<TestResult> RunAsync(IReadOnlyCollection<long> ids, Actor actor)
    {
        var run = new Run(this, ids);
        lock (_gate)
            _running.Add(run);
        Changed?.Invoke();
        try
        {
            var token = _cancel.Token;
            var outcome = await Task.Run(() => backEnds.TestAsync(ids, actor, run, token), CancellationToken.None);
            return run.ToResult(outcome, token.IsCancellationRequested);
        }
        catch (OperationCanceledException) when (IsCancelling)
        {
            return run.ToResult(null, isCancelled: true);
        }
        finally
        {
            End(run);
        }
    }

    /// <summary>Leaves out what has not been tested yet.</summary>
    public void Cancel()
    {
        _cancel.Cancel();
        Changed?.Invoke();
    }

    public void Dispose()
    {
        // Tests that still run hold the token and end by themselves.
        if (!IsRunning)
            _cancel.Dispose();
    }

    private void End(Run run)
    {
        lock (_gate)
        {
            _running.Remove(run);
            if (_running.Count == 0 && _cancel.IsCancellationRequested)
            {
                _cancel.Dispose();
                _cancel = new CancellationTokenSource();
            }
        }

        Changed?.Invoke();
    }

    private sealed class Run(TestRuns owner, IReadOnlyCollection<long> ids) : IProgress<BackEndTested>
    {
        private readonly List<BackEndTested> _tested = [];

        public HashSet<long> Pending { get; } = [.. ids];

        public int Done { get; private set; }

        public int Total { get; private set; } = ids.Count;

        public void Report(BackEndTested value)
        {
            lock (owner._gate)
            {
                _tested.Add(value);
                Pending.Remove(value.BackEnd.Id);
                (Done, Total) = (Math.Max(Done, value.Done), value.Total);
            }

            owner.Changed?.Invoke();
        }

        public TestResult ToResult(BackEndOutcome? outcome, bool isCancelled)
        {
            lock (owner._gate)
                return new TestResult(outcome, [.. _tested], Total, isCancelled);
        }
    }
}

/// <summary>The results of testing back-ends.</summary>
/// <param name="Outcome">What the service says; null where it was cancelled.</param>
/// <param name="Tested">The tests that have ended.</param>
/// <param name="Total">How many were asked for.</param>
/// <param name="IsCancelled">The others were left out.</param>
public sealed record TestResult(BackEndOutcome? Outcome, IReadOnlyList<BackEndTested> Tested, int Total, bool IsCancelled)
{
    /// <summary>How many are trusted.</summary>
    public int Trusted => Tested.Count(t => t.BackEnd.Verdict is { } verdict && VerdictText.For(verdict).Level == VerdictLevel.Trusted);

    /// <summary>What to say of it, where it was done.</summary>
    public string Summary
    {
        get
        {
            if (Tested.Count == 0)
                return IsCancelled ? "No back-end was tested." : "There was nothing to test.";
            var number = IsCancelled ? $"{Tested.Count:N0} of {Total:N0}" : $"{Tested.Count:N0}";
            if (Tested is [var one] && !IsCancelled)
                return $"{Core.Certificates.DisplayText.Shorten(one.BackEnd.Name, 60)}: {VerdictText.For(one.BackEnd.Verdict).Word}.";
            return $"{number} tested: {Counted.Of(Trusted, "is", "are")} trusted, {Counted.Of(Tested.Count - Trusted, "is", "are")} not.";
        }
    }
}
