using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.Probing;

/// <summary>What is wrong with a path, as far as it can be said in words of its own; the clients themselves say the rest.</summary>
internal static class PathChecks
{
    /// <summary>All that is wrong.</summary>
    public static List<PathProblem> Find(ChainPath path, string name, DateTime at)
    {
        var problems = new List<PathProblem>();
        var leaf = path.Links[0].Certificate;
        var mismatch = leaf.Names.Match(name) || leaf.Names.MatchesByCommonName(name) ? null : PathNames.Mismatch(leaf.Names, name);
        if (End(path) is { } end)
            problems.Add(mismatch is null ? end : PathNames.WithMismatch(end, path, name));
        if (mismatch is not null)
            problems.Add(mismatch);

        for (var i = 0; i < path.Links.Count; i++)
        {
            var isEnd = i == path.Links.Count - 1;
            AddIdentifiers(problems, path, i, isEnd);
            AddSignature(problems, path, i, isEnd);
            AddValidity(problems, path.Links[i], i, at);
            AddPurpose(problems, path.Links[i].Facts, i);
            AddLimits(problems, path, i);
            AddStrength(problems, path.Links[i].Certificate, i);
        }

        problems.Sort((a, b) => (a.Rank, a.Index).CompareTo((b.Rank, b.Index)));
        return problems;
    }

    private static PathProblem? End(ChainPath path)
    {
        var index = path.Links.Count - 1;
        var last = path.Links[index];
        var name = Texts.Quote(last.Facts.Name);
        return path.End switch
        {
            PathEnd.UntrustedRoot => UntrustedRoot(last, index),
            PathEnd.TooLong => new(
                PathProblemRank.UnknownIssuer,
                index,
                "CaPortal follows the chain no further.",
                $"CaPortal follows at most {PathFinder.MaxLength} certificates of a chain, and this one goes on above {name}.",
                "Have the server send a shorter chain: its own certificate and the intermediates up to a trusted root."),
            PathEnd.MissingIssuer => MissingIssuer(path, last, index),
            _ => null,
        };
    }

    private static PathProblem UntrustedRoot(PathLink last, int index)
    {
        var name = Texts.Quote(last.Facts.Name);
        var advice = last.InSet is not null
            ? $"If you trust {name}, move it from the intermediates to the trusted roots."
            : $"If you trust {name}, add it to the trusted roots; first compare its SHA-256 fingerprint with the one that its owner gives you.";
        return index == 0
            ? new(
                PathProblemRank.UntrustedRoot,
                index,
                "It is self-signed and not a trusted root.",
                $"The server's certificate, {name}, is self-signed and not a trusted root.",
                advice)
            : new(PathProblemRank.UntrustedRoot, index, "It is not a trusted root.", $"The chain ends at {name}, which is not a trusted root.", advice);
    }

    private static PathProblem MissingIssuer(ChainPath path, PathLink last, int index)
    {
        var (name, issuer) = (Texts.Quote(last.Facts.Name), Texts.Quote(last.Facts.IssuerName));
        var namesake = path.Namesake switch
        {
            null => "",
            { Origin: PathOrigin.Presented } => "; the certificate of that name that the server sends has another key",
            _ => "; the certificate of that name that is known here has another key",
        };
        if (last.Facts.SubjectKey == last.Facts.IssuerKey)
        {
            return new(
                PathProblemRank.UnknownIssuer,
                index,
                "It names itself as its issuer, but another key signed it.",
                $"The chain ends at {name}, which names itself as its issuer, but another key signed it: "
                    + "it may be a cross certificate from another CA of the same name, and that CA is in no store.",
                $"Add the other {issuer} if you trust it, or have the server send a chain that ends at a trusted root.");
        }

        return new(
            PathProblemRank.UnknownIssuer,
            index,
            $"Its issuer, {issuer}, is in no store{namesake}.",
            index == 0
                ? $"The server does not send the issuer of its certificate, and that issuer, {issuer}, is in no store{namesake}."
                : $"The chain ends at {name}, and its issuer {issuer} is in no store{namesake}.",
            $"Add {issuer} if you trust it, or have the server send its whole chain.");
    }

    /// <summary>RFC 5280 §4.2.1.1: clients choose an issuer by what the certificate says of its key, and so pass over the one that signed it.</summary>
    private static void AddIdentifiers(List<PathProblem> problems, ChainPath path, int index, bool isEnd)
    {
        var (facts, contradiction) = (path.Links[index].Facts, path.Links[index].Contradiction);
        if (contradiction is null)
            return;
        if (isEnd)
        {
            problems.Add(
                new(
                    PathProblemRank.UnknownIssuer,
                    index,
                    $"It is self-signed, but {contradiction} (authority key identifier).",
                    $"{Texts.Quote(facts.Name)} is self-signed, but {contradiction} (authority key identifier), "
                        + "so that some clients look for another issuer and refuse the chain.",
                    "Have this root issued again with the same key and without an authority key identifier."));
            return;
        }

        var issuer = Texts.Quote(path.Links[index + 1].Facts.Name);
        problems.Add(new(
            PathProblemRank.UnknownIssuer,
            index,
            $"It is signed by {issuer}, but {contradiction} (authority key identifier).",
            $"{Which(facts, index)} is signed by {issuer}, but {contradiction}: clients believe the authority key identifier and find no issuer.",
            $"Have {Texts.Quote(facts.Name)} issued again with the right authority key identifier."));
    }

    private static void AddSignature(List<PathProblem> problems, ChainPath path, int index, bool isEnd)
    {
        if (isEnd && path.End == PathEnd.TrustedRoot)
            return; // No client verifies the signature of a trusted root.

        var (facts, verdict) = (path.Links[index].Facts, path.Links[index].Signature);
        var signer = isEnd ? "its own key" : $"the key of {Texts.Quote(path.Links[index + 1].Facts.Name)}";
        if (verdict == SignatureVerdict.Invalid)
        {
            problems.Add(new(
                PathProblemRank.ForgedSignature,
                index,
                $"It names {signer}, which did not make its signature.",
                $"{Texts.Quote(facts.Name)} says that {signer} signed it, but its signature does not match that key: it is damaged or forged.",
                "Do not trust it; have the server send the certificate that its CA issued."));
        }
        else if (verdict == SignatureVerdict.NotVerifiable && !isEnd)
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

    private static void AddValidity(List<PathProblem> problems, PathLink link, int index, DateTime at)
    {
        var facts = link.Facts;
        var which = Which(facts, index);
        if (at > facts.NotAfter)
        {
            problems.Add(new(
                PathProblemRank.Expired,
                index,
                $"It expired on {Texts.Time(facts.NotAfter)}.",
                $"{which} expired on {Texts.Time(facts.NotAfter)}, {Texts.Days(at - facts.NotAfter)} ago.",
                RenewalAdvice(link, index)));
        }
        else if (at < facts.NotBefore)
        {
            problems.Add(new(
                PathProblemRank.NotYetValid,
                index,
                $"It is not valid before {Texts.Time(facts.NotBefore)}.",
                $"{which} is not valid before {Texts.Time(facts.NotBefore)}, in {Texts.Days(facts.NotBefore - at)}.",
                "Check the clocks of this machine and of its CA, or wait until then."));
        }
    }

    private static string RenewalAdvice(PathLink link, int index) =>
        (index, link.Origin) switch
        {
            (0, _) => "Renew the certificate of the server.",
            (_, PathOrigin.Presented) =>
                "Have the server send the successor of this intermediate: to add it here helps .NET alone, other clients take what the server sends.",
            _ => "Add its successor and delete it.",
        };

    private static void AddPurpose(List<PathProblem> problems, CertificateFacts facts, int index)
    {
        if (PurposeCheck.OtherPurposes(facts) is { } purposes)
        {
            problems.Add(new(
                PathProblemRank.Purpose,
                index,
                $"It is limited to other purposes than TLS servers ({purposes}).",
                $"{Which(facts, index)} is limited to other purposes than TLS servers ({purposes}).",
                index == 0 ? "Have a certificate for TLS servers issued." : "Have the certificate of the server issued by a CA for TLS servers."));
        }

        if (index > 0 && CaCheck.WhyNotACa(facts) is { } reason)
        {
            problems.Add(new(
                PathProblemRank.Purpose,
                index,
                $"It may not issue certificates: {reason}.",
                $"{Texts.Quote(facts.Name)} may not issue certificates, but did: {reason}.",
                "Have the certificate below it issued by a CA."));
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
                $"It may not issue for {Texts.ServerName(forbidden)} (name constraints).",
                $"{Texts.Quote(facts.Name)} may not issue for {Texts.ServerName(forbidden)}, a name of the server's certificate (name constraints).",
                "Have the server's certificate issued by a CA that may, or without that name."));
        }

        // RFC 5280 §4.2.1.9: those that have issued themselves do not count.
        var following = path.Links.Take(index).Skip(1).Count(l => l.Facts.SubjectKey != l.Facts.IssuerKey);
        if (index > 0 && facts.PathLength is { } length && following > length)
        {
            problems.Add(new(
                PathProblemRank.PathLength,
                index,
                $"It allows {Texts.Count(length, "intermediate")} below it, and the chain has {following}.",
                $"{Texts.Quote(facts.Name)} allows {Texts.Count(length, "intermediate")} below it, and the chain has {following} (path length).",
                "Have the server's certificate issued by a CA that is nearer to the root."));
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
                $"It is signed with {digest}, with which signatures can be forged.",
                $"{Which(facts, index)} is signed with {digest}, with which signatures can be forged; many clients refuse it.",
                "Have it issued again with SHA-256 or better."));
        }

        if (WeakKeyCheck.Weakness(facts) is { } weakness)
        {
            problems.Add(new(
                PathProblemRank.WeakKey,
                index,
                $"Its key {weakness}.",
                $"The key of {Texts.Quote(facts.Name)} {weakness}; many clients refuse it.",
                "Have a certificate with a stronger key issued."));
        }
    }

    private static string Which(CertificateFacts facts, int index) =>
        index == 0 ? $"The server's certificate, {Texts.Quote(facts.Name)}," : $"{Texts.Quote(facts.Name)} in its chain";
}
