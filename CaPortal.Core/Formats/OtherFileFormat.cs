using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>Names the files that people add by mistake. The last of the formats: it takes everything.</summary>
internal sealed class OtherFileFormat : ICertificateFormat
{
    private const string DamagedKind = "Damaged certificate";

    private static readonly (byte[] Magic, string Kind, string Article)[] Magics =
    [
        ([0x89, 0x50, 0x4e, 0x47], "PNG image", "a PNG image"),
        ([0xff, 0xd8, 0xff], "JPEG image", "a JPEG image"),
        ("GIF8"u8.ToArray(), "GIF image", "a GIF image"),
        ("%PDF"u8.ToArray(), "PDF document", "a PDF document"),
        ([0xd0, 0xcf, 0x11, 0xe0], "Office document", "a Microsoft Office document or installer"),
        ([0x7f, 0x45, 0x4c, 0x46], "Executable", "an executable program"),
        ("MZ"u8.ToArray(), "Executable", "an executable program"),
        ([0xcf, 0xfa, 0xed, 0xfe], "Executable", "an executable program"),
        ([0xca, 0xfe, 0xba, 0xbe], "Executable", "an executable program or Java class"),
        ("SQLite format 3"u8.ToArray(), "SQLite database", "a SQLite database"),
    ];

    public string Name => "Unknown";

    /// <summary>What is said of rich text.</summary>
    public static ReadItem RichText =>
        ReadItems.Other(
            "Rich text",
            "This is rich text (RTF), whose markup is in the way of a certificate in it.",
            "Save it as plain text (.txt), or get the certificate's own file.");

    /// <summary>Whether the text has the markup of word processors.</summary>
    public static bool IsRichText(ReadOnlySpan<byte> text) => text.StartsWith("{\\rtf"u8);

    public ReadOutcome Read(ReadRequest request)
    {
        if (Der(request) is { } der)
            return new ReadOutcome.Items([der]);
        var item = Empty(request.Content.Span) ?? Binary(request.Content.Span) ?? Text(request.Content) ?? NotCertificates.Name(DerKind.Unknown);
        return item.Kind is ReadItems.PrivateKeyKind or DamagedKind ? new ReadOutcome.Items([item]) : new ReadOutcome.Foreign(item);
    }

    private static ReadItem? Empty(ReadOnlySpan<byte> content) =>
        content.IsEmpty ? ReadItems.Other("Empty file", "The file is empty.", "Export or download the certificate again.") : null;

    private static ReadItem? Binary(ReadOnlySpan<byte> content)
    {
        foreach (var (magic, kind, article) in Magics)
        {
            if (content.StartsWith(magic))
                return NotCertificates.Named(kind, article);
        }

        return null;
    }

    private static ReadItem? Der(ReadRequest request)
    {
        var content = request.Content;
        if (DerSniffer.Sniff(content) is not DerKind.Unknown)
            return ReadItems.Element(content, request.Limits);
        // A sequence of at least 128 bytes; more than four bytes for the length are of no file that is read here.
        if (content.Length < 2 || content.Span[0] != 0x30 || content.Span[1] is < 0x80 or > 0x84)
            return null;
        return Asn1Guard.FirstElementLength(content.Span) is null
            ? ReadItems.Other(
                "Damaged file",
                "The file begins like a DER certificate or a PKCS#12 file, but it is cut off or changed.",
                "Export or download it again, in binary mode.")
            : ReadItems.Other(
                "Unknown DER data",
                "The file is DER data, but neither a certificate nor a collection of them.",
                "Export or download the CA certificate itself.");
    }

    /// <summary>The first line is a name in brackets, and a key and an equals sign or a remark follow.</summary>
    private static bool IsIni(string start)
    {
        var lines = start.Split('\n', 3, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines is [['[', (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'), .., ']'], var second, ..]
            && (second[0] is '#' or ';' || second.Contains('=', StringComparison.Ordinal));
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
            return NotCertificates.Named(
                "HTML page",
                "an HTML page",
                "Download the certificate's own file, not the page that links to it; the page may be a sign-in page or an error message.");
        if (start.Contains("BEGIN CERTIFICATE", StringComparison.OrdinalIgnoreCase))
            return ReadItems.Other(
                DamagedKind,
                "The BEGIN line of a certificate was changed: it must have five hyphens on each side and capital letters.",
                "Copy the text again from a plain text editor.");
        if (start.StartsWith("[InternetShortcut", StringComparison.OrdinalIgnoreCase) || start.StartsWith("[Desktop Entry]", StringComparison.Ordinal))
            return NotCertificates.Named(
                "Shortcut",
                "a shortcut to another place",
                "Open the shortcut, download the certificate file that it leads to, and add that.");
        if (IsRichText(text.Span))
            return RichText;
        if (IsIni(start))
            return NotCertificates.Named("INI file", "a file of settings in sections (INI)");
        if (start[0] is '{' or '[')
            return NotCertificates.Named("JSON text", "JSON text without a PEM certificate");
        return start[0] == '<' ? NotCertificates.Named("XML text", "XML text") : NotCertificates.Named("Text", "text");
    }
}
