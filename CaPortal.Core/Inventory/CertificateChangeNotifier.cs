using CaPortal.Core.Data;

namespace CaPortal.Core.Inventory;

/// <summary>Says that the list, what waits to change it, or the state of a trust store may have changed.</summary>
internal sealed class CertificateChangeNotifier
{
    public CertificateChangeNotifier(PortalDatabase database, PeerChanges peers)
    {
        database.LossChanged += NotifyChanged;
        peers.On(
            NotifyChanged,
            typeof(ServiceInstance),
            typeof(ManagedCertificate),
            typeof(CaBlob),
            typeof(ProposedChange),
            typeof(Snapshot),
            typeof(NodeStatus),
            typeof(NodeMissing));
    }

    /// <summary>See <see cref="CertificateList.Changed"/>.</summary>
    public event Action? Changed;

    /// <summary>Raised after the trust stores were compared with the list, also where nothing has changed. Handlers return at once and never throw.</summary>
    public event Action? Verified;

    public void NotifyChanged() => Changed?.Invoke();

    public void NotifyVerified() => Verified?.Invoke();
}
