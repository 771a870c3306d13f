using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>How a path ends.</summary>
internal enum PathEnd
{
    /// <summary>At a self-signed certificate that is a trusted root.</summary>
    TrustedRoot,

    /// <summary>At a self-signed certificate that is none.</summary>
    UntrustedRoot,

    /// <summary>At a certificate whose issuer is not known here.</summary>
    MissingIssuer,

    /// <summary>Nowhere within the certificates that a path may have.</summary>
    TooLong,
}

/// <summary>One certificate of a path.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Origin">Where it was taken from.</param>
/// <param name="InSet">The certificate of the set that it was taken from; null where the server sent it.</param>
/// <param name="Signature">Whether the next certificate made its signature, or itself at the end; null where nobody is known who could have.</param>
internal sealed record PathLink(JudgedCertificate Certificate, PathOrigin Origin, TrustSetCertificate? InSet, SignatureVerdict? Signature = null)
{
    public CertificateFacts Facts => Certificate.Facts;

    /// <summary>
    /// How what it says of its issuer's key contradicts the next certificate, or itself at the end; see
    /// <see cref="AuthorityKey.Contradiction"/>.
    /// </summary>
    public string? Contradiction { get; init; }
}

/// <summary>A path from a server's certificate to where it ends.</summary>
/// <param name="Links">Its certificates, the server's first.</param>
/// <param name="End">How it ends.</param>
/// <param name="Namesake">Where the issuer is missing: a certificate of its name that did not sign the last of the path; null where there is none.</param>
internal sealed record ChainPath(IReadOnlyList<PathLink> Links, PathEnd End, PathLink? Namesake = null);
