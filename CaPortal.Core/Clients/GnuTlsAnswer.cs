using CaPortal.Core.Processes;

namespace CaPortal.Core.Clients;

/// <summary>Reads what <c>certtool --verify</c> says.</summary>
internal static class GnuTlsAnswer
{
    private const string Verdict = "Chain verification output: ";

    // GnuTLS's sentences, the one that says most first. What else is in its output can be text of a certificate and is never shown.
    private static readonly (string Words, ClientProblem Problem)[] Sentences =
    [
        ("The signature in the certificate is invalid.", ClientProblem.Signature),
        ("The certificate chain uses expired certificate.", ClientProblem.Expired),
        ("The certificate chain uses not yet valid certificate.", ClientProblem.NotYetValid),
        ("The certificate contains an unknown critical extension.", ClientProblem.Unsupported),
        ("The certificate chain uses insecure algorithm.", ClientProblem.WeakSignature),
        ("The certificate issuer is not a CA.", ClientProblem.Purpose),

        // On names or on the length of the path: it does not say which.
        ("The certificate chain violates the signer's constraints.", ClientProblem.Other),
        ("The certificate issuer is unknown.", ClientProblem.NoIssuer),
        ("The name in the certificate does not match the expected.", ClientProblem.Name),
    ];

    // What it says where it gets no further than reading.
    private static readonly (string Words, ClientProblem Problem)[] Failures =
    [
        ("gnutls_x509_trust_add_trust_file: No certificate was found", ClientProblem.NoIssuer),
        ("gnutls_x509_trust_add_trust_file:", ClientProblem.Malformed),
        ("error parsing CRTs:", ClientProblem.Malformed),
    ];

    /// <summary>What it says, without a full stop, because it becomes part of other sentences; null where that is no answer.</summary>
    public static ClientAnswer? Read(CommandResult result)
    {
        if (result.ExitCode == 0)
            return ClientAnswer.Accepted;

        if (result.Output.Split('\n').LastOrDefault(line => line.StartsWith(Verdict, StringComparison.Ordinal)) is { } verdict)
        {
            var said = Sentences.Where(s => verdict.Contains(s.Words, StringComparison.Ordinal)).ToList();
            return said.Count > 0
                ? new ClientAnswer(said[0].Problem, string.Join(' ', said.Select(s => s.Words)).TrimEnd('.'), null)
                : new ClientAnswer(ClientProblem.Other, "The certificate is NOT trusted", null);
        }

        return Failures.Where(f => result.Errors.Contains(f.Words, StringComparison.Ordinal))
            .Select(f => new ClientAnswer(f.Problem, LineWith(result.Errors, f.Words), null))
            .FirstOrDefault();
    }

    private static string LineWith(string text, string words) =>
        text.Split('\n').First(line => line.Contains(words, StringComparison.Ordinal)).Trim().TrimEnd('.');
}
