namespace CaPortal.Core.BackEnds;

/// <summary>Says that the list of back-ends or a verdict has changed.</summary>
internal sealed class BackEndChangeNotifier
{
    /// <summary>Raised after a change. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    public void NotifyChanged() => Changed?.Invoke();
}
