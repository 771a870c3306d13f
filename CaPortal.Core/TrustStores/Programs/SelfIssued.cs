using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// Which certificates a program can be asked to trust by themselves: roots. Of the others, whatever they are stored as,
/// it can be told only whether a program finds them, because their chain ends elsewhere.
/// </summary>
internal static class SelfIssued
{
    /// <summary>Whether it stands among the roots and names itself as its issuer.</summary>
    public static bool IsAnchor(TrustedCertificate certificate)
    {
        if (!LoadableCertificates.Contains(certificate.Key.Sha256, certificate.Der.Span))
            return false;
        using var loaded = X509CertificateLoader.LoadCertificate(certificate.Der.Span);
        return IsAnchor(certificate.Key.Store, loaded);
    }

    /// <summary>Whether it stands among the roots and names itself as its issuer.</summary>
    public static bool IsAnchor(CaStore store, X509Certificate2 certificate) =>
        store == CaStore.Root && certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
