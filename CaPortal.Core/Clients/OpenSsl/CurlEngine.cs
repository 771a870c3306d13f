using CaPortal.Core.Certificates;

namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>curl and git: each certificate among the roots is an anchor to them, and they compare names themselves.</summary>
internal sealed class CurlEngine : IClientEngine
{
    public string Name => ClientNames.Curl;

    public string Title => "curl";

    public string Programs => "curl, git";

    public string? Version => LibCrypto.Version is { } version ? $"OpenSSL {version}" : null;

    public ClientAnswer? Ask(ClientQuestion question)
    {
        var answer = OpenSslVerifier.Ask(question with { ServerName = null }, VerifyFlags.PartialChain, 0);
        return answer is not { IsAccepted: true } || question.ServerName is not { } name || CurlNames.Match(question.Presented[0], name)
            ? answer
            : new ClientAnswer(
                ClientProblem.Name,
                "no alternative certificate subject name matches target host name",
                Thumbprints.Sha256(question.Presented[0].Span));
    }
}
