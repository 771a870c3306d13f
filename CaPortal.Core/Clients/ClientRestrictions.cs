using CaPortal.Core.Certificates;

namespace CaPortal.Core.Clients;

/// <summary>
/// The one table of what some clients refuse and others accept, and what a client that is not on this machine says of it. Each row
/// names its source: where the client is here, a test asks the client itself.
/// </summary>
public static class ClientRestrictions
{
    private static readonly RestrictionRow[] Rows = [.. KeyRestrictions.Rows, .. ExtensionRestrictions.Rows, .. ServerRestrictions.Rows];

    /// <summary>What is refused about a certificate. Never throws for its content: what cannot be read has no restriction here.</summary>
    /// <param name="facts">What was read from it.</param>
    /// <param name="der">Its DER encoding.</param>
    /// <param name="role">What it is in the chain.</param>
    public static IReadOnlyList<ClientRestriction> Of(CertificateFacts facts, ReadOnlyMemory<byte> der, CertificateRole role)
    {
        try
        {
            return Of(facts, EncodedCertificate.Read(der), role);
        }
        catch (System.Formats.Asn1.AsnContentException)
        {
            return [];
        }
    }

    /// <summary>What is refused about a certificate.</summary>
    internal static IReadOnlyList<ClientRestriction> Of(CertificateFacts facts, EncodedCertificate encoded, CertificateRole role) =>
    [
        .. Rows.Where(row => (row.Role ?? role) == role && row.Applies(facts, encoded)).Select(row => row.Restriction),
        .. CriticalExtensions.Restrictions(encoded, role == CertificateRole.Ca && facts.IsSelfSigned),
    ];
}
