using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>
/// Whether the signature is that of the certificate's own key (self-signed) or of its issuer, where that is known.
/// .NET's chain engine does not verify the signatures of roots.
/// </summary>
internal sealed class SignatureCheck : ICertificateCheck
{
    public string Subject => "signature";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var (facts, encoded) = (certificate.Facts, certificate.Encoded);
        if (!CertificateSignature.HasOneAlgorithm(encoded))
            return [Invalid("This certificate names two different signature algorithms: it is damaged or was changed after it was issued.")];

        var authorityKey = AuthorityKey.Read(encoded);
        var own = facts.SubjectKey == facts.IssuerKey ? CertificateSignature.Verify(encoded, encoded) : (SignatureVerdict?)null;
        if (own == SignatureVerdict.Valid)
            return authorityKey?.Contradiction(facts) is { } contradiction ? [OddRoot(contradiction)] : [];
        if (own == SignatureVerdict.NotVerifiable && facts.IsSelfSigned)
            return [NotVerifiable(facts)];

        return KnownIssuers.Find(facts, encoded, context.Known) switch
        {
            [{ Verdict: SignatureVerdict.Valid }, ..] => [],
            [{ Verdict: SignatureVerdict.NotVerifiable }, ..] => [NotVerifiable(facts)],
            [{ Certificate.Facts: var named }, ..] =>
                [Invalid($"This certificate names the key of {Texts.Quote(facts.IssuerName)} ({named.Thumbprint}), "
                    + "but its signature does not match that key: it is damaged or forged.")],
            [] when own is null => [],
            [] when authorityKey?.Proves(facts) == true =>
                [Invalid("This certificate is self-signed, but its signature does not match its own key: it is damaged or was changed after it was issued.")],
            [] => [OtherKey()],
        };
    }

    private static Finding Invalid(string message) =>
        new(
            FindingCode.SignatureInvalid,
            FindingSeverity.Error,
            message,
            "Do not trust it; get the certificate again from its issuer, from a source that you trust.");

    private static Finding NotVerifiable(CertificateFacts facts) =>
        new(
            FindingCode.Unverifiable,
            FindingSeverity.Warning,
            $"The signature of this certificate ({DisplayText.Shorten(facts.SignatureAlgorithm)}) cannot be verified on this machine.",
            "Compare its SHA-256 fingerprint with the one that its issuer publishes.");

    /// <summary>Nothing in such a certificate distinguishes the two cases.</summary>
    private static Finding OtherKey() =>
        new(
            FindingCode.Unverifiable,
            FindingSeverity.Warning,
            "This certificate names itself as its issuer, but another key signed it: it may be a cross certificate from another CA of the same name, "
                + "or damaged.",
            "Add the certificate of the CA that signed it too, or compare its SHA-256 fingerprint with the one that its owner publishes.");

    /// <summary>Clients decide by what it says, not by its signature, whether it is self-signed.</summary>
    private static Finding OddRoot(string contradiction) =>
        new(
            FindingCode.Unusual,
            FindingSeverity.Warning,
            $"This certificate is self-signed, but {contradiction} (authority key identifier): "
                + "OpenSSL and .NET look for another issuer and refuse what it issued, curl and Java accept it.",
            "Ask its owner for a root with the same key and without an authority key identifier.");
}
