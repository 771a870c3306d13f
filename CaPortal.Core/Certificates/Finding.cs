namespace CaPortal.Core.Certificates;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>Works, but probably not as intended.</summary>
    Warning,

    /// <summary>Stops the change, unless an administrator overrides it with a reason where that is allowed.</summary>
    Error,
}

/// <summary>What a finding is about. The names go over the wire and into the activity log and never change.</summary>
public enum FindingCode
{
    /// <summary>The item is something else than a certificate, or damaged.</summary>
    NotACertificate,

    /// <summary>A certificate that may not issue certificates.</summary>
    NotACa,

    /// <summary>A self-signed server or client certificate, used as its own anchor.</summary>
    SelfSignedLeaf,

    /// <summary>A self-signed certificate that does not say whether it is a CA.</summary>
    LegacyCa,

    /// <summary>The signature does not match the key that the certificate names as the one that made it: it is damaged or forged.</summary>
    SignatureInvalid,

    /// <summary>The validity has ended.</summary>
    Expired,

    /// <summary>The validity has not begun.</summary>
    NotYetValid,

    /// <summary>The validity ends within 60 days.</summary>
    ExpiresSoon,

    /// <summary>A certificate that is not self-signed, in the store of trusted roots.</summary>
    IntermediateInRoot,

    /// <summary>A self-signed certificate in the store of intermediates.</summary>
    RootInIntermediate,

    /// <summary>The same certificate is already in the store that <see cref="Finding.Store"/> names: adding it there changes nothing.</summary>
    Duplicate,

    /// <summary>The same certificate is in the other store, and not yet in the one that <see cref="Finding.Store"/> names.</summary>
    InOtherStore,

    /// <summary>A certificate of the same name with another key or validity is there already.</summary>
    SameSubjectOtherKey,

    /// <summary>A key that strict programs refuse as too short.</summary>
    WeakKey,

    /// <summary>A signature algorithm that strict programs refuse.</summary>
    WeakSignature,

    /// <summary>Limited to purposes other than TLS servers.</summary>
    NotForTls,

    /// <summary>Malformed in a way that stops other programs from reading a shared file.</summary>
    BreaksReaders,

    /// <summary>The issuer of an intermediate is not known here.</summary>
    IssuerMissing,

    /// <summary>The upload had a private key in it.</summary>
    PrivateKeyInUpload,

    /// <summary>Rare but legal properties that every client accepts.</summary>
    Unusual,

    /// <summary>A name that could deceive who reads it.</summary>
    SuspiciousName,

    /// <summary>One of the operating system's own public roots.</summary>
    KnownPublicCa,

    /// <summary>Nothing here can verify the signature: the algorithm is not known on this machine, or the key that made it is not.</summary>
    Unverifiable,

    /// <summary>The file that it came in marks it as distrusted, for all TLS servers (Error) or for some (Warning).</summary>
    Distrusted,

    /// <summary>The file that it came in trusts it, but not for TLS servers.</summary>
    LimitedTrust,

    /// <summary>The file that it came in has an integrity check that needs the file's password, which was not given.</summary>
    IntegrityUnknown,

    /// <summary>No client can use it, and some stop at a file that holds it.</summary>
    Unusable,

    /// <summary>Some clients refuse it, or what it issued, that others accept.</summary>
    ClientRestriction,
}

/// <summary>One remark about one certificate or one item of a file.</summary>
/// <param name="Code">What it is about.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">One sentence: what, and why it matters.</param>
/// <param name="Advice">One sentence: what to do; null if nothing needs to be done.</param>
/// <param name="Store">The store for which alone it holds; null if it holds in both.</param>
public sealed record Finding(FindingCode Code, FindingSeverity Severity, string Message, string? Advice = null, CaStore? Store = null)
{
    /// <summary>With these, trust stores that many programs read as one file leave a certificate out, even where the error was overridden.</summary>
    public static readonly IReadOnlySet<FindingCode> KeptOutOfSharedFiles = new HashSet<FindingCode> { FindingCode.BreaksReaders, FindingCode.Unusable };

    /// <summary>Whether an administrator may accept this finding with a reason.</summary>
    public bool CanOverride =>
        Severity == FindingSeverity.Error && Code is not (FindingCode.NotACertificate or FindingCode.SignatureInvalid);

    /// <summary>
    /// Whether it comes and goes with time or with the other certificates that are known, or is about the upload alone, so that it
    /// is not kept.
    /// </summary>
    public bool IsPassing => Code is FindingCode.Expired or FindingCode.NotYetValid or FindingCode.ExpiresSoon
        or FindingCode.IssuerMissing or FindingCode.Duplicate or FindingCode.InOtherStore or FindingCode.SameSubjectOtherKey
        or FindingCode.Unverifiable or FindingCode.IntegrityUnknown;

    /// <summary>
    /// Whether it comes from a mark in the file around the certificate. Nothing in the certificate itself says it again.
    /// </summary>
    public bool IsMark => Code is FindingCode.Distrusted or FindingCode.LimitedTrust;

    /// <summary>Whether it holds for a certificate in <paramref name="store"/>.</summary>
    public bool AppliesTo(CaStore store) => Store is null || Store == store;
}
