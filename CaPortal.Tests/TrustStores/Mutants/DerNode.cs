namespace CaPortal.Tests.TrustStores.Mutants;

/// <summary>
/// An element of DER as a tree, in which strings that wrap DER are branches too, so that what is changed deep inside is encoded
/// again with right lengths.
/// </summary>
internal sealed class DerNode
{
    private const byte BitString = 3;
    private const byte OctetString = 4;
    private const byte Constructed = 0x20;

    public byte Tag { get; set; }

    /// <summary>What it holds where it holds no other elements; for a bit string that wraps some, the octet before them.</summary>
    public byte[] Content { get; set; } = [];

    public List<DerNode>? Children { get; set; }

    public static DerNode Parse(byte[] der) => ParseAll(der) is [var node] ? node : throw new ArgumentException("It is not one element.", nameof(der));

    public byte[] Encode()
    {
        byte[] content = Children is null ? Content : [.. Content, .. Children.SelectMany(c => c.Encode())];
        return content.Length switch
        {
            < 0x80 => [Tag, (byte)content.Length, .. content],
            < 0x100 => [Tag, 0x81, (byte)content.Length, .. content],
            < 0x10000 => [Tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
            _ => [Tag, 0x83, (byte)(content.Length >> 16), (byte)(content.Length >> 8), (byte)content.Length, .. content],
        };
    }

    /// <summary>It and all below it.</summary>
    public IEnumerable<DerNode> All() => Children is null ? [this] : [this, .. Children.SelectMany(c => c.All())];

    private static List<DerNode>? ParseAll(ReadOnlySpan<byte> bytes)
    {
        var nodes = new List<DerNode>();
        while (bytes.Length > 0)
        {
            if (bytes.Length < 2 || (bytes[0] & 0x1F) == 0x1F)
                return null;
            var lengthOctets = bytes[1] < 0x80 ? 0 : bytes[1] & 0x7F;
            if (lengthOctets > 3 || bytes.Length < 2 + lengthOctets || bytes[1] == 0x80)
                return null;
            var length = lengthOctets == 0 ? bytes[1] : 0;
            for (var i = 0; i < lengthOctets; i++)
                length = (length << 8) | bytes[2 + i];
            var from = 2 + lengthOctets;
            if (bytes.Length - from < length)
                return null;
            if (Node(bytes[0], bytes.Slice(from, length)) is not { } node)
                return null;
            nodes.Add(node);
            bytes = bytes[(from + length)..];
        }

        return nodes;
    }

    private static DerNode? Node(byte tag, ReadOnlySpan<byte> content)
    {
        if ((tag & Constructed) != 0)
            return ParseAll(content) is { } children ? new DerNode { Tag = tag, Children = children } : null;
        if (tag == OctetString && content.Length > 2 && ParseAll(content) is [var inner])
            return new DerNode { Tag = tag, Children = [inner] };
        return tag == BitString && content is [0, 0x30, ..] && ParseAll(content[1..]) is [var wrapped]
            ? new DerNode { Tag = tag, Content = [0], Children = [wrapped] }
            : new DerNode { Tag = tag, Content = content.ToArray() };
    }
}
