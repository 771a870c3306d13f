using CaPortal.Core.Clients.OpenSsl;

namespace CaPortal.Core.Clients;

/// <summary>curl, git, and Python up to 3.12: each certificate among the roots is an anchor to them.</summary>
internal sealed class CurlEngine : IClientEngine
{
    public string Name => ClientNames.Curl;

    public string Title => "curl";

    public string Programs => "curl, git, and Python up to 3.12";

    public string? Version => LibCrypto.Version is { } version ? $"OpenSSL {version}" : null;

    public ClientAnswer? Ask(ClientQuestion question) => OpenSslVerifier.Ask(question, VerifyFlags.PartialChain);
}
