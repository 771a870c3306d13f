using CaPortal.Core.Certificates;

namespace CaPortal.Core.Alerts;

/// <summary>A certificate that ends or has ended, with what depends on it. All names are untrusted text.</summary>
public sealed record ExpiringCertificate
{
    /// <summary>SHA-256 of its DER encoding.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The name to show.</summary>
    public required string Name { get; init; }

    /// <summary>Its subject in full.</summary>
    public required string Subject { get; init; }

    /// <summary>When it ends, UTC.</summary>
    public required DateTime NotAfter { get; init; }

    /// <summary>It says that it is a CA.</summary>
    public required bool IsCa { get; init; }

    /// <summary>The stores that it is in; empty if back-ends present it and it is not under management.</summary>
    public required IReadOnlyList<CaStore> Stores { get; init; }

    /// <summary>The back-ends that present it, or whose chain ends at it, by name.</summary>
    public required IReadOnlyList<DependentBackEnd> BackEnds { get; init; }

    /// <summary>
    /// The certificate under management that takes its place: the same subject, and a later end; one with the same key before
    /// others, then the one that ends last. Null if there is none.
    /// </summary>
    public ExpirySuccessor? Successor { get; init; }

    /// <summary>
    /// Nobody has to do anything: no server presents it, and its successor does the same for every chain. The successor has
    /// the same key, or no chain ends at this certificate.
    /// </summary>
    public bool IsReplaced => Successor is not null && !BackEnds.Any(b => b.Presents || !Successor.HasSameKey);
}

/// <summary>A back-end that depends on a certificate.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Name">What people call it. Untrusted text.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Presents">The certificate is in the chain that it presents; else its chain ends at it.</param>
public sealed record DependentBackEnd(long Id, string Name, string Address, bool Presents);

/// <summary>A certificate under management that takes another's place.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="NotAfter">When it ends, UTC.</param>
/// <param name="HasSameKey">It has the same public key, so that what the other issued chains to it too.</param>
public sealed record ExpirySuccessor(CaCertificateKey Key, DateTime NotAfter, bool HasSameKey);
