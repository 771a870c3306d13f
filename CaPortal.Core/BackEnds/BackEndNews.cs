namespace CaPortal.Core.BackEnds;

/// <summary>Tells that the list of back-ends or a verdict has changed, to whoever wants to know and by whoever changed it.</summary>
internal sealed class BackEndNews
{
    /// <summary>Raised after a change. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    public void Tell() => Changed?.Invoke();
}
