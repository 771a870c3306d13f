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
        var facts = certificate.Facts;
        var verdicts = new List<KnownIssuer>();
        if (facts.IsSelfSigned)
        {
            var own = CertificateSignature.Verify(certificate.Encoded, certificate.Encoded);
            if (own == SignatureVerdict.Valid)
                return [];
            if (own == SignatureVerdict.NotVerifiable)
                return [NotVerifiable(facts)];
        }

        foreach (var issuer in KnownIssuers.Find(facts, certificate.Encoded, context.Known))
        {
            if (issuer.Verdict == SignatureVerdict.Valid)
                return [];
            verdicts.Add(issuer);
        }

        if (verdicts.Any(issuer => issuer.Verdict == SignatureVerdict.NotVerifiable))
            return [NotVerifiable(facts)];
        if (facts.IsSelfSigned)
            return [Invalid("This certificate is self-signed, but its signature does not match its own key: it is damaged or was changed after it was issued.")];

        return verdicts is [var known, ..]
            ? [Invalid($"This certificate names {Texts.Quote(facts.IssuerName)} as its issuer, but the certificate of that name that is known here ({known.Certificate.Facts.Thumbprint}) did not sign it: it is damaged, forged, or from another CA of the same name.")]
            : [];
    }

    private static Finding Invalid(string message) =>
        new(FindingCode.SignatureInvalid, FindingSeverity.Error, message, "Do not trust it; get the certificate again from its issuer, by a way that you trust.");

    private static Finding NotVerifiable(CertificateFacts facts) =>
        new(
            FindingCode.Unusual,
            FindingSeverity.Information,
            $"The signature of this certificate ({DisplayText.Shorten(facts.SignatureAlgorithm)}) cannot be verified on this machine.",
            "Compare its SHA-256 fingerprint with the one that the issuer publishes.");
}
