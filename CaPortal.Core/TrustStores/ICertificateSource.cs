using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// Where the certificates of a <see cref="DesiredState"/> are loaded from: the database of this machine's portal, or a portal
/// on another machine.
/// </summary>
public interface ICertificateSource
{
    /// <summary>Loads certificates that must be written. Called only with what is missing in a trust store.</summary>
    /// <param name="keys">The certificates.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Those that it has, each once.</returns>
    Task<IReadOnlyList<TrustedCertificate>> LoadAsync(IReadOnlyCollection<CaCertificateKey> keys, CancellationToken cancellationToken);
}
