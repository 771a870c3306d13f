using System.Formats.Asn1;

namespace CaPortal.Core.Certificates;

/// <summary>Whether an encoding is DER (ITU-T X.690 §10 and §11) in all its depth, not just where a parser looks.</summary>
internal static class StrictDer
{
    /// <summary>Levels of nesting: more than real certificates have, fewer than recursive parsers can take.</summary>
    private const int MaxDepth = 32;

    /// <summary>Throws where it is not.</summary>
    /// <exception cref="AsnContentException">Says what is wrong.</exception>
    public static void Validate(ReadOnlyMemory<byte> encoding) => Validate(new AsnReader(encoding, AsnEncodingRules.DER), AsnEncodingRules.DER, MaxDepth);

    /// <summary>Whether parsers that recurse can be given it: at least BER, and not nested too deep.</summary>
    public static bool IsSafeToParse(ReadOnlyMemory<byte> encoding)
    {
        try
        {
            Validate(new AsnReader(encoding, AsnEncodingRules.BER), AsnEncodingRules.BER, MaxDepth);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static void Validate(AsnReader reader, AsnEncodingRules rules, int depth)
    {
        while (reader.HasData)
        {
            if (reader.PeekTag().IsConstructed)
                ValidateConstructed(reader, rules, depth);
            else if (rules == AsnEncodingRules.DER)
                ReadPrimitive(reader);
            else
                reader.ReadEncodedValue();
        }
    }

    private static void ValidateConstructed(AsnReader reader, AsnEncodingRules rules, int depth)
    {
        if (depth == 0)
            throw new AsnContentException($"its ASN.1 is nested deeper than {MaxDepth} levels");

        // Sets stay in their order: programs take names whose sets are not sorted.
        var tag = reader.PeekTag();
        if (rules == AsnEncodingRules.DER
            && tag.TagClass == TagClass.Universal
            && !tag.HasSameClassAndValue(Asn1Tag.Sequence)
            && !tag.HasSameClassAndValue(Asn1Tag.SetOf))
            throw new AsnContentException("a value is put together from parts");

        Validate(new AsnReader(reader.PeekContentBytes(), rules), rules, depth - 1);
        reader.ReadEncodedValue();
    }

    private static void ReadPrimitive(AsnReader reader)
    {
        var tag = reader.PeekTag();
        switch (tag.TagClass == TagClass.Universal ? (UniversalTagNumber)tag.TagValue : default)
        {
            case UniversalTagNumber.Boolean:
                reader.ReadBoolean();
                break;
            case UniversalTagNumber.Integer:
                reader.ReadIntegerBytes();
                break;
            case UniversalTagNumber.BitString:
                reader.ReadBitString(out _);
                break;
            case UniversalTagNumber.Null:
                reader.ReadNull();
                break;
            case UniversalTagNumber.Sequence or UniversalTagNumber.Set:
                throw new AsnContentException("a sequence or set is not marked as one");
            case UniversalTagNumber.UTF8String or UniversalTagNumber.BMPString:
                reader.ReadCharacterString((UniversalTagNumber)tag.TagValue);
                break;
            default:
                reader.ReadEncodedValue();
                break;
        }
    }
}
