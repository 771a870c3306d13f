using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Clients.OpenSsl;

namespace CaPortal.Core.Clients;

/// <summary>curl, git, and Python up to 3.12: each certificate among the roots is an anchor to them.</summary>
internal sealed class CurlEngine : IClientEngine
{
    public string Name => ClientNames.Curl;

    public string Title => "curl";

    public string Programs => "curl, git, and Python up to 3.12";

    public string? Version => LibCrypto.Version is { } version ? $"OpenSSL {version}" : null;

    public ClientAnswer? Ask(ClientQuestion question) => OpenSslVerifier.Ask(question, VerifyFlags.PartialChain, IsNamedByCommonName(question));

    /// <summary>curl compares names itself: an address with the common name too, where subjectAltName has neither DNS names nor addresses.</summary>
    private static bool IsNamedByCommonName(ClientQuestion question)
    {
        if (question.Presented.Count == 0 || !IPAddress.TryParse(question.ServerName, out _))
            return false;
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(question.Presented[0].Span);
            return !leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(n => n.EnumerateDnsNames().Any() || n.EnumerateIPAddresses().Any());
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
