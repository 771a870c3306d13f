using CaPortal.Core.Data;

namespace CaPortal.Core.BackEnds;

/// <summary>Says that the list of back-ends or a verdict has changed.</summary>
internal sealed class BackEndChangeNotifier
{
    public BackEndChangeNotifier(PeerChanges peers) => peers.On(NotifyChanged, typeof(BackEnd), typeof(BackEndChainLink), typeof(PresentedBlob));

    /// <summary>Raised after a change. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    public void NotifyChanged() => Changed?.Invoke();
}
