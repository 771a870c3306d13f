using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;

namespace CaPortal.Components.Changes;

/// <summary>One change while it is made: its steps as they happen, and then its outcome.</summary>
public sealed class ChangeRun : IProgress<ChangeStep>
{
    private readonly Lock _gate = new();
    private readonly Func<Task> _render;
    private List<ChangeStep> _steps = [];

    /// <param name="kind">What kind of change it is; null where the list stays as it is.</param>
    /// <param name="render">Shows the newest state; called from any thread.</param>
    public ChangeRun(ChangeKind? kind, Func<Task> render) => (Kind, _render) = (kind, render);

    public ChangeKind? Kind { get; }

    /// <summary>The steps so far, each in its last state.</summary>
    public IReadOnlyCollection<ChangeStep> Steps
    {
        get
        {
            lock (_gate)
                return [.. _steps];
        }
    }

    /// <summary>The outcome; null while it runs.</summary>
    public ChangeOutcome? Outcome { get; private set; }

    /// <summary>Applies the plan. It runs to its end even when the page is closed.</summary>
    public Task RunAsync(CertificateChanges changes, ChangePlan plan, Actor actor, string? reason) =>
        RunAsync(progress => changes.ApplyAsync(plan, actor, reason, progress, CancellationToken.None));

    /// <summary>Does other work that reports its steps. It runs to its end even when the page is closed.</summary>
    public async Task RunAsync(Func<IProgress<ChangeStep>, Task<ChangeOutcome>> work)
    {
        Outcome = await Task.Run(() => work(this));
        await _render();
    }

    void IProgress<ChangeStep>.Report(ChangeStep value)
    {
        lock (_gate)
            _steps = _steps.Any(s => s.Id == value.Id) ? [.. _steps.Select(s => s.Id == value.Id ? value : s)] : [.. _steps, value];
        _ = _render();
    }
}
