using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>What clients that trust a given set make of a presented chain, and why.</summary>
public sealed record TrustJudgement
{
    /// <summary>The verdict. Of several problems it is the one that must be solved first.</summary>
    public required TrustVerdict Verdict { get; init; }

    /// <summary>One sentence: what was found.</summary>
    public required string Message { get; init; }

    /// <summary>One sentence: what to do; null if nothing has to be done.</summary>
    public string? Advice { get; init; }

    /// <summary>From the server's certificate to the root, or to where the chain ends. Empty if nothing was presented.</summary>
    public IReadOnlyList<PathCertificate> Path { get; init; } = [];

    /// <summary>What each client that was asked says. Empty if none can accept: no name leads from the chain to a trusted root.</summary>
    public IReadOnlyList<ClientJudgement> Clients { get; init; } = [];

    /// <summary>What clients that are not on this machine refuse, where all clients were to be asked.</summary>
    public IReadOnlyList<ChainRestriction> Restrictions { get; init; } = [];

    /// <summary>The issuer that is missing; null if none is.</summary>
    public MissingIssuer? Missing { get; init; }

    /// <summary>The presented certificate that would make the chain trusted if it were in <see cref="CaStore.Root"/>; null if there is none.</summary>
    public string? TrustableSha256 { get; init; }

    /// <summary>The certificate of the set at which the chain ends: what the back-end depends on. Null if it ends nowhere in it.</summary>
    public TrustSetCertificate? Anchor { get; init; }

    /// <summary>The earliest end of validity in <see cref="Path"/>, UTC; null if it is empty.</summary>
    public DateTime? ExpiresAt { get; init; }
}

/// <summary>Where a certificate of a path was taken from.</summary>
public enum PathOrigin
{
    /// <summary>The server sent it.</summary>
    Presented,

    /// <summary>It is under management, as part of the store that the certificate names.</summary>
    Managed,

    /// <summary>It is one of the operating system's own roots.</summary>
    OperatingSystem,
}

/// <summary>One certificate of a path.</summary>
/// <param name="Sha256">SHA-256 of its DER encoding.</param>
/// <param name="Facts">What was read from it; null if it cannot be read.</param>
/// <param name="Origin">Where it was taken from.</param>
/// <param name="Store">Its store, where it is under management.</param>
/// <param name="Problems">What is wrong with it here, in one sentence each.</param>
public sealed record PathCertificate(string Sha256, CertificateFacts? Facts, PathOrigin Origin, CaStore? Store, IReadOnlyList<string> Problems);

/// <summary>An issuer that is in no store.</summary>
/// <param name="Name">Its name, as it is shown. Untrusted text.</param>
/// <param name="Subject">Its subject in full. Untrusted text.</param>
/// <param name="SubjectKey">Its subject in the form in which names are compared.</param>
/// <param name="KeyIdentifier">Its key identifier, upper-case hexadecimal digits; null if the certificate below it does not say.</param>
/// <param name="Urls">Where the certificate below it says that it can be fetched. Untrusted text.</param>
public sealed record MissingIssuer(string Name, string Subject, string SubjectKey, string? KeyIdentifier, IReadOnlyList<string> Urls);
