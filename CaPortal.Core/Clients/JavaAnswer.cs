namespace CaPortal.Core.Clients;

/// <summary>Reads what the worker of <see cref="JavaEngine"/> answers: nothing, or one line for each of Java's exceptions, the outermost first.</summary>
internal static class JavaAnswer
{
    /// <summary>The answer that asks for the roots.</summary>
    public const char RootsUnknown = '?';

    private const int MostWords = 160;

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

    // Where there is no such reason: how the words begin. Those of other exceptions can hold text of a certificate and are never shown.
    private static readonly (string Words, ClientProblem Problem)[] ByWords =
    [
        ("No subject alternative", ClientProblem.Name),
        ("No name matching", ClientProblem.Name),
        ("unable to find valid certification path", ClientProblem.NoIssuer),
        ("the trustAnchors parameter must be non-empty", ClientProblem.NoIssuer),
        ("Extended key usage does not permit", ClientProblem.Purpose),
        ("KeyUsage does not allow", ClientProblem.Purpose),
        ("Failed to parse server certificates", ClientProblem.Malformed),
        ("Empty server certificate chain", ClientProblem.Malformed),
        ("The certificate chain length", ClientProblem.Other),
        ("The size of the handshake message", ClientProblem.Other),
    ];

    /// <summary>What it says; never null.</summary>
    public static ClientAnswer Read(string text)
    {
        if (text.Length == 0)
            return ClientAnswer.Accepted;

        // The innermost cause says most.
        var causes = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(f => f.Length == 4).Reverse().ToList();
        return causes.Select(Reasoned).FirstOrDefault(a => a is not null)
            ?? causes.Select(Worded).FirstOrDefault(a => a is not null)
            ?? new ClientAnswer(ClientProblem.Other, causes.Select(f => f[0]).LastOrDefault() ?? "no reason", null);
    }

    private static ClientAnswer? Reasoned(string[] cause) =>
        cause is [_, var reason, var sha256, var words] && ByReason.TryGetValue(reason, out var problem)
            ? new ClientAnswer(problem == ClientProblem.WeakSignature ? WeaknessOf(words) : problem, Shown(words), sha256.Length > 0 ? sha256 : null)
            : null;

    private static ClientAnswer? Worded(string[] cause) =>
        ByWords.FirstOrDefault(w => cause[^1].StartsWith(w.Words, StringComparison.Ordinal)) is { Words: not null } known
            ? new ClientAnswer(known.Problem, Shown(cause[^1]), null)
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
        return words.Length > MostWords ? $"{words[..MostWords]}…" : words;
    }
}
