using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>What clients say, in sentences.</summary>
internal static class ClientWords
{
    /// <summary>Why a client refuses: <c>no trusted issuer of “Corp Issuing” is found (unable to get local issuer certificate)</c>.</summary>
    /// <param name="answer">The refusal.</param>
    /// <param name="nameOf">The quoted name of a certificate by its SHA-256; null where it is not known.</param>
    public static string Reason(ClientAnswer answer, Func<string, string?> nameOf)
    {
        var name = answer.Sha256 is { } sha256 && nameOf(sha256) is { } known ? known : "a certificate of the chain";
        var reason = answer.Problem switch
        {
            ClientProblem.NoIssuer => $"no trusted issuer of {name} is found",
            ClientProblem.UntrustedRoot => $"the chain ends at {name}, which is not a trusted root",
            ClientProblem.Signature => $"the signature of {name} does not verify with the key that is taken for its issuer’s",
            ClientProblem.Expired => $"{name} has expired",
            ClientProblem.NotYetValid => $"{name} is not valid yet",
            ClientProblem.Name => "the certificate is not for this name",
            ClientProblem.Purpose => $"{name} is not valid for this use",
            ClientProblem.NameConstraint => "the name constraints of a CA forbid a name of the certificate",
            ClientProblem.PathLength => $"more intermediates follow {name} than it allows",
            ClientProblem.TooLong => "the chain is longer than it takes",
            ClientProblem.WeakSignature => $"the signature of {name} is too weak",
            ClientProblem.WeakKey => $"the key of {name} is too short",
            ClientProblem.Unsupported => $"an extension or algorithm of {name} is not supported",
            ClientProblem.Malformed => $"{name} breaks a rule that is enforced",
            _ => null,
        };
        return reason is null ? answer.Reason ?? "the chain is refused" : answer.Reason is { } own ? $"{reason} ({own.TrimEnd('.')})" : reason;
    }

    /// <summary>What to do where nothing in the list or at the server cures it.</summary>
    /// <param name="answer">The refusal.</param>
    /// <param name="isAcceptedByOthers">Other clients that count accept it.</param>
    /// <param name="nameOf">The quoted name of a certificate by its SHA-256; null where it is not known.</param>
    public static string Advice(ClientAnswer answer, bool isAcceptedByOthers, Func<string, string?> nameOf)
    {
        var name = answer.Sha256 is { } sha256 && nameOf(sha256) is { } known ? known : "the certificate at which it stops";
        return answer.Problem switch
        {
            ClientProblem.NoIssuer or ClientProblem.UntrustedRoot =>
                "Have the server send its certificate and each intermediate up to a trusted root, and nothing else.",
            ClientProblem.Signature =>
                $"Compare the keys of the CA certificates that have the name of the issuer of {name}, and remove the one that is not in use.",
            ClientProblem.Expired => $"Renew {name}.",
            ClientProblem.NotYetValid => $"Wait until {name} is valid, or check the clock of this machine.",
            ClientProblem.Name => "Have the server's certificate issued again with this name as a subject alternative name.",
            ClientProblem.NameConstraint => "Have the certificate issued by a CA that may issue for this name.",
            ClientProblem.WeakSignature => $"Have {name} issued again with SHA-256 or better.",
            ClientProblem.WeakKey => $"Have {name} issued again with a longer key.",
            ClientProblem.PathLength => "Have the server's certificate issued by a CA with fewer intermediates above it.",
            ClientProblem.TooLong => "Have the server send a shorter chain, or raise the limit of the client's own settings.",
            _ =>
                $"Have {name} issued again without what is "
                    + $"refused{(isAcceptedByOthers ? ", or let the client that refuses it not count for this back-end" : "")}.",
        };
    }

    /// <summary>Names in a sentence: <c>.NET, OpenSSL and curl</c>.</summary>
    public static string List(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}";
    }
}
