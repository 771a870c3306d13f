using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the issuer of an intermediate is known here, and clients find it, so that its chain can end at a root.</summary>
internal sealed class IssuerCheck : ICertificateCheck
{
    public string Subject => "issuer";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        if (facts.SubjectKey == facts.IssuerKey)
            return []; // It is a root, or SignatureCheck says what it may be.

        return KnownIssuers.Find(facts, certificate.Encoded, context.Known) switch
        {
            [] => [Missing(facts, context.Known.WithSubject(facts.IssuerKey).FirstOrDefault(known => known.Facts.Sha256 != facts.Sha256))],
            [{ Contradiction: { } contradiction } issuer, ..] => [Contradicts(issuer.Certificate.Facts, contradiction)],
            _ => [],
        };
    }

    private static Finding Missing(CertificateFacts facts, KnownCertificate? namesake)
    {
        var otherKey = namesake is null ? "" : $" (the certificate of that name that is known here, {namesake.Facts.Thumbprint}, has another key)";
        return new Finding(
            FindingCode.IssuerMissing,
            FindingSeverity.Warning,
            $"The issuer of this certificate, {Texts.Quote(facts.IssuerName)}, is neither in one of the stores nor known to the operating "
                + $"system{otherKey}, so its chain does not end at a trusted root.",
            facts.IssuerUrls is [var url, ..]
                ? $"Add the certificate of its issuer too; this one says that it is at {DisplayText.Shorten(url, 200)}."
                : "Add the certificate of its issuer too.");
    }

    private static Finding Contradicts(CertificateFacts issuer, string contradiction) =>
        new(
            FindingCode.IssuerMissing,
            FindingSeverity.Warning,
            $"{Texts.Quote(issuer.Name)} signed this certificate, but {contradiction}: clients believe its authority key identifier, "
                + "find no issuer for it and refuse what it issued.",
            "Ask its issuer for the same certificate with the right authority key identifier.");
}
