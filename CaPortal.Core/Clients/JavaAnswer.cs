namespace CaPortal.Core.Clients;

/// <summary>Reads what the worker of <see cref="JavaEngine"/> answers: nothing, or one line for each of Java's exceptions, the outermost first.</summary>
internal static class JavaAnswer
{
    /// <summary>The answer that asks for the roots.</summary>
    public const char RootsUnknown = '?';

    private const int MaxWords = 160;

    // The reasons of Java's CertPathValidatorException, by their names.
    private static readonly Dictionary<string, ClientProblem> ByReason = new(StringComparer.Ordinal)
    {
        ["ALGORITHM_CONSTRAINED"] = ClientProblem.WeakSignature,
        ["EXPIRED"] = ClientProblem.Expired,
        ["INVALID_KEY_USAGE"] = ClientProblem.Purpose,
        ["INVALID_NAME"] = ClientProblem.NameConstraint,
        ["INVALID_SIGNATURE"] = ClientProblem.Signature,
        ["NAME_CHAINING"] = ClientProblem.NoIssuer,
        ["NOT_CA_CERT"] = ClientProblem.Purpose,
        ["NOT_YET_VALID"] = ClientProblem.NotYetValid,
        ["NO_TRUST_ANCHOR"] = ClientProblem.NoIssuer,
        ["PATH_TOO_LONG"] = ClientProblem.PathLength,
        ["UNRECOGNIZED_CRIT_EXT"] = ClientProblem.Unsupported,
    };

    // Words that say more than a reason, or come without one: how they begin, and what of them is shown where they go on with
    // text of a certificate. The words of other exceptions are never shown, because they may do so too.
    private static readonly (string Begin, ClientProblem Problem, string? Shown)[] ByWords =
    [
        ("Curve not supported", ClientProblem.Unsupported, null),
        ("No subject alternative", ClientProblem.Name, null),
        ("No name matching", ClientProblem.Name, null),
        ("Contains non-LDH ASCII characters", ClientProblem.Name, null),
        ("unable to find valid certification path", ClientProblem.NoIssuer, null),
        ("the trustAnchors parameter must be non-empty", ClientProblem.NoIssuer, null),
        ("TrustAnchor with subject", ClientProblem.Purpose, "not a CA certificate"),
        ("Extended key usage does not permit", ClientProblem.Purpose, null),
        ("KeyUsage does not allow", ClientProblem.Purpose, null),
        ("Failed to parse server certificates", ClientProblem.Malformed, null),
        ("Empty server certificate chain", ClientProblem.Malformed, null),
        ("The certificate chain length", ClientProblem.TooLong, null),
        ("The size of the handshake message", ClientProblem.TooLong, null),
    ];

    /// <summary>What it says; never null.</summary>
    public static ClientAnswer Read(string text)
    {
        if (text.Length == 0)
            return ClientAnswer.Accepted;

        // The innermost cause says most. The certificate is named where the reason is.
        var causes = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(f => f.Length == 4).Reverse().ToList();
        var sha256 = causes.Select(f => f[2]).FirstOrDefault(h => h.Length > 0);
        return causes.Select(Worded).Concat(causes.Select(Reasoned)).FirstOrDefault(a => a is not null) is { } answer
            ? answer with { Sha256 = sha256 }
            : new ClientAnswer(ClientProblem.Other, causes.LastOrDefault()?[0] ?? "no reason", sha256);
    }

    private static ClientAnswer? Worded(string[] cause) =>
        ByWords.FirstOrDefault(w => cause[^1].StartsWith(w.Begin, StringComparison.Ordinal)) is { Begin: not null } known
            ? new ClientAnswer(known.Problem, known.Shown ?? Shown(cause[^1]), null)
            : null;

    private static ClientAnswer? Reasoned(string[] cause) =>
        cause is [_, var reason, _, var words] && ByReason.TryGetValue(reason, out var problem)
            ? new ClientAnswer(problem == ClientProblem.WeakSignature ? WeaknessOf(words) : problem, Shown(words), null)
            : null;

    // Java has one reason for all that its settings disable.
    private static ClientProblem WeaknessOf(string words) =>
        words.Contains("keysize", StringComparison.OrdinalIgnoreCase) || words.Contains("key size", StringComparison.OrdinalIgnoreCase)
            ? ClientProblem.WeakKey
            : ClientProblem.WeakSignature;

    // A certificate is named by its subject, which begins with a word and an equals sign: from there on it is its text.
    private static string Shown(string words)
    {
        words = words.Split(" used with certificate")[0];
        if (words.IndexOf('=', StringComparison.Ordinal) is >= 0 and var end)
            words = words[..Math.Max(words.LastIndexOf(' ', end), 0)];
        return words.Length > MaxWords ? $"{words[..MaxWords]}…" : words;
    }
}
