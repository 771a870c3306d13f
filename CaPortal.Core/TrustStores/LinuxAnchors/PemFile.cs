using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>A certificate in a file.</summary>
/// <param name="Sha256">SHA-256 of <paramref name="Der"/>.</param>
/// <param name="Der">Its DER encoding.</param>
internal sealed record PemCertificate(string Sha256, byte[] Der)
{
    private const int HashLength = 16;

    /// <summary>Its subject and the beginning of its hash, for people; the subject is not to be trusted.</summary>
    public string Name
    {
        get
        {
            var hash = $"SHA-256 {Sha256[..HashLength]}…";
            try
            {
                using var certificate = X509CertificateLoader.LoadCertificate(Der);
                return $"{DisplayText.Shorten(certificate.Subject)}, {hash}";
            }
            catch (CryptographicException)
            {
                return hash; // A name that cannot be decoded.
            }
        }
    }
}

/// <summary>What programs find in a file of certificates.</summary>
/// <param name="Certificates">The certificates in their order, each as often as it is there.</param>
/// <param name="DamagedBlocks">Number of blocks that are broken off, no base64, or no certificate that can be loaded: OpenSSL gives up on the whole file.</param>
internal sealed record PemFile(IReadOnlyList<PemCertificate> Certificates, int DamagedBlocks)
{
    private const string Label = "CERTIFICATE";
    private const string ByteOrderMark = "\u00EF\u00BB\u00BF";

    /// <summary>What is in it besides, and is not read.</summary>
    public UnreadForm Unread { get; private init; }

    /// <summary>Reads a file.</summary>
    /// <param name="content">Its content.</param>
    /// <param name="takesDer">Whether it may also be one certificate in DER.</param>
    public static PemFile Parse(byte[] content, bool takesDer = false)
    {
        if (takesDer && content is [0x30, ..])
            return LoadableCertificates.Contains(Thumbprints.Sha256(content), content) ? new([Certificate(content)], 0) : new([], 1);

        var certificates = new List<PemCertificate>();
        var damaged = 0;
        var unread = UnreadForms.Find(content);
        var text = Encoding.Latin1.GetString(content);
        foreach (var range in PemBlocks.Find(text))
        {
            var block = text.AsSpan(range);
            if (!takesDer && !BeginsLine(text, range.Start.Value))
            {
                unread = UnreadForm.Indented;
                continue;
            }

            if (!PemEncoding.TryFind(block, out var fields))
            {
                damaged++;
                continue;
            }

            if (block[fields.Label] is not (Label or "X509 CERTIFICATE"))
            {
                unread = UnreadForms.OfLabel(block[fields.Label]) ?? unread;
                continue;
            }

            var certificate = Certificate(Convert.FromBase64String(block[fields.Base64Data].ToString()));
            if (LoadableCertificates.Contains(certificate.Sha256, certificate.Der))
                certificates.Add(certificate);
            else
                damaged++;
        }

        return new(certificates, damaged) { Unread = unread ?? (certificates.Count + damaged == 0 ? UnreadForm.Unknown : UnreadForm.None) };
    }

    /// <summary>One certificate as a file of its own.</summary>
    public static byte[] Format(ReadOnlySpan<byte> der) => Encoding.ASCII.GetBytes(PemEncoding.WriteString(Label, der) + "\n");

    // As OpenSSL reads it: at the beginning of a line, where it passes over a byte order mark of UTF-8.
    private static bool BeginsLine(string text, int start) =>
        start == 0 || text[start - 1] == '\n' || (text.AsSpan(0, start).EndsWith(ByteOrderMark) && (start == ByteOrderMark.Length || text[start - ByteOrderMark.Length - 1] == '\n'));

    private static PemCertificate Certificate(byte[] der) => new(Thumbprints.Sha256(der), der);
}
