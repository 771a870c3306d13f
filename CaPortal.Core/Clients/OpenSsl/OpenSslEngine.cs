
namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>nginx, HAProxy, Node.js, PHP, Python up to 3.12 and what else has OpenSSL verify as it does by itself: to a self-signed root.</summary>
internal sealed class OpenSslEngine : IClientEngine
{
    public string Name => ClientNames.OpenSsl;

    public string Title => "OpenSSL";

    public string Programs => "nginx, HAProxy, Node.js, PHP, and Python up to 3.12";

    public string? Version => LibCrypto.Version is { } version ? $"OpenSSL {version}" : null;

    public ClientAnswer? Ask(ClientQuestion question) => OpenSslVerifier.Ask(question, VerifyFlags.None, 0);
}
