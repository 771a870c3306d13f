using System.Buffers.Binary;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>
/// A serialized store of Windows, the form of .sst files. It has properties, each after its number, encoding and length. The
/// certificate itself is property 32, after the properties that belong to it (MS-OSHARED §2.3.9.1).
/// </summary>
internal sealed class SerializedStoreFormat : ICertificateFormat
{
    private const int HeaderBytes = 12;
    private const uint End = 0;
    private const uint FriendlyName = 11;
    private const uint Certificate = 32;
    private const uint RevocationList = 33;
    private const uint TrustList = 34;

    private static ReadOnlySpan<byte> Start => "\0\0\0\0CERT"u8;

    public string Name => "Microsoft serialized store";

    public ReadOutcome Read(ReadRequest request)
    {
        if (!request.Content.Span.StartsWith(Start))
            return ReadOutcome.NotThisFormat.Instance;

        var items = new List<Func<ReadItem>>();
        var rest = request.Content[Start.Length..];
        string? name = null;
        var marks = new SerializedStoreMarks();
        for (var isWhole = true; isWhole && items.Count <= request.Limits.MaxCertificates;)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            isWhole = TryRead(rest.Span, out var property, out var length);
            var value = isWhole ? rest.Slice(HeaderBytes, length) : default;
            if (isWhole && property == End)
                break;
            if (Item(property, value, isWhole, $"item {items.Count + 1}", name, marks, request.Limits) is { } item)
            {
                items.Add(item);
                (name, marks) = (null, new SerializedStoreMarks());
            }
            else if (property == FriendlyName)
                name = Encoding.Unicode.GetString(value.Span).TrimEnd('\0');
            else
                marks.Take(property, value);

            rest = isWhole ? rest[(HeaderBytes + length)..] : rest;
        }

        return items.Count > request.Limits.MaxCertificates ? ReadItems.TooMany(request.Limits)
            : items.Count == 0
                ? new ReadOutcome.Broken("Empty serialized store", "The serialized store (.sst) holds nothing.", "Export the certificates again.")
            : new ReadOutcome.Items(ReadItems.InOrder(items, read => [read()], request.CancellationToken));
    }

    private static bool TryRead(ReadOnlySpan<byte> rest, out uint property, out int length)
    {
        property = 0;
        length = 0;
        if (rest.Length < HeaderBytes)
            return false;
        property = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        var announced = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        if (announced > (uint)(rest.Length - HeaderBytes))
            return false;
        length = (int)announced;
        return true;
    }

    private static Func<ReadItem>? Item(
        uint property,
        ReadOnlyMemory<byte> value,
        bool isWhole,
        string position,
        string? name,
        SerializedStoreMarks marks,
        ReadLimits limits) =>
        property switch
        {
            _ when !isWhole => () =>
                ReadItems.Other(
                    "Damaged serialized store",
                    "From here on the serialized store (.sst) cannot be read: it is cut off or changed.",
                    "Export or copy it again, in binary mode.",
                    position),
            Certificate => () => marks.AppliedTo(ReadItems.Certificate(value, limits, position, name)),
            RevocationList => () => NotCertificates.Name(DerKind.RevocationList, position, name, FindingSeverity.Information),
            TrustList => () =>
                ReadItems.Other(
                    "Certificate trust list",
                    "This is a list that names certificates by their fingerprints and does not hold them; it was left out.",
                    null,
                    position,
                    name,
                    FindingSeverity.Information),
            _ => null,
        };
}
