using System.Security.Cryptography;
using System.Text;
using MimeKit;

namespace CaPortal.Core.Formats;

/// <summary>
/// A saved e-mail (MIME, RFC 2045). Its text and attachments may be encoded. What it encodes becomes one text, in which
/// attachments that are no text are PEM blocks.
/// </summary>
internal sealed class MailFormat : ICertificateFormat
{
    /// <summary>The label of an attachment that is not read inside an e-mail.</summary>
    public const string AttachmentLabel = "ATTACHMENT";

    private const int MaxHeader = 64 * 1024;
    private const int MaxDepth = 16;
    private const string SaveAdvice = "Save the certificate that came with it as a file and add that.";

    public string Name => "E-mail";

    public ReadOutcome Read(ReadRequest request)
    {
        if (FileText.Read(request.Content) is not { } text || !HasMimeHeader(Head(text.Span)))
            return ReadOutcome.NotThisFormat.Instance;
        if (MailBounds.Excess(text.Span) is { } excess)
            return new ReadOutcome.Broken("E-mail that is too large", $"The e-mail was not read: it has {excess}.", SaveAdvice);
        try
        {
            using var file = new MemoryStream(text.ToArray(), writable: false);
            var decoded = Decode(
                new MimeParser(new ParserOptions { MaxMimeDepth = MaxDepth }, file, MimeFormat.Entity).ParseEntity(request.CancellationToken),
                request);
            return decoded.Length > 0
                ? new ReadOutcome.Encoded(decoded)
                : new ReadOutcome.Items([NotCertificates.Named("E-mail", "an e-mail without a certificate", SaveAdvice)]);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What is no e-mail after all is text.
            return ReadOutcome.NotThisFormat.Instance;
        }
    }

    /// <summary>The whole lines that the text begins with, as far as they are looked at.</summary>
    private static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> text)
    {
        if (text.Length <= MaxHeader)
            return text;
        var head = text[..MaxHeader];
        return head.LastIndexOf((byte)'\n') is > 0 and var end ? head[..end] : head;
    }

    /// <summary>Whether the text begins with header lines, and one of them says that it is MIME.</summary>
    private static bool HasMimeHeader(ReadOnlySpan<byte> text)
    {
        var isMime = false;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.IsEmpty)
                return isMime;
            if (line[0] is (byte)' ' or (byte)'\t')
                continue;
            if (!MailBounds.IsHeader(line))
                return false;
            var colon = line.IndexOf((byte)':');
            isMime |= Ascii.EqualsIgnoreCase(line[..colon], "Content-Type"u8) || Ascii.EqualsIgnoreCase(line[..colon], "Content-Transfer-Encoding"u8);
        }

        return isMime;
    }

    private static byte[] Decode(MimeEntity mail, ReadRequest request)
    {
        using var all = new MemoryStream();
        MimePart? signature = null;
        foreach (var part in Parts(mail, 0))
        {
            request.CancellationToken.ThrowIfCancellationRequested();

            // The signature of the mail has its sender's certificate, which nobody means where there are others.
            if (part.ContentType.IsMimeType("application", "pkcs7-signature") || part.ContentType.IsMimeType("application", "x-pkcs7-signature"))
                signature = part;
            else
                Write(part, all);
        }

        if (all.Length == 0 && signature is not null)
            Write(signature, all);
        return all.ToArray();
    }

    private static IEnumerable<MimePart> Parts(MimeEntity entity, int depth) => entity switch
    {
        _ when depth > MaxDepth => [],
        Multipart several => several.SelectMany(part => Parts(part, depth + 1)),
        MessagePart { Message.Body: { } body } => Parts(body, depth + 1),
        MimePart { Content: not null } part => [part],
        _ => [],
    };

    /// <summary>Text as it is, where it has a certificate in it; other certificates as PEM; what is none, such as a picture, not at all.</summary>
    private static void Write(MimePart part, MemoryStream all)
    {
        using var content = new MemoryStream();
        part.Content?.DecodeTo(content);
        var bytes = content.GetBuffer().AsMemory(0, (int)content.Length);
        var label = DerSniffer.Sniff(bytes) switch
        {
            DerKind.Unknown when JavaKeystoreFormat.HasMagic(bytes) || bytes.Span.StartsWith("PK"u8) => AttachmentLabel,
            DerKind.Unknown => null,
            DerKind.Certificate => "CERTIFICATE",
            _ => "CMS",
        };
        if (label is not null)
            all.Write(Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, bytes.Span) + "\n"));
        else if (FileText.Read(bytes) is { } text && (text.Span.IndexOf("BEGIN"u8) >= 0 || text.Span.IndexOf("MII"u8) >= 0))
            all.Write([.. text.Span, (byte)'\n']);
    }
}
