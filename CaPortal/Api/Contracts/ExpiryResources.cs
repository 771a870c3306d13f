using System.ComponentModel;
using CaPortal.Core.Certificates;

namespace CaPortal.Api.Contracts;

/// <summary>What has ended and what ends over the coming twelve months.</summary>
public sealed record ExpiryList
{
    [Description("The earliest first.")]
    public required IReadOnlyList<ExpiryResource> Value { get; init; }

    public required int Count { get; init; }
}

/// <summary>A certificate that ends, or has ended.</summary>
public sealed record ExpiryResource
{
    public required string Sha256 { get; init; }

    public required string Name { get; init; }

    public required string Subject { get; init; }

    [Description("When it ends.")]
    public required DateTime Expiry { get; init; }

    public required bool IsCa { get; init; }

    [Description("The stores that it is in; empty where back-ends present it and it is not under management.")]
    public required IReadOnlyList<CaStore> StoreNames { get; init; }

    [Description("The back-ends that depend on it.")]
    public required IReadOnlyList<ExpiryBackEndResource> BackEnds { get; init; }

    [Description("The certificate under management with the same subject that takes its place.")]
    public ExpirySuccessorResource? Successor { get; init; }
}

/// <summary>A back-end that depends on a certificate.</summary>
public sealed record ExpiryBackEndResource
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    public required string Address { get; init; }

    [Description("Whether the back-end presents the certificate; else its chain ends at it.")]
    public required bool Presents { get; init; }
}

/// <summary>A certificate that takes another's place.</summary>
public sealed record ExpirySuccessorResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    public required DateTime Expiry { get; init; }

    [Description("Whether it has the same public key, so that what the other issued chains to it too.")]
    public required bool HasSameKey { get; init; }
}
