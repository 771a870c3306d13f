using System.Text;

namespace CaPortal.Core.Reading;

/// <summary>Names the files that people add by mistake. The last of the formats: it takes everything.</summary>
internal sealed class OtherFileFormat : ICertificateFormat
{
    private const string UnpackAdvice = "Unpack it and add the certificate files in it.";

    private static readonly (byte[] Magic, string Kind, string Article, string? Advice)[] Magics =
    [
        ("PK\x3\x4"u8.ToArray(), "ZIP archive", "a ZIP archive (or a document or package in that form)", UnpackAdvice),
        ("PK\x5\x6"u8.ToArray(), "ZIP archive", "an empty ZIP archive", UnpackAdvice),
        ([0x1f, 0x8b], "Gzip archive", "a gzip archive", UnpackAdvice),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7-Zip archive", "a 7-Zip archive", UnpackAdvice),
        ("Rar!"u8.ToArray(), "RAR archive", "a RAR archive", UnpackAdvice),
        ([0x89, 0x50, 0x4e, 0x47], "PNG image", "a PNG image", null),
        ([0xff, 0xd8, 0xff], "JPEG image", "a JPEG image", null),
        ("GIF8"u8.ToArray(), "GIF image", "a GIF image", null),
        ("%PDF"u8.ToArray(), "PDF document", "a PDF document", null),
        ([0xd0, 0xcf, 0x11, 0xe0], "Office document", "a Microsoft Office document or installer", null),
        ([0x7f, 0x45, 0x4c, 0x46], "Executable", "an executable program", null),
        ("MZ"u8.ToArray(), "Executable", "an executable program", null),
        ([0xcf, 0xfa, 0xed, 0xfe], "Executable", "an executable program", null),
        ([0xca, 0xfe, 0xba, 0xbe], "Executable", "an executable program or Java class", null),
        ("SQLite format 3"u8.ToArray(), "SQLite database", "a SQLite database", null),
    ];

    public string Name => "Unknown";

    public ReadOutcome Read(ReadRequest request)
    {
        var item = Empty(request.Content.Span) ?? Binary(request) ?? Text(request.Content);
        return new ReadOutcome.Items([item ?? NotCertificates.Name(DerKind.Unknown)]);
    }

    private static ReadItem? Empty(ReadOnlySpan<byte> content) =>
        content.IsEmpty ? ReadItems.Other("Empty file", "The file is empty.", "Export or download the certificate again.") : null;

    private static ReadItem? Binary(ReadRequest request)
    {
        var content = request.Content;
        foreach (var (magic, kind, article, advice) in Magics)
        {
            if (content.Span.StartsWith(magic))
                return NotCertificates.Named(kind, article, advice);
        }

        if (DerSniffer.Sniff(content) is not DerKind.Unknown)
            return ReadItems.Element(content, request.Limits);
        if (content.Length < 2 || content.Span[0] != 0x30 || content.Span[1] < 0x80)
            return null;
        return Asn1Guard.FirstElementLength(content.Span) is null
            ? ReadItems.Other("Damaged file", "The file begins like a DER certificate or a PKCS#12 file, but it is cut off or changed.", "Export or download it again, in binary mode.")
            : ReadItems.Other("Unknown DER data", "The file is DER data, but neither a certificate nor a collection of them.", "Export or download the CA certificate itself.");
    }

    private static ReadItem? Text(ReadOnlyMemory<byte> content)
    {
        const int head = 4096;
        if (FileText.Read(content) is not { } text)
            return null;
        if (text.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            return ReadItems.Other("Empty file", "The file holds nothing but white space.", "Export or download the certificate again.");

        var start = Encoding.UTF8.GetString(text.Span[..Math.Min(text.Length, head)]).TrimStart();
        if (start.StartsWith("PuTTY-User-Key-File", StringComparison.Ordinal))
            return ReadItems.PrivateKey(null);
        if (start.StartsWith("ssh-", StringComparison.Ordinal) || start.StartsWith("ecdsa-sha2-", StringComparison.Ordinal)
            || start.StartsWith("sk-", StringComparison.Ordinal) || start.StartsWith("---- BEGIN SSH2", StringComparison.Ordinal))
            return NotCertificates.Named("SSH key", "an SSH key");
        if (start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.Contains("<html", StringComparison.OrdinalIgnoreCase))
            return NotCertificates.Named("HTML page", "an HTML page", "Download the certificate's own file, not the page that links to it; the page may be a sign-in page or an error message.");
        if (start.Contains("BEGIN CERTIFICATE", StringComparison.OrdinalIgnoreCase))
            return ReadItems.Other("Damaged certificate", "The BEGIN line of a certificate was changed: it must have five hyphens on each side and capital letters.", "Copy the text again from a plain text editor.");
        if (start.StartsWith("[InternetShortcut", StringComparison.OrdinalIgnoreCase) || start.StartsWith("[Desktop Entry]", StringComparison.Ordinal))
            return NotCertificates.Named("Shortcut", "a shortcut to another place", "Open the shortcut, download the certificate file that it leads to, and add that.");
        if (start[0] is '{' or '[')
            return NotCertificates.Named("JSON text", "JSON text without a PEM certificate");
        return start[0] == '<' ? NotCertificates.Named("XML text", "XML text") : NotCertificates.Named("Text", "text");
    }
}
