using System.Formats.Asn1;

namespace CaPortal.Core.Formats;

/// <summary>What is checked of ASN.1 before a parser that recurses gets to see it: a stack overflow cannot be caught.</summary>
internal static class Asn1Guard
{
    /// <summary>Levels of nesting: twice what the deepest real certificates have.</summary>
    private const int MaxDepth = 48;

    /// <summary>The length of the element that <paramref name="content"/> begins with, or null where there is no whole element.</summary>
    public static int? FirstElementLength(ReadOnlySpan<byte> content)
    {
        try
        {
            return AsnDecoder.TryReadEncodedValue(content, AsnEncodingRules.BER, out _, out _, out _, out var consumed) ? consumed : null;
        }
        catch (AsnContentException)
        {
            // Thrown where the end of an indefinite length is not found.
            return null;
        }
    }

    /// <summary>Throws <see cref="AsnContentException"/> unless all of <paramref name="content"/> is well-formed and nested within bounds.</summary>
    public static void ThrowIfMalformed(ReadOnlySpan<byte> content)
    {
        Span<(int ContentEnd, int End)> open = stackalloc (int, int)[MaxDepth];
        var depth = 0;
        var position = 0;
        var end = content.Length;
        while (true)
        {
            while (position == end)
            {
                if (depth == 0)
                    return;
                position = open[--depth].End;
                end = depth == 0 ? content.Length : open[depth - 1].ContentEnd;
            }

            if (!AsnDecoder.TryReadEncodedValue(content[position..end], AsnEncodingRules.BER, out var tag, out var offset, out var length, out var consumed))
                throw new AsnContentException($"malformed ASN.1 at byte {position}");
            if (!tag.IsConstructed)
            {
                position += consumed;
                continue;
            }

            if (depth == MaxDepth)
                throw new AsnContentException($"ASN.1 nested deeper than {MaxDepth} levels");
            open[depth++] = (position + offset + length, position + consumed);
            position += offset;
            end = position + length;
        }
    }
}
