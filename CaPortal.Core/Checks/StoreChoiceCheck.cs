using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether the store fits: self-signed certificates are anchors, all others are not.</summary>
internal sealed class StoreChoiceCheck : ICertificateCheck
{
    public string Subject => "store";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        yield return facts.IsSelfSigned
            ? new Finding(
                FindingCode.RootInIntermediate,
                FindingSeverity.Warning,
                "This certificate is self-signed; among the intermediates it is no trust anchor, so nothing that it issued becomes trusted.",
                "Choose Trusted root for it.",
                CaStore.CertificateAuthority)
            : new Finding(
                FindingCode.IntermediateInRoot,
                FindingSeverity.Warning,
                $"This certificate is not self-signed but {Issuer(facts)}; among the trusted roots, curl, Java, "
                    + "Python and others take it for a trust anchor of its own, and Windows then refuses client certificates (403.16).",
                "Choose Intermediate for it, and add its root to Trusted root.",
                CaStore.Root);
    }

    private static string Issuer(CertificateFacts facts) =>
        facts.SubjectKey == facts.IssuerKey ? "signed with another key than its own" : $"issued by {Texts.Quote(facts.IssuerName)}";
}
