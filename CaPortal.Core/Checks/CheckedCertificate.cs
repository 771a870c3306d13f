using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>The certificate that is checked. What several checks need of it is parsed once, when the first asks.</summary>
/// <param name="facts">What was read from it.</param>
/// <param name="der">Its DER encoding.</param>
public sealed class CheckedCertificate(CertificateFacts facts, ReadOnlyMemory<byte> der)
{
    private readonly Lazy<EncodedCertificate> _encoded = new(() => EncodedCertificate.Read(der));

    /// <summary>What was read from it.</summary>
    public CertificateFacts Facts { get; } = facts;

    /// <summary>Its DER encoding.</summary>
    public ReadOnlyMemory<byte> Der { get; } = der;

    /// <summary>Its encoded parts.</summary>
    /// <exception cref="System.Formats.Asn1.AsnContentException">The outer structure is not that of a certificate.</exception>
    internal EncodedCertificate Encoded => _encoded.Value;
}
