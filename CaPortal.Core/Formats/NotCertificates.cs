using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>Names what is no certificate and says what to do instead.</summary>
internal static class NotCertificates
{
    private const string ExportAdvice = "Export or download the CA certificate itself, as .cer, .crt, .pem, .p7b or .pfx.";

    public static ReadItem Name(DerKind kind, string? position = null, string? friendlyName = null, FindingSeverity severity = FindingSeverity.Error)
    {
        var (name, message, advice) = kind switch
        {
            DerKind.CertificateRequest => (
                "Certificate signing request",
                "This is a certificate signing request, not a certificate.",
                "Add the certificate that the CA issued in answer to it, or rather the CA's own certificate."),
            DerKind.RevocationList => (
                "Certificate revocation list",
                "This is a certificate revocation list, not a certificate.",
                "Add the certificate of the CA that issued the list."),
            DerKind.PublicKey => ("Public key", "This is a public key without a certificate.", ExportAdvice),
            DerKind.Pkcs12 => ("PKCS#12 file", "This is a PKCS#12 file inside another file.", "Add the PKCS#12 file (.pfx, .p12) on its own."),
            DerKind.Pkcs7 => ("PKCS#7 file", "This is a PKCS#7 file inside another file.", "Add the PKCS#7 file (.p7b) on its own."),
            DerKind.OtherCms => ("Encrypted or signed message", "This is an encrypted or signed message (CMS), not a certificate.", ExportAdvice),
            DerKind.OcspResponse => ("OCSP response", "This is an answer about a certificate's revocation (OCSP), not a certificate.", ExportAdvice),
            _ => ("Unknown data", "This is no certificate, nor anything else that is known here.", ExportAdvice),
        };
        return ReadItems.Other(name, message, advice, position, friendlyName, severity);
    }

    /// <summary>Something that has a name of its own: <c>a PNG image</c>.</summary>
    public static ReadItem Named(string kind, string article, string? advice = null, string? position = null) =>
        ReadItems.Other(kind, $"This is {article}, not a certificate.", advice ?? ExportAdvice, position);
}
