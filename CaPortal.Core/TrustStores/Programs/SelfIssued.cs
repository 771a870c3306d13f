using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// Which certificates a program can be asked to trust by themselves: roots. The other certificates, in any store, end their
/// chain at another certificate. So a program can only be asked whether it finds them.
/// </summary>
internal static class SelfIssued
{
    /// <summary>Whether it is among the roots and names itself as its issuer.</summary>
    public static bool IsAnchor(TrustedCertificate certificate)
    {
        if (!LoadableCertificates.Contains(certificate.Key.Sha256, certificate.Der.Span))
            return false;
        using var loaded = X509CertificateLoader.LoadCertificate(certificate.Der.Span);
        return IsAnchor(certificate.Key.Store, loaded);
    }

    /// <summary>Whether it is among the roots and names itself as its issuer.</summary>
    public static bool IsAnchor(CaStore store, X509Certificate2 certificate) =>
        store == CaStore.Root && certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
