using CaPortal.Core.Certificates;

namespace CaPortal.Core.Reading;

/// <summary>One or several certificates in DER, one behind the other.</summary>
internal sealed class DerFormat : ICertificateFormat
{
    public string Name => "DER";

    public ReadOutcome Read(ReadRequest request)
    {
        if (DerSniffer.Sniff(request.Content) != DerKind.Certificate)
            return ReadOutcome.NotThisFormat.Instance;

        var elements = new List<(ReadOnlyMemory<byte> Der, string Position)>();
        var position = 0;
        while (position < request.Content.Length && Asn1Guard.FirstElementLength(request.Content.Span[position..]) is { } length && request.Content.Span[position] == 0x30)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            if (elements.Count == request.Limits.MaxCertificates)
                return ReadItems.TooMany(request.Limits);
            elements.Add((request.Content.Slice(position, length), $"certificate {elements.Count + 1}, byte {position}"));
            position += length;
        }

        var items = ReadItems.InOrder(elements, e => [ReadItems.Element(e.Der, request.Limits, e.Position)], request.CancellationToken);
        AddRest(items, request.Content[position..], position);
        return new ReadOutcome.Items(items);
    }

    /// <summary>What stands behind the last certificate: the beginning of another one is damage, anything else is left out with a remark.</summary>
    private static void AddRest(List<ReadItem> items, ReadOnlyMemory<byte> rest, int position)
    {
        if (rest.Span.IndexOfAnyExcept(" \t\r\n\0"u8) < 0)
            return;
        if (rest.Length > 2 && rest.Span[0] == 0x30 && rest.Span[1] >= 0x80)
        {
            items.Add(ReadItems.Other(
                "Damaged certificate", "Another certificate begins here, but its data is cut off or changed.", "Export or download the file again.", $"certificate {items.Count + 1}, byte {position}"));
            return;
        }

        var last = items[^1];
        items[^1] = last with
        {
            Findings = [.. last.Findings, new(FindingCode.Unusual, FindingSeverity.Information, $"{rest.Length:N0} bytes that stand behind the certificate in the file were left out.")],
        };
    }
}
