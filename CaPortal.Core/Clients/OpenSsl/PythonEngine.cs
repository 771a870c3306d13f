
namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>
/// Python 3.13 and later, with requests, pip and everything else that uses its ssl module. Each certificate among the roots
/// is an anchor, and the chain must follow RFC 5280 to the letter.
/// </summary>
internal sealed class PythonEngine : IClientEngine
{
    public string Name => ClientNames.Python;

    public string Title => "Python 3.13";

    public string Programs => "Python 3.13 and later: ssl, requests, pip";

    public string? Version => LibCrypto.Version is { } version ? $"OpenSSL {version}" : null;

    public ClientAnswer? Ask(ClientQuestion question) =>
        OpenSslVerifier.Ask(question, VerifyFlags.PartialChain | VerifyFlags.Strict, OpenSslVerifier.NoPartialWildcards);
}
