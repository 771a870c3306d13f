using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>PEM text (RFC 7468) in every disguise: any encodings and line endings, text around and between the blocks, one line, JSON.</summary>
internal sealed class PemFormat : ICertificateFormat
{
    public string Name => "PEM";

    public ReadOutcome Read(ReadRequest request)
    {
        var text = FileText.Start(request.Content, out var end);
        var blocks = PemScanner.Scan(text.Span, request.Limits.MaxCertificates, request.CancellationToken);
        if (PemFrames.Mended(text.Span, blocks) is { } mended)
        {
            text = mended;
            blocks = PemScanner.Scan(mended, request.Limits.MaxCertificates, request.CancellationToken);
        }

        if (blocks.Count > 0 || end < request.Content.Length)
            blocks = PemGaps.WithBareBlocks(text.Span, blocks, request.Limits.MaxCertificates);
        if (blocks.Count == 0)
            return ReadOutcome.NotThisFormat.Instance;
        if (blocks.Count > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);

        var marks = new P11KitMarks(P11KitObject.ReadAll(text.Span, request.CancellationToken));
        var number = 0;
        var parts = blocks.Select(block => (block, Position: PositionOf(block))).Where(p => !marks.TakeRule(p.block, text.Span)).ToArray();
        var items = ReadItems.InOrder(
            parts,
            part =>
                [
                    .. ReadBlock(part.block, text.Slice(part.block.Start, part.block.Length), part.Position, request.Limits)
                        .Where(item => IsNew(item, part.block, request))
                        .Select(item => marks.AppliedTo(item, part.block.Start)),
                ],
            request.CancellationToken);
        if (OtherFileFormat.IsRichText(text.Span) && items.TrueForAll(i => i.Facts is null))
            return new ReadOutcome.Items([OtherFileFormat.RichText]);
        if (end < request.Content.Length)
            items.Add(ReadItems.Unread(request.Content.Length - end, "behind the text"));
        else if (BeginsDer(text.Span[(blocks[^1].Start + blocks[^1].Length)..]))
            items.Add(ReadItems.Unread(text.Length - blocks[^1].Start - blocks[^1].Length, $"behind block {blocks.Count}"));
        return items.Count > request.Limits.MaxCertificates ? ReadItems.TooMany(request.Limits) : new ReadOutcome.Items(items);

        string PositionOf(PemBlock block) => block.IsBare && request.FromValues.Count > 0 ? $"line {block.Line}" : $"block {++number}, line {block.Line}";
    }

    /// <summary>Base64 without a frame may be a value that another format has read or will read.</summary>
    private static bool IsNew(ReadItem item, PemBlock block, ReadRequest request) =>
        !block.IsBare || request.FromValues.Count == 0 || (item.Facts is { } facts && !request.FromValues.Contains(facts.Sha256));

    private static List<ReadItem> ReadBlock(PemBlock block, ReadOnlyMemory<byte> body, string position, ReadLimits limits)
    {
        if (NameByLabel(block.Label, position) is { } named)
            return [named];
        var decoded = PemBody.Decode(body.Span);
        if (decoded is not { } content || Asn1Guard.FirstElementLength(content.Span) is not { } length)
            return [Damaged(block, body.Span, decoded, position)];

        var der = content[..length];
        var kind = DerSniffer.Sniff(der);
        if (kind == DerKind.Pkcs7)
            return Pkcs7Certificates.Read(der, limits, $"{position}, ") ?? [Damaged(block, body.Span, content, position)];
        if (kind == DerKind.Unknown && block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal))
            kind = DerKind.Certificate;
        var item = kind == DerKind.Certificate ? ReadItems.Certificate(der, limits, position) : ReadItems.Element(der, limits, position);
        if (item.Facts is null)
            return [item];
        var trust = length == content.Length ? null : OpenSslTrust.Read(content[length..]);
        item = item with { Findings = [.. item.Findings, .. Remarks(block, trust is null ? content.Length - length : 0)] };
        return [trust?.AppliedTo(item) ?? item];
    }

    /// <summary>Whether what follows the last block begins like a certificate in DER.</summary>
    private static bool BeginsDer(ReadOnlySpan<byte> rest)
    {
        var lineEnd = rest.StartsWith("-----END "u8) ? rest.IndexOfAny((byte)'\n', (byte)'\r') : -1;
        return lineEnd >= 0 && rest[lineEnd..].TrimStart(" \t\r\n"u8) is [0x30, >= 0x80, ..];
    }

    /// <summary>What the label alone says. The body of a private key is never decoded.</summary>
    private static ReadItem? NameByLabel(string label, string position)
    {
        if (label.StartsWith("PGP ", StringComparison.Ordinal))
            return NotCertificates.Named("PGP key or message", "a PGP key or message", null, position);
        if (label.Contains("PRIVATE KEY", StringComparison.OrdinalIgnoreCase))
            return ReadItems.PrivateKey(position);
        return label switch
        {
            "SSH2 PUBLIC KEY" => NotCertificates.Named("SSH key", "an SSH key", null, position),
            "PUBLIC KEY" or "RSA PUBLIC KEY" => NotCertificates.Name(DerKind.PublicKey, position),
            "X509 CRL" => NotCertificates.Name(DerKind.RevocationList, position),
            "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST" => NotCertificates.Name(DerKind.CertificateRequest, position),
            MailFormat.AttachmentLabel => NotCertificates.Named(
                "Attachment",
                "an attachment of the e-mail that is not read in it",
                "Save the attachment as a file and add that.",
                position),
            "ATTRIBUTE CERTIFICATE" => NotCertificates.Named("Attribute certificate", "an attribute certificate", null, position),
            "EC PARAMETERS" or "DH PARAMETERS" or "X9.42 DH PARAMETERS" or "DSA PARAMETERS" => ReadItems.Other(
                "Key parameters", "These are parameters of a key and no certificate; they were left out.", null, position, null, FindingSeverity.Information),
            _ => null,
        };
    }

    private static ReadItem Damaged(PemBlock block, ReadOnlySpan<byte> body, ReadOnlyMemory<byte>? content, string position)
    {
        var what = block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal) ? "certificate" : "block";
        var obstacle = block.Damage is null && block.Length > 0 ? PemBody.Obstacle(body, block.Line) : null;
        var reason = block.Damage ?? obstacle?.Reason
            ?? (block.Length == 0 || content is { Length: 0 } ? "it is empty"
                : content is null ? "its base64 text has characters missing or changed"
                : "its data is cut off or changed");
        var advice = obstacle?.Advice ?? "Export or download it again, and copy the whole text with its BEGIN and END lines.";
        return ReadItems.Other($"Damaged {what}", $"This {what} cannot be read: {reason}.", advice, position);
    }

    private static IEnumerable<Finding> Remarks(PemBlock block, int trailing)
    {
        if (trailing > 0)
            yield return new(FindingCode.Unusual, FindingSeverity.Information, $"{trailing:N0} bytes that follow the certificate were left out.");
        if (block.Damage is { } damage)
            yield return new(FindingCode.Unusual, FindingSeverity.Information, $"In the file {damage}, but the certificate itself is whole.");
    }
}
