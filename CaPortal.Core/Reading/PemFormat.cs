using CaPortal.Core.Certificates;

namespace CaPortal.Core.Reading;

/// <summary>PEM text (RFC 7468) in every disguise: any encoding and line ending, text around and between the blocks, one line, JSON.</summary>
internal sealed class PemFormat : ICertificateFormat
{
    public string Name => "PEM";

    public ReadOutcome Read(ReadRequest request)
    {
        if (FileText.Read(request.Content) is not { } text)
            return ReadOutcome.NotThisFormat.Instance;
        var blocks = PemScanner.Scan(text.Span, request.Limits.MaxCertificates, request.CancellationToken);
        if (blocks.Count == 0)
            return ReadOutcome.NotThisFormat.Instance;
        if (blocks.Count > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);

        var parts = blocks.Select((block, index) => (block, Position: $"block {index + 1}, line {block.Line}")).ToArray();
        var items = ReadItems.InOrder(
            parts,
            part => ReadBlock(part.block, text.Slice(part.block.Start, part.block.Length), part.Position, request.Limits),
            request.CancellationToken);
        return items.Count > request.Limits.MaxCertificates ? ReadItems.TooMany(request.Limits) : new ReadOutcome.Items(items);
    }

    private static List<ReadItem> ReadBlock(PemBlock block, ReadOnlyMemory<byte> body, string position, ReadLimits limits)
    {
        if (NameByLabel(block.Label, position) is { } named)
            return [named];
        var decoded = Base64Text.Decode(WithoutHeaders(body.Span));
        if (decoded is not { } content || Asn1Guard.FirstElementLength(content.Span) is not { } length)
            return [Damaged(block, decoded, position)];

        var der = content[..length];
        var kind = DerSniffer.Sniff(der);
        if (kind == DerKind.Pkcs7)
            return Pkcs7Certificates.Read(der, limits, $"{position}, ") ?? [Damaged(block, content, position)];
        if (kind == DerKind.Unknown && block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal))
            kind = DerKind.Certificate;
        var item = kind == DerKind.Certificate ? ReadItems.Certificate(der, limits, position) : ReadItems.Element(der, limits, position);
        return [item.Facts is null ? item : item with { Findings = [.. item.Findings, .. Remarks(block, content.Length - length)] }];
    }

    /// <summary>What the label alone tells. The body of a private key is never decoded.</summary>
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
            "ATTRIBUTE CERTIFICATE" => NotCertificates.Named("Attribute certificate", "an attribute certificate", null, position),
            "EC PARAMETERS" or "DH PARAMETERS" or "X9.42 DH PARAMETERS" or "DSA PARAMETERS" => ReadItems.Other(
                "Key parameters", "These are parameters of a key and no certificate; they were left out.", null, position, null, FindingSeverity.Information),
            _ => null,
        };
    }

    private static ReadItem Damaged(PemBlock block, ReadOnlyMemory<byte>? content, string position)
    {
        var reason = block.Damage
            ?? (block.Length == 0 || content is { Length: 0 } ? "it is empty"
                : content is null ? "its base64 text has characters missing or changed"
                : "its data is cut off or changed");
        var what = block.Label.EndsWith("CERTIFICATE", StringComparison.Ordinal) ? "certificate" : "block";
        return ReadItems.Other($"Damaged {what}", $"This {what} cannot be read: {reason}.", "Export or download it again, and copy the whole text with its BEGIN and END lines.", position);
    }

    private static IEnumerable<Finding> Remarks(PemBlock block, int trailing)
    {
        if (block.Label == "TRUSTED CERTIFICATE" && trailing > 0)
            yield return new(FindingCode.Unusual, FindingSeverity.Information, "OpenSSL's own trust settings that stand behind the certificate were left out.");
        else if (trailing > 0)
            yield return new(FindingCode.Unusual, FindingSeverity.Information, $"{trailing:N0} bytes that stand behind the certificate were left out.");
        if (block.Damage is { } damage)
            yield return new(FindingCode.Unusual, FindingSeverity.Information, $"In the file {damage}, but the certificate itself is whole.");
    }

    /// <summary>The body behind RFC 1421 headers (<c>Proc-Type: 4,ENCRYPTED</c>), which end with an empty line.</summary>
    private static ReadOnlySpan<byte> WithoutHeaders(ReadOnlySpan<byte> body)
    {
        var lastColon = body.LastIndexOf((byte)':');
        if (lastColon < 0)
            return body;
        var lineEnd = body[lastColon..].IndexOfAny((byte)'\n', (byte)'\r');
        return lineEnd < 0 ? body : body[(lastColon + lineEnd)..];
    }
}
