using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using CaPortal.Core.Certificates;

namespace CaPortal.Api.Contracts;

/// <summary>
/// A certificate that this machine trusts without its being under management. Names come from the certificate itself and are not to
/// be trusted.
/// </summary>
public sealed record UnmanagedCertificateResource
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

    [Description("The store that it acts as part of.")]
    public required CaStore StoreName { get; init; }

    public required string KeyAlgorithm { get; init; }

    [Description("Bits, where the algorithm has a size.")]
    public int? KeySize { get; init; }

    public required string SignatureAlgorithm { get; init; }

    public required bool IsCa { get; init; }

    [Description("How many intermediates may follow, where the certificate limits it.")]
    public int? PathLength { get; init; }

    public required bool IsSelfSigned { get; init; }

    [Description("What holds for it in its store and does not change with time.")]
    public required IReadOnlyList<FindingResource> Findings { get; init; }

    public required IReadOnlyList<UnmanagedPlaceResource> Places { get; init; }
}

/// <summary>Where a certificate was found.</summary>
public sealed record UnmanagedPlaceResource
{
    [Description("The trust store's name; absent for the operating system's own list.")]
    public string? Name { get; init; }

    [Description("The file or entry.")]
    public required string Location { get; init; }

    [Description("Why it cannot be removed from there; absent where it can.")]
    public string? Fixed { get; init; }
}

/// <summary>What somebody else put into the trust stores of this machine.</summary>
public sealed record FoundCertificateList
{
    public required IReadOnlyList<UnmanagedCertificateResource> Value { get; init; }

    public required int Count { get; init; }

    [Description("Trust stores that could not be read, so that the list may not be complete.")]
    public required IReadOnlyList<UnreadTrustStoreResource> Unread { get; init; }
}

/// <summary>A trust store that could not be read.</summary>
public sealed record UnreadTrustStoreResource
{
    public string? Name { get; init; }

    public required string Error { get; init; }

    public string? Advice { get; init; }
}

/// <summary>A part of the operating system's own roots.</summary>
public sealed record OperatingSystemRootList
{
    public required IReadOnlyList<UnmanagedCertificateResource> Value { get; init; }

    [Description("How many there are in all, whatever the part.")]
    public required int Count { get; init; }
}

/// <summary>A certificate that was found.</summary>
public sealed record FoundSelection
{
    [Description("SHA-256 of the DER encoding, hexadecimal.")]
    public required string Sha256 { get; init; }

    [Description("The store that it was found in.")]
    public required CaStore StoreName { get; init; }
}

/// <summary>Found certificates to take under management.</summary>
public sealed record AdoptRequest
{
    [MinLength(1), MaxLength(FoundCertificatesApi.MaxItems)]
    public required IReadOnlyList<FoundSelection> Items { get; init; }

    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }

    [Description("Codes of the Errors that are accepted; needs a reason.")]
    public IReadOnlyList<string?>? Override { get; init; }

    [Description("Whether they are adopted also where trusted back-ends would not be trusted any more.")]
    public bool Force { get; init; }
}

/// <summary>Found certificates to take out of the trust stores.</summary>
public sealed record RemoveFoundRequest
{
    [MinLength(1), MaxLength(FoundCertificatesApi.MaxItems)]
    public required IReadOnlyList<FoundSelection> Items { get; init; }

    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }

    [Description("Whether they are removed also where trusted back-ends would not be trusted any more.")]
    public bool Force { get; init; }
}
