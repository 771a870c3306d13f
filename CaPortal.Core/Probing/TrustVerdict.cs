namespace CaPortal.Core.Probing;

/// <summary>What clients that trust a given set of CA certificates make of a back-end. The names are on the wire and never change.</summary>
public enum TrustVerdict
{
    /// <summary>Every client that counts accepts it.</summary>
    Trusted,

    /// <summary>Some of the clients that count accept it, and others refuse it.</summary>
    DependsOnClient,

    /// <summary>The chain ends at a certificate whose issuer is in no store.</summary>
    UnknownIssuer,

    /// <summary>The chain ends at a self-signed certificate that is not a trusted root.</summary>
    UntrustedRoot,

    /// <summary>The certificate is for other names.</summary>
    NameMismatch,

    /// <summary>A certificate of the chain has expired.</summary>
    Expired,

    /// <summary>A certificate of the chain is not valid yet.</summary>
    NotYetValid,

    /// <summary>A certificate of the chain is not for TLS servers (RFC 5280 §4.2.1.12), or an issuer is no CA.</summary>
    NotForServerAuth,

    /// <summary>An issuer may not issue for this name (RFC 5280 §4.2.1.10).</summary>
    NameConstraint,

    /// <summary>More intermediates follow an issuer than it allows (RFC 5280 §4.2.1.9).</summary>
    PathLength,

    /// <summary>A signature in the chain uses a broken algorithm such as SHA-1, or does not verify.</summary>
    WeakSignature,

    /// <summary>A key in the chain is too short.</summary>
    WeakKey,

    /// <summary>
    /// A certificate of the chain has something that none of the clients that count can use: an unknown critical extension, an
    /// algorithm, a malformed part.
    /// </summary>
    UnusableCertificate,

    /// <summary>The chain is trusted, and the server demands a certificate of the client.</summary>
    ClientCertificateRequired,

    /// <summary>Something answers, but no TLS handshake came about.</summary>
    HandshakeFailed,

    /// <summary>Nothing listens there, or the connection was reset before the handshake.</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The host's name has no address.</summary>
    NameNotFound,

    /// <summary>The address or the port may not be connected to.</summary>
    Blocked,
}

/// <summary>What verdicts come to.</summary>
public static class TrustVerdictExtensions
{
    extension(TrustVerdict verdict)
    {
        /// <summary>Every client that counts trusts it.</summary>
        public bool IsTrusted => verdict is TrustVerdict.Trusted or TrustVerdict.ClientCertificateRequired;

        /// <summary>There was no certificate to judge: it was not reached, or there was no handshake.</summary>
        public bool IsUnreachable =>
            verdict is TrustVerdict.HandshakeFailed or TrustVerdict.Refused or TrustVerdict.TimedOut or TrustVerdict.NameNotFound or TrustVerdict.Blocked;
    }
}
