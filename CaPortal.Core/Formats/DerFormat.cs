using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>One or several certificates in DER, one behind the other.</summary>
internal sealed class DerFormat : ICertificateFormat
{
    /// <summary>No certificate is smaller, in any form.</summary>
    private const int SmallestFile = 100;

    public string Name => "DER";

    public ReadOutcome Read(ReadRequest request)
    {
        if (DerSniffer.Sniff(request.Content) != DerKind.Certificate)
            return ReadOutcome.NotThisFormat.Instance;

        var elements = new List<(ReadOnlyMemory<byte> Der, string Position)>();
        var position = 0;
        while (
            position < request.Content.Length
            && Asn1Guard.FirstElementLength(request.Content.Span[position..]) is { } length
            && request.Content.Span[position] == 0x30)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            if (elements.Count == request.Limits.MaxCertificates)
                return ReadItems.TooMany(request.Limits);
            elements.Add((request.Content.Slice(position, length), $"certificate {elements.Count + 1}, byte {position}"));
            position += length;
        }

        var items = ReadItems.InOrder(elements, e => [ReadItems.Element(e.Der, request.Limits, e.Position)], request.CancellationToken);
        ApplyTrust(items, elements);
        AddRest(items, request.Content[position..], position);
        return new ReadOutcome.Items(items);
    }

    /// <summary>OpenSSL's trust settings are an element of their own behind the certificate that they are for.</summary>
    private static void ApplyTrust(List<ReadItem> items, List<(ReadOnlyMemory<byte> Der, string Position)> elements)
    {
        for (var i = elements.Count - 1; i > 0; i--)
        {
            if (items[i - 1].Facts is null || DerSniffer.Sniff(elements[i].Der) != DerKind.Unknown || OpenSslTrust.Read(elements[i].Der) is not { } trust)
                continue;
            items[i - 1] = trust.AppliedTo(items[i - 1]);
            items.RemoveAt(i);
        }
    }

    /// <summary>
    /// What follows the last certificate: the beginning of another one is damage, anything else is left out with a remark, and what
    /// may hold another file with an item.
    /// </summary>
    private static void AddRest(List<ReadItem> items, ReadOnlyMemory<byte> rest, int position)
    {
        if (rest.Span.IndexOfAnyExcept(" \t\r\n\0"u8) < 0)
            return;
        if (rest.Length > 2 && rest.Span[0] == 0x30 && rest.Span[1] >= 0x80)
        {
            items.Add(
                ReadItems.Other(
                    "Damaged certificate",
                    "Another certificate begins here, but its data is cut off or changed.",
                    "Export or download the file again.",
                    $"certificate {items.Count + 1}, byte {position}"));
            return;
        }

        if (rest.Length >= SmallestFile)
        {
            items.Add(ReadItems.Unread(rest.Length, $"byte {position}"));
            return;
        }

        var last = items[^1];
        items[^1] = last with
        {
            Findings =
            [
                .. last.Findings,
                new(FindingCode.Unusual, FindingSeverity.Information, $"{rest.Length:N0} bytes that follow the certificate in the file were left out."),
            ],
        };
    }
}
