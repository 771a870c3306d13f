using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the issuer of an intermediate is known here, so that its chain can end at a root.</summary>
internal sealed class IssuerCheck : ICertificateCheck
{
    public string Subject => "issuer";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        if (facts.IsSelfSigned || KnownIssuers.Any(facts, context.Known))
            yield break;

        var advice = facts.IssuerUrls is [var url, ..]
            ? $"Add the issuer's certificate too; according to this one it can be had at {DisplayText.Shorten(url, 200)}."
            : "Add the issuer's certificate too.";
        yield return new Finding(
            FindingCode.IssuerMissing,
            FindingSeverity.Warning,
            $"The issuer of this certificate, {Texts.Quote(facts.IssuerName)}, is neither in one of the stores nor known to the operating system, so its chain does not end at a trusted root.",
            advice);
    }
}
