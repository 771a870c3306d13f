using System.ComponentModel;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;

namespace CaPortal.Api.Contracts;

/// <summary>A CA certificate in one store. Names and other texts come from the certificate itself and are not to be trusted.</summary>
public sealed record CaCertificateResource
{
    [Description("SHA-256 of the DER encoding, lower-case hexadecimal. With the store it is the identity.")]
    public required string Sha256 { get; init; }

    [Description("SHA-1 of the DER encoding, upper-case hexadecimal. For comparing by eye only.")]
    public required string Thumbprint { get; init; }

    public required string Subject { get; init; }

    public required string Issuer { get; init; }

    [Description("Upper-case hexadecimal.")]
    public required string SerialNumber { get; init; }

    public required DateTime NotBefore { get; init; }

    [Description("The end of the validity.")]
    public required DateTime Expiry { get; init; }

    public required CaStore StoreName { get; init; }

    public required string KeyAlgorithm { get; init; }

    [Description("Bits, where the algorithm has a size.")]
    public int? KeySize { get; init; }

    public required string SignatureAlgorithm { get; init; }

    public required bool IsCa { get; init; }

    [Description("How many intermediates may follow, where the certificate limits it.")]
    public int? PathLength { get; init; }

    public required bool IsSelfSigned { get; init; }

    public required CaCertificateStatus Status { get; init; }

    [Description("What was found when it was added and does not change with time.")]
    public required IReadOnlyList<FindingResource> Findings { get; init; }

    public required DateTime AddedAt { get; init; }

    public required string AddedBy { get; init; }

    [Description("The reason that was given when it was added.")]
    public string? Description { get; init; }

    [Description("Where it is on this machine, for every store that it is in. Only where one certificate is asked for.")]
    public IReadOnlyList<CertificatePlaceResource>? TrustStores { get; init; }
}

/// <summary>A part of the list.</summary>
public sealed record CaCertificateList
{
    public required IReadOnlyList<CaCertificateResource> Value { get; init; }

    [Description("How many there are in all, whatever the part.")]
    public required int Count { get; init; }

    [Description("Grows by one with each change.")]
    public required long Revision { get; init; }
}

/// <summary>A CA certificate in one trust store.</summary>
public sealed record CertificatePlaceResource
{
    public required string Name { get; init; }

    public required CaStore StoreName { get; init; }

    [Description("Where the trust store keeps the certificates of this store.")]
    public required string Location { get; init; }

    public required CertificatePresence State { get; init; }

    [Description("Why it is not there.")]
    public string? Error { get; init; }

    public string? Advice { get; init; }

    [Description("When it was last read back.")]
    public DateTime? VerifiedAt { get; init; }
}
