using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.BackEnds;

/// <summary>What is wrong with a path, as far as it can be said in words of its own; the clients themselves say the rest.</summary>
internal static class PathChecks
{
    /// <summary>All that is wrong.</summary>
    public static List<PathProblem> Find(ChainPath path, string name, TrustSet set, DateTime at)
    {
        var problems = new List<PathProblem>();
        if (End(path, set) is { } end)
            problems.Add(end);
        if (!path.Links[0].Certificate.Names.Match(name))
            problems.Add(NameMismatch(path.Links[0].Certificate, name));

        for (var i = 0; i < path.Links.Count; i++)
        {
            var isEnd = i == path.Links.Count - 1;
            AddSignature(problems, path, i, isEnd);
            AddValidity(problems, path.Links[i].Facts, i, at);
            AddPurpose(problems, path.Links[i].Facts, i);
            AddLimits(problems, path, i);
            AddStrength(problems, path.Links[i].Certificate, i);
        }

        problems.Sort((a, b) => (a.Rank, a.Index).CompareTo((b.Rank, b.Index)));
        return problems;
    }

    private static PathProblem? End(ChainPath path, TrustSet set)
    {
        var index = path.Links.Count - 1;
        var last = path.Links[index];
        var name = Texts.Quote(last.Facts.Name);
        if (path.End == PathEnd.UntrustedRoot)
        {
            var advice = last.InSet is not null
                ? $"Move {name} from the intermediates to the trusted roots, if you trust it."
                : $"If you trust {name}, add it to the trusted roots; first compare its SHA-256 fingerprint with the one that its owner tells you by another way.";
            return index == 0
                ? new(PathProblemRank.UntrustedRoot, index, "It is self-signed and not a trusted root.", $"The server's certificate, {name}, is self-signed and not a trusted root.", advice)
                : new(PathProblemRank.UntrustedRoot, index, "It is not a trusted root.", $"The chain ends at {name}, which is not a trusted root.", advice);
        }

        if (path.End == PathEnd.TooLong)
        {
            return new(
                PathProblemRank.UnknownIssuer,
                index,
                "The chain is not followed beyond it.",
                $"The chain leads over more than {PathFinder.MaxLength} certificates and is followed no further than to {name}.",
                "Have the server send a shorter chain: its own certificate and the intermediates up to a trusted root.");
        }

        if (path.End != PathEnd.MissingIssuer)
            return null;

        var issuer = Texts.Quote(last.Facts.IssuerName);
        var otherKey = set.WithSubject(last.Facts.IssuerKey).Any() ? "; the one of that name that is known here has another key" : "";
        return new(
            PathProblemRank.UnknownIssuer,
            index,
            $"Its issuer, {issuer}, is in no store{otherKey}.",
            index == 0
                ? $"The server sent no issuer of its certificate, and {issuer}, which issued it, is in no store{otherKey}."
                : $"The chain ends at {name}, and {issuer}, which issued it, is in no store{otherKey}.",
            $"Add {issuer} if you trust it, or have the server send its whole chain.");
    }

    private static PathProblem NameMismatch(JudgedCertificate leaf, string name)
    {
        var names = leaf.Names.Shown() is { } shown ? $"It is for {shown}" : "It has no subject alternative names, which alone count";
        var asked = DisplayText.Shorten(name);
        return new(
            PathProblemRank.NameMismatch,
            0,
            $"{names}, not for {asked}.",
            leaf.Names.Shown() is { } others ? $"The certificate is not for {asked} but for {others}." : $"The certificate is not for {asked}: it has no subject alternative names, which alone count.",
            "Use one of its names as the server name, or have a certificate issued that has this name.");
    }

    private static void AddSignature(List<PathProblem> problems, ChainPath path, int index, bool isEnd)
    {
        var (facts, verdict) = (path.Links[index].Facts, path.Links[index].Signature);
        var signer = isEnd ? "its own key" : $"the key of {Texts.Quote(path.Links[index + 1].Facts.Name)}";
        if (verdict == SignatureVerdict.Invalid)
        {
            problems.Add(new(
                PathProblemRank.ForgedSignature,
                index,
                $"Its signature was not made with {signer}.",
                $"The signature of {Texts.Quote(facts.Name)} was not made with {signer}: it is damaged, forged, or from another CA of the same name.",
                "Do not trust it; have the server send the certificate that its CA really issued."));
        }
        else if (verdict == SignatureVerdict.NotVerifiable && !isEnd) // Nobody relies on a root's own signature.
        {
            var algorithm = DisplayText.Shorten(facts.SignatureAlgorithm);
            problems.Add(new(
                PathProblemRank.NotVerifiable,
                index,
                $"Its signature ({algorithm}) cannot be verified on this machine.",
                $"The signature of {Texts.Quote(facts.Name)} ({algorithm}) cannot be verified on this machine, so .NET does not trust the chain here.",
                "Use a certificate with a signature that all clients know: RSA or ECDSA with SHA-256 or better."));
        }
    }

    private static void AddValidity(List<PathProblem> problems, CertificateFacts facts, int index, DateTime at)
    {
        var which = Which(facts, index);
        if (at > facts.NotAfter)
        {
            problems.Add(new(
                PathProblemRank.Expired,
                index,
                $"It expired on {Texts.Time(facts.NotAfter)}.",
                $"{which} expired on {Texts.Time(facts.NotAfter)}, {Texts.Days(at - facts.NotAfter)} ago.",
                index == 0 ? "Renew the certificate of the server." : "Add its successor, or have the server send it."));
        }
        else if (at < facts.NotBefore)
        {
            problems.Add(new(
                PathProblemRank.NotYetValid,
                index,
                $"It counts only from {Texts.Time(facts.NotBefore)}.",
                $"{which} counts only from {Texts.Time(facts.NotBefore)}, in {Texts.Days(facts.NotBefore - at)}.",
                "Check the clocks of this machine and of its CA, or wait until then."));
        }
    }

    private static void AddPurpose(List<PathProblem> problems, CertificateFacts facts, int index)
    {
        if (PurposeCheck.OtherPurposes(facts) is { } purposes)
        {
            problems.Add(new(
                PathProblemRank.Purpose,
                index,
                $"It is limited to other purposes than TLS servers ({purposes}).",
                $"{Which(facts, index)} is limited to other purposes than TLS servers ({purposes}).",
                "Have a certificate for TLS servers issued."));
        }

        if (index > 0 && CaCheck.WhyNotACa(facts) is { } reason)
        {
            problems.Add(new(
                PathProblemRank.Purpose,
                index,
                $"It may not issue certificates: {reason}.",
                $"{Texts.Quote(facts.Name)} may not issue certificates, but did: {reason}.",
                "Have the certificate issued by a CA."));
        }
    }

    private static void AddLimits(List<PathProblem> problems, ChainPath path, int index)
    {
        var (facts, constraints) = (path.Links[index].Facts, path.Links[index].Certificate.Constraints);
        var leaf = path.Links[0].Certificate;
        if (index > 0 && constraints?.FirstForbidden(leaf.Names) is { } forbidden)
        {
            problems.Add(new(
                PathProblemRank.NameConstraint,
                index,
                $"It may not issue for {DisplayText.Shorten(forbidden)} (name constraints).",
                $"{Texts.Quote(facts.Name)} may not issue for {DisplayText.Shorten(forbidden)}, a name of the server's certificate (name constraints).",
                "Have the certificate issued by a CA that may, or without that name."));
        }

        // RFC 5280 §4.2.1.9: those that have issued themselves do not count.
        var following = path.Links.Take(index).Skip(1).Count(l => l.Facts.SubjectKey != l.Facts.IssuerKey);
        if (index > 0 && facts.PathLength is { } length && following > length)
        {
            problems.Add(new(
                PathProblemRank.PathLength,
                index,
                $"It allows {length} intermediates below it, and there are {following}.",
                $"{Texts.Quote(facts.Name)} allows {length} intermediates below it, and there are {following} (path length).",
                "Have the certificate issued by a CA that is nearer to the root."));
        }
    }

    private static void AddStrength(List<PathProblem> problems, JudgedCertificate certificate, int index)
    {
        var facts = certificate.Facts;
        if (!facts.IsSelfSigned && certificate.WeakDigest is { } digest)
        {
            problems.Add(new(
                PathProblemRank.WeakDigest,
                index,
                $"It was signed with {digest}, with which signatures can be forged.",
                $"{Which(facts, index)} was signed with {digest}, with which signatures can be forged; current clients refuse it.",
                "Have it issued again with SHA-256 or better."));
        }

        if (WeakKeyCheck.Weakness(facts) is { } weakness)
        {
            problems.Add(new(
                PathProblemRank.WeakKey,
                index,
                $"Its key {weakness}.",
                $"The key of {Texts.Quote(facts.Name)} {weakness}; current clients refuse it.",
                "Have a certificate with a stronger key issued."));
        }
    }

    private static string Which(CertificateFacts facts, int index) =>
        index == 0 ? $"The server's certificate, {Texts.Quote(facts.Name)}," : $"{Texts.Quote(facts.Name)} in its chain";
}
