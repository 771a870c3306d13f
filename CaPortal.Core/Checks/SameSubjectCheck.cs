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
            if (facts.PublicKeySha256 != other.Facts.PublicKeySha256 && Confusion(facts, other.Facts, context) is { } confusion)
            {
                yield return new Finding(
                    FindingCode.SameSubjectOtherKey,
                    FindingSeverity.Warning,
                    $"{Place(other)} there is already a certificate of the same name with another key: "
                        + $"{Texts.Quote(other.Facts.Name)}, thumbprint {other.Facts.Thumbprint}. {confusion}",
                    "Add it only where both CAs are in use, and have what they issue name its issuer’s key (authority key identifier).");
                continue;
            }

            yield return new Finding(
                FindingCode.SameSubjectOtherKey,
                FindingSeverity.Information,
                $"{Place(other)} there is already {Relation(facts, other.Facts)}: {Texts.Quote(other.Facts.Name)}, valid {Validity(other.Facts)}, "
                    + $"thumbprint {other.Facts.Thumbprint}; this one is valid {Validity(facts)}.",
                "Both can be there side by side; delete the older one as soon as nothing needs it.");
        }
    }

    /// <summary>How clients can take the one for the other, with the back-ends that this can break; null where key identifiers tell them apart.</summary>
    private static string? Confusion(CertificateFacts facts, CertificateFacts other, CheckContext context)
    {
        var areAlike = facts.SubjectKeyIdentifier is null || other.SubjectKeyIdentifier is null || facts.SubjectKeyIdentifier == other.SubjectKeyIdentifier;
        var backEnds = context.BackEnds.Where(b => b.IssuerKey == facts.SubjectKey && (areAlike || !b.NamesKey)).Select(b => b.BackEnd).Distinct().ToList();
        if (backEnds.Count == 0)
            return areAlike ? "Their key identifiers do not tell them apart, so clients can take the wrong one and refuse what the other issued." : null;
        var named = string.Join(", ", backEnds.Take(MaxNamed).Select(Texts.Quote));
        var more = backEnds.Count > MaxNamed ? $" and {backEnds.Count - MaxNamed} more" : "";
        return $"No key identifier tells clients which one issued the certificates of {named}{more}: clients that take the wrong one refuse these back-ends.";
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
