using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>What programs find in a file of certificates.</summary>
/// <param name="Certificates">The certificates in their order, each as often as it is there.</param>
/// <param name="DamagedBlocks">Number of blocks that are broken off, no base64, or no certificate that can be loaded: OpenSSL gives
/// up on the whole file.</param>
internal sealed record PemFile(IReadOnlyList<PemCertificate> Certificates, int DamagedBlocks)
{
    private const string ByteOrderMark = "\u00EF\u00BB\u00BF";

    /// <summary>Certificates that OpenSSL's settings in the file say are not trusted for servers.</summary>
    public IReadOnlyList<PemCertificate> Distrusted { get; private init; } = [];

    /// <summary>What is in it besides, and is not read by all programs.</summary>
    public UnreadForm Unread { get; private init; }

    /// <summary>Reads a file.</summary>
    /// <param name="content">Its content.</param>
    /// <param name="takesDer">Whether it may also be one certificate in DER.</param>
    public static PemFile Parse(byte[] content, bool takesDer = false)
    {
        if (takesDer && content is [0x30, ..])
        {
            var certificate = new PemCertificate(Thumbprints.Sha256(content), content);
            return certificate.IsLoadable ? new([certificate], 0) : new([], 1);
        }

        var certificates = new List<PemCertificate>();
        var distrusted = new List<PemCertificate>();
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

            unread = UnreadForms.OfLabel(block[fields.Label]) ?? unread;
            if (PemCertificate.Read(block[fields.Label], Convert.FromBase64String(block[fields.Base64Data].ToString())) is not { } certificate)
                continue;
            if (!certificate.IsLoadable)
                damaged++;
            else
                (certificate.IsDistrusted ? distrusted : certificates).Add(certificate);
        }

        return new(certificates, damaged)
        {
            Distrusted = distrusted,
            Unread = unread ?? (certificates.Count + damaged == 0 ? UnreadForm.Unknown : UnreadForm.None),
        };
    }

    /// <summary>One certificate as a file of its own.</summary>
    public static byte[] Format(ReadOnlySpan<byte> der) => Encoding.ASCII.GetBytes(PemCertificate.Format(der) + "\n");

    // As OpenSSL reads it: at the beginning of a line, where it passes over a byte order mark of UTF-8.
    private static bool BeginsLine(string text, int start) =>
        start == 0
        || text[start - 1] == '\n'
        || (text.AsSpan(0, start).EndsWith(ByteOrderMark) && (start == ByteOrderMark.Length || text[start - ByteOrderMark.Length - 1] == '\n'));
}
