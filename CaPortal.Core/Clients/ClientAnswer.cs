namespace CaPortal.Core.Clients;

/// <summary>What a client says to a question.</summary>
/// <param name="Problem">Why it refuses, as a kind; null where it accepts.</param>
/// <param name="Reason">Why it refuses, in its own words, without certificate text; null where it accepts.</param>
/// <param name="Sha256">SHA-256 of the certificate at which it stops, 64 lower-case hexadecimal digits; null where it does not say.</param>
public sealed record ClientAnswer(ClientProblem? Problem, string? Reason, string? Sha256)
{
    /// <summary>It accepts the server.</summary>
    public static readonly ClientAnswer Accepted = new(null, null, null);

    /// <summary>Whether it accepts the server.</summary>
    public bool IsAccepted => Problem is null;
}

/// <summary>Why a client refuses. The names are on the wire and never change.</summary>
public enum ClientProblem
{
    /// <summary>It finds no issuer for a certificate of the chain that it took.</summary>
    NoIssuer,

    /// <summary>The chain that it took ends at a self-signed certificate that it does not trust.</summary>
    UntrustedRoot,

    /// <summary>A signature in the chain that it took does not verify with the key that it took.</summary>
    Signature,

    /// <summary>A certificate of the chain that it took has expired.</summary>
    Expired,

    /// <summary>A certificate of the chain that it took is not valid yet.</summary>
    NotYetValid,

    /// <summary>The server's certificate is for other names.</summary>
    Name,

    /// <summary>A certificate is not for TLS servers, or an issuer is no CA.</summary>
    Purpose,

    /// <summary>An issuer may not issue for a name of the certificate (RFC 5280 §4.2.1.10).</summary>
    NameConstraint,

    /// <summary>More intermediates follow an issuer than it allows (RFC 5280 §4.2.1.9).</summary>
    PathLength,

    /// <summary>The chain has more certificates, or more bytes, than it takes at all.</summary>
    TooLong,

    /// <summary>A signature algorithm is too weak for it.</summary>
    WeakSignature,

    /// <summary>A key is too short for it.</summary>
    WeakKey,

    /// <summary>A critical extension, a key or a signature algorithm that it does not know.</summary>
    Unsupported,

    /// <summary>A certificate is not as this client demands of certificates, or it cannot read one.</summary>
    Malformed,

    /// <summary>Something else: its own words say what.</summary>
    Other,
}
