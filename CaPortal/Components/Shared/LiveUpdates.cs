using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;

namespace CaPortal.Components.Shared;

/// <summary>Keeps components up to date with the list of CA certificates, and with more where they ask for it.</summary>
/// <param name="certificates">The list.</param>
/// <param name="machine">The trust stores of this machine.</param>
/// <param name="backEnds">The back-ends.</param>
/// <param name="activities">The activity log.</param>
/// <param name="time">Measures the time between two loads.</param>
public sealed class LiveUpdates(
    CertificateList certificates, MachineTrust machine, BackEndService backEnds, ActivityService activities, TimeProvider time)
{
    /// <summary>Creates the view of one component, which disposes of it when it is closed.</summary>
    /// <param name="load">Loads what the component shows.</param>
    /// <param name="render">The component's <c>StateHasChanged</c>.</param>
    /// <param name="dispatch">The component's <c>InvokeAsync</c>.</param>
    /// <param name="fail">The component's <c>DispatchExceptionAsync</c>.</param>
    /// <param name="topics">What it shows besides the list.</param>
    public LiveView For(
        Func<CancellationToken, Task> load,
        Action render,
        Func<Func<Task>, Task> dispatch,
        Func<Exception, Task> fail,
        LiveTopics topics = LiveTopics.None)
    {
        var view = new LiveView(load, render, dispatch, fail, time).Watch(h => certificates.Changed += h, h => certificates.Changed -= h);
        if (topics.HasFlag(LiveTopics.Verification))
            view.Watch(h => machine.Verified += h, h => machine.Verified -= h);
        if (topics.HasFlag(LiveTopics.BackEnds))
            view.Watch(h => backEnds.Changed += h, h => backEnds.Changed -= h);
        if (topics.HasFlag(LiveTopics.Activity))
            view.Watch(h => activities.Changed += h, h => activities.Changed -= h);
        return view;
    }
}

/// <summary>What a component shows besides the list of CA certificates.</summary>
[Flags]
public enum LiveTopics
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary>When the trust stores were last verified.</summary>
    Verification = 1,

    /// <summary>The back-ends and their verdicts.</summary>
    BackEnds = 2,

    /// <summary>The activity log.</summary>
    Activity = 4,
}
