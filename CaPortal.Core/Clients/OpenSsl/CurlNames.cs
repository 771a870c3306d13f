using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Core.Clients.OpenSsl;

/// <summary>How curl compares the name that it calls with those of a certificate, where OpenSSL verifies the chain: not by OpenSSL.</summary>
internal static class CurlNames
{
    private const string CommonName = "2.5.4.3";
    private const string Wildcard = "*.";

    /// <summary>Whether the certificate is for the name.</summary>
    /// <param name="certificate">DER of the server's certificate.</param>
    /// <param name="name">A DNS name in ASCII or an IP address.</param>
    public static bool Match(ReadOnlyMemory<byte> certificate, string name)
    {
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(certificate.Span);
            var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
            var (dns, addresses) = names is null ? ([], []) : (names.EnumerateDnsNames().ToList(), names.EnumerateIPAddresses().ToList());

            // One name of either kind, and the common name does not count any more.
            if (dns.Count + addresses.Count == 0)
                return LastCommonName(leaf.SubjectName) is { } common && Match(common, name);
            return IPAddress.TryParse(name, out var address) ? addresses.Contains(address) : dns.Exists(d => Match(d, name));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string? LastCommonName(X500DistinguishedName subject) => subject.EnumerateRelativeDistinguishedNames(reversed: false)
        .Where(n => !n.HasMultipleElements && n.GetSingleElementType().Value == CommonName)
        .Select(n => n.GetSingleElementValue())
        .LastOrDefault();

    private static bool Match(string pattern, string name)
    {
        // A final dot says that the name is complete.
        var (text, host) = (Undotted(pattern), Undotted(name));
        var rest = text.IndexOf('.', StringComparison.Ordinal);

        // A wildcard for all of a top-level domain is none.
        if (!text.StartsWith(Wildcard, StringComparison.Ordinal) || text.LastIndexOf('.') == rest)
            return text.Length > 0 && text.Equals(host, StringComparison.OrdinalIgnoreCase);
        return !IPAddress.TryParse(host, out _)
            && host.IndexOf('.', StringComparison.Ordinal) is >= 0 and var label
            && text.AsSpan(rest).Equals(host.AsSpan(label), StringComparison.OrdinalIgnoreCase);
    }

    private static string Undotted(string name) => name.EndsWith('.') ? name[..^1] : name;
}
