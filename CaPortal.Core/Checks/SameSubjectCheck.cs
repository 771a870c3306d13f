using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Whether another certificate of the same name is there: a renewal, a roll-over to a new key, or a cross-signed one.</summary>
internal sealed class SameSubjectCheck : ICertificateCheck
{
    /// <summary>Beyond it, more sentences would only bury the others.</summary>
    private const int MaxNamed = 3;

    public string Subject => "certificates of the same name";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context)
    {
        var facts = certificate.Facts;
        var others = context.Known.WithSubject(facts.SubjectKey)
            .Where(known => known.Origin is KnownOrigin.Managed or KnownOrigin.OperatingSystem && known.Facts.Sha256 != facts.Sha256)
            .DistinctBy(known => known.Facts.Sha256)
            .OrderByDescending(known => known.Facts.NotAfter)
            .Take(MaxNamed);

        foreach (var other in others)
        {
            yield return new Finding(
                FindingCode.SameSubjectOtherKey,
                FindingSeverity.Information,
                $"{Place(other)} there is already {Relation(facts, other.Facts)}: {Texts.Quote(other.Facts.Name)}, valid {Validity(other.Facts)}, thumbprint {other.Facts.Thumbprint}; this one is valid {Validity(facts)}.",
                "Both can be there side by side; delete the older one as soon as nothing needs it.");
        }
    }

    private static string Place(KnownCertificate known) =>
        known.Store is { } store ? $"In {store.DisplayName}" : "Among the operating system's roots";

    private static string Relation(CertificateFacts facts, CertificateFacts other)
    {
        if (facts.PublicKeySha256 != other.PublicKeySha256)
            return "a certificate of the same name with another key (a roll-over, or another CA of that name)";

        return facts.IssuerKey == other.IssuerKey
            ? "a certificate of the same name and key (a renewal)"
            : $"a certificate of the same name and key from another issuer, {Texts.Quote(other.IssuerName)} (a cross-signed one)";
    }

    private static string Validity(CertificateFacts facts) => $"{Texts.Date(facts.NotBefore)} to {Texts.Date(facts.NotAfter)}";
}
