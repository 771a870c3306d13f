using System.Formats.Asn1;
using System.Text;
using System.Text.RegularExpressions;
using static CaPortal.Core.Certificates.GrammarParts;

namespace CaPortal.Core.Certificates;

/// <summary>Whether names are built as RFC 5280 says: distinguished names (§4.1.2.4) and general ones (§4.2.1.6, in constraints §4.2.1.10).</summary>
internal static partial class NameGrammar
{
    /// <summary>What an attribute's value can be: a text of any kind, a number that tells namesakes apart, a time of birth.</summary>
    private static readonly HashSet<UniversalTagNumber> AttributeValues =
    [
        UniversalTagNumber.UTF8String, UniversalTagNumber.PrintableString, UniversalTagNumber.IA5String, UniversalTagNumber.T61String,
        UniversalTagNumber.BMPString, UniversalTagNumber.UniversalString, UniversalTagNumber.NumericString, UniversalTagNumber.VisibleString,
        UniversalTagNumber.BitString, UniversalTagNumber.GeneralizedTime,
    ];

    /// <summary>Throws unless the next element is a distinguished name: a sequence of sets of types and values.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Name(AsnReader reader) => Name(reader, mayHaveEmpty: true);

    // GnuTLS does not read an attribute without a text where the name is one of the general ones.
    private static void Name(AsnReader reader, bool mayHaveEmpty)
    {
        var name = reader.ReadSequence();
        while (name.HasData)
            Attributes(name.ReadSetOf(skipSortOrderValidation: true), mayHaveEmpty);
    }

    /// <summary>Throws unless a set is one of types and values, and not empty.</summary>
    /// <param name="set">The set.</param>
    /// <param name="mayHaveEmpty">Whether a value may be an empty text.</param>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Attributes(AsnReader set, bool mayHaveEmpty) => Elements(set, element =>
    {
        var attribute = element.ReadSequence();
        Oid(attribute);
        if (attribute.PeekTag() is not { TagClass: TagClass.Universal, IsConstructed: false } tag
            || !AttributeValues.Contains((UniversalTagNumber)tag.TagValue))
            throw Malformed();
        var length = attribute.PeekContentBytes().Length;
        if ((length == 0 && !mayHaveEmpty) || ((UniversalTagNumber)tag.TagValue == UniversalTagNumber.UniversalString && length % sizeof(int) != 0))
            throw Malformed();
        attribute.ReadEncodedValue();
        attribute.ThrowIfNotEmpty();
    });

    /// <summary>Throws unless the next element is a text for people (DisplayText, §4.2.1.4).</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Text(AsnReader reader)
    {
        var tag = reader.PeekTag();
        var kind = tag.TagClass == TagClass.Universal ? (UniversalTagNumber)tag.TagValue : default;
        if (kind is not (UniversalTagNumber.UTF8String or UniversalTagNumber.IA5String or UniversalTagNumber.VisibleString or UniversalTagNumber.BMPString))
            throw Malformed();
        reader.ReadCharacterString(kind);
    }

    /// <summary>Throws unless a text is of printable ASCII, and not empty.</summary>
    /// <exception cref="AsnContentException">It is not.</exception>
    public static void Ia5(string text)
    {
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('\x20', '\x7E'))
            throw Malformed();
    }

    /// <summary>Throws unless a sequence is one of general names, and not empty.</summary>
    /// <param name="names">The sequence.</param>
    /// <param name="isCritical">Whether Java minds what it cannot take apart.</param>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void GeneralNames(AsnReader names, bool isCritical) => Elements(names, name => GeneralName(name, isCritical, isConstraint: false));

    /// <summary>Throws unless the next element is a general name; in a constraint an address has its mask behind it.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void GeneralName(AsnReader reader, bool isCritical, bool isConstraint)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
            throw Malformed();
        switch (tag.TagValue)
        {
            case 0:
                var other = reader.ReadSequence(tag);
                Oid(other);
                Explicit(other, 0, value => value.ReadEncodedValue());
                other.ThrowIfNotEmpty();
                break;
            case 1:
                Require(Ia5(reader, tag, isConstraint), isCritical, isConstraint ? MailConstraint() : Mail());
                break;
            case 2:
                Require(Ia5(reader, tag, isConstraint), isCritical, isConstraint ? DnsConstraint() : Dns());
                break;
            case 4:
                Explicit(reader, 4, name => Name(name, mayHaveEmpty: false));
                break;
            case 6:
                Require(Ia5(reader, tag, isConstraint), isCritical, isConstraint ? UriHost() : WholeUri());
                break;
            case 7 when reader.ReadOctetString(tag).Length is var length && (isConstraint ? length is 8 or 32 : length is 4 or 16):
                break;
            case 8:
                if (reader.ReadObjectIdentifier(tag).Length > MaxOidText)
                    throw Malformed();
                break;

            // X.400 addresses and EDI parties: Java knows neither, and minds where they are critical.
            case 3 or 5 when !isCritical:
                reader.ReadSequence(tag);
                break;
            default:
                throw Malformed();
        }
    }

    /// <summary>Printable ASCII. GnuTLS does not read an empty name; in a constraint an empty one means all names of its kind.</summary>
    private static string Ia5(AsnReader reader, Asn1Tag tag, bool mayBeEmpty)
    {
        var text = Encoding.Latin1.GetString(reader.ReadOctetString(tag));
        if (!(mayBeEmpty && text.Length == 0))
            Ia5(text);
        return text;
    }

    private static void Require(string text, bool isCritical, Regex form)
    {
        if (isCritical && !form.IsMatch(text))
            throw Malformed();
    }

    private static void Explicit(AsnReader reader, int tag, Action<AsnReader> read)
    {
        var inner = reader.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, tag));
        read(inner);
        inner.ThrowIfNotEmpty();
    }

    /// <summary>A host, or all hosts below a domain with a star.</summary>
    [GeneratedRegex(@"^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Dns();

    /// <summary>A domain, or all domains below it where it begins with a dot; an empty one means all domains.</summary>
    [GeneratedRegex(@"^(\.?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex DnsConstraint();

    /// <summary>A mailbox.</summary>
    [GeneratedRegex(@"^[!-?A-~]+@[A-Za-z0-9][A-Za-z0-9.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Mail();

    /// <summary>A mailbox, a host, or with a dot before it all below it.</summary>
    [GeneratedRegex(@"^([!-?A-~]+@)?\.?[A-Za-z0-9][A-Za-z0-9.-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex MailConstraint();

    /// <summary>The host of a URI in a constraint, or with a dot before it all below it (RFC 5280 §4.2.1.10).</summary>
    [GeneratedRegex(@"^\.?[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex UriHost();

    /// <summary>A URI with a scheme (RFC 3986 §3): with a host, with a path alone, or of a kind that has neither.</summary>
    [GeneratedRegex(
        @"^[A-Za-z][A-Za-z0-9+.-]*:"
            + @"(//([A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*(:[0-9]+)?(/([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
            + @"|/([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)"
            + @"|[A-Za-z0-9]([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex WholeUri();
}
