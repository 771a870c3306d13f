using System.Formats.Asn1;

namespace CaPortal.Core.Certificates;

/// <summary>One value of an encoding, with the values inside it. All texts are safe to show and bounded in length.</summary>
/// <param name="Offset">Where it begins, in octets from the beginning of the encoding.</param>
/// <param name="Length">How many octets it takes, tag and length included.</param>
/// <param name="Type">What it is: <c>SEQUENCE</c>, <c>INTEGER</c>, <c>[0]</c>.</param>
/// <param name="Text">What it says; empty where the values inside it say that.</param>
/// <param name="Children">The values inside it, also those of an OCTET STRING or BIT STRING that wraps an encoding.</param>
public sealed record AsnNode(int Offset, int Length, string Type, string Text, IReadOnlyList<AsnNode> Children);

/// <summary>The structure of an encoding (ITU-T X.690), for people who look for what a program stumbles over.</summary>
/// <param name="Root">Its outermost value; null if it cannot be decoded at all.</param>
/// <param name="IsWhole">False if it has more than is shown, or something in it cannot be decoded.</param>
public sealed record AsnTree(AsnNode? Root, bool IsWhole)
{
    /// <summary>More values than this are not shown.</summary>
    public const int MaxNodes = 2000;

    private const int MaxDepth = 32;

    /// <summary>Reads it. Never throws for content.</summary>
    /// <param name="encoding">BER or DER.</param>
    public static AsnTree Read(ReadOnlyMemory<byte> encoding)
    {
        var walk = new Walk(encoding);
        var nodes = walk.Nodes(0, encoding.Length, 0);
        return new AsnTree(nodes is [var root, ..] ? root : null, nodes.Count == 1 && walk.IsWhole);
    }

    private sealed class Walk(ReadOnlyMemory<byte> encoding)
    {
        private int _count;

        public bool IsWhole { get; private set; } = true;

        /// <summary>The values between two places, as far as they can be decoded.</summary>
        public List<AsnNode> Nodes(int start, int end, int depth, bool isWrapped = false)
        {
            var nodes = new List<AsnNode>();
            while (start < end)
            {
                if (depth >= MaxDepth || ++_count > MaxNodes || ValueAt(start, end) is not { } value)
                {
                    IsWhole = false;
                    break;
                }

                nodes.Add(NodeOf(value, depth, isWrapped));
                start = value.End;
            }

            return nodes;
        }

        private AsnNode NodeOf(Value value, int depth, bool isWrapped)
        {
            var children = value.Tag.IsConstructed ? Nodes(value.ContentStart, value.ContentEnd, depth + 1) : Wrapped(value, depth, isWrapped);
            var text = children.Count > 0 || value.Tag.IsConstructed
                ? ""
                : AsnText.Of(value.Tag, encoding[value.Start..value.End], encoding[value.ContentStart..value.ContentEnd]);
            return new AsnNode(value.Start, value.End - value.Start, AsnText.TypeOf(value.Tag), text, children);
        }

        /// <summary>
        /// Strings of octets or bits wrap other encodings: extensions and keys (RFC 5280 §4.1). Octets directly inside one, as a key
        /// identifier's, only look like an encoding now and then.
        /// </summary>
        private List<AsnNode> Wrapped(Value value, int depth, bool isWrapped)
        {
            var isBits = value.Tag.HasSameClassAndValue(Asn1Tag.PrimitiveBitString);
            if (isWrapped || (!isBits && !value.Tag.HasSameClassAndValue(Asn1Tag.PrimitiveOctetString)))
                return [];

            // The first octet says how many of the last bits count for nothing.
            var start = value.ContentStart + (isBits ? 1 : 0);
            if (start >= value.ContentEnd || (isBits && encoding.Span[value.ContentStart] != 0))
                return [];
            return IsOneStrictValue(encoding[start..value.ContentEnd]) ? Nodes(start, value.ContentEnd, depth + 1, isWrapped: true) : [];
        }

        private static bool IsOneStrictValue(ReadOnlyMemory<byte> content)
        {
            try
            {
                var reader = new AsnReader(content, AsnEncodingRules.DER);
                if (reader.PeekTag().TagClass != TagClass.Universal)
                    return false;
                reader.ReadEncodedValue();
                if (reader.HasData)
                    return false;
                StrictDer.Validate(content);
                return true;
            }
            catch (AsnContentException)
            {
                return false;
            }
        }

        private Value? ValueAt(int start, int end)
        {
            try
            {
                var tag = AsnDecoder.ReadEncodedValue(
                    encoding.Span[start..end], AsnEncodingRules.BER, out var contentOffset, out var contentLength, out var consumed);
                return new Value(tag, start, start + contentOffset, start + contentOffset + contentLength, start + consumed);
            }
            catch (AsnContentException)
            {
                return null;
            }
        }

        private readonly record struct Value(Asn1Tag Tag, int Start, int ContentStart, int ContentEnd, int End);
    }
}
