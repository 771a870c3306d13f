using System.Formats.Asn1;
using System.Text;
using System.Text.RegularExpressions;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Whether the values of the extensions of RFC 5280 are built as §4.2 says, to their last byte. Programs that read them do so when they open
/// a file: with one that Java cannot read it opens no truststore, and GnuTLS no bundle. What others put into extensions of their own is theirs.
/// </summary>
internal static partial class ExtensionGrammar
{
    private static readonly Dictionary<string, Action<AsnReader, bool>> Grammars = new()
    {
        ["2.5.29.9"] = (value, _) => Some(value, attribute => { attribute.ReadObjectIdentifier(); attribute.ReadSetOf(skipSortOrderValidation: true); }),
        ["2.5.29.14"] = (value, _) => value.ReadOctetString(),
        ["2.5.29.15"] = (value, _) => value.ReadBitString(out var _),
        ["2.5.29.16"] = (value, _) => All(value.ReadSequence(), Optional(0, (r, t) => r.ReadGeneralizedTime(t)), Optional(1, (r, t) => r.ReadGeneralizedTime(t))),
        ["2.5.29.17"] = (value, isCritical) => GeneralNames(value.ReadSequence(), isCritical),
        ["2.5.29.18"] = (value, isCritical) => GeneralNames(value.ReadSequence(), isCritical),
        ["2.5.29.19"] = (value, _) => BasicConstraints(value.ReadSequence()),
        ["2.5.29.30"] = (value, isCritical) => All(value.ReadSequence(), Optional(0, (r, t) => Subtrees(r.ReadSequence(t), isCritical)), Optional(1, (r, t) => Subtrees(r.ReadSequence(t), isCritical))),
        ["2.5.29.31"] = DistributionPoints,
        ["2.5.29.32"] = (value, _) => Some(value, Policy),
        ["2.5.29.33"] = (value, _) => Some(value, mapping => { mapping.ReadObjectIdentifier(); mapping.ReadObjectIdentifier(); }),
        ["2.5.29.35"] = (value, isCritical) => All(
            value.ReadSequence(),
            Optional(0, (r, t) => r.ReadOctetString(t)),
            Optional(1, (r, t) => GeneralNames(r.ReadSequence(t), isCritical)),
            Optional(2, (r, t) => r.ReadIntegerBytes(t))),
        ["2.5.29.36"] = (value, _) => All(value.ReadSequence(), Optional(0, Count), Optional(1, Count)),
        ["2.5.29.37"] = (value, _) => Elements(value.ReadSequence(), usage => usage.ReadObjectIdentifier()),
        ["2.5.29.46"] = DistributionPoints,
        ["2.5.29.54"] = (value, _) => Count(value, Asn1Tag.Integer),
        ["1.3.6.1.5.5.7.1.1"] = (value, isCritical) => Some(value, access => { access.ReadObjectIdentifier(); GeneralName(access, isCritical, isConstraint: false); }),
        ["1.3.6.1.5.5.7.1.11"] = (value, isCritical) => Some(value, access => { access.ReadObjectIdentifier(); GeneralName(access, isCritical, isConstraint: false); }),
        ["1.3.6.1.5.5.7.1.24"] = (value, _) => Elements(value.ReadSequence(), feature => Count(feature, Asn1Tag.Integer)),
        ["1.3.6.1.5.5.7.48.1.5"] = (value, _) => value.ReadNull(),
        ["2.16.840.1.113730.1.1"] = (value, _) => value.ReadBitString(out var _),
    };

    /// <summary>Throws where the value of an extension that is known here is not as it must be.</summary>
    /// <exception cref="AsnContentException">It is not.</exception>
    public static void Validate(EncodedExtension extension)
    {
        if (!Grammars.TryGetValue(extension.Oid, out var grammar))
            return;
        var reader = new AsnReader(extension.Value, AsnEncodingRules.DER);
        grammar(reader, extension.Critical);
        reader.ThrowIfNotEmpty();
    }

    /// <summary>Throws unless the next element is a name: a sequence of sets of types and values (RFC 5280 §4.1.2.4).</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Name(AsnReader reader)
    {
        var name = reader.ReadSequence();
        while (name.HasData)
            Attributes(name.ReadSetOf(skipSortOrderValidation: true));
    }

    /// <summary>Throws unless the next element is an algorithm with or without parameters (RFC 5280 §4.1.1.2).</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Algorithm(AsnReader reader)
    {
        var algorithm = reader.ReadSequence();
        algorithm.ReadObjectIdentifier();
        if (algorithm.HasData)
            algorithm.ReadEncodedValue();
        algorithm.ThrowIfNotEmpty();
    }

    private static void Attributes(AsnReader set) => Elements(set, element =>
    {
        var attribute = element.ReadSequence();
        attribute.ReadObjectIdentifier();
        attribute.ReadEncodedValue();
        attribute.ThrowIfNotEmpty();
    });

    private static void BasicConstraints(AsnReader constraints)
    {
        if (constraints.HasData && constraints.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean))
            constraints.ReadBoolean();
        if (constraints.HasData)
            Count(constraints, Asn1Tag.Integer);
        constraints.ThrowIfNotEmpty();
    }

    private static void Subtrees(AsnReader subtrees, bool isCritical) => Elements(subtrees, element =>
    {
        var subtree = element.ReadSequence();
        GeneralName(subtree, isCritical, isConstraint: true);
        All(subtree, Optional(0, Count), Optional(1, Count));
    });

    private static void DistributionPoints(AsnReader value, bool isCritical) => Some(value, point =>
    {
        // One that names neither where nor by whom tells nothing, and Java refuses it.
        if (!point.HasData || point.PeekTag().TagValue == 1)
            throw Malformed();
        All(
            point,
            Optional(0, (r, t) =>
            {
                var name = r.ReadSequence(t);
                All(name, Optional(0, (n, tag) => GeneralNames(n.ReadSequence(tag), isCritical)), Optional(1, (n, tag) => Attributes(n.ReadSetOf(skipSortOrderValidation: true, tag))));
            }),
            Optional(1, (r, t) => r.ReadBitString(out var _, t)),
            Optional(2, (r, t) => GeneralNames(r.ReadSequence(t), isCritical)));
    });

    private static void Policy(AsnReader policy)
    {
        policy.ReadObjectIdentifier();
        if (!policy.HasData)
            return;
        Elements(policy.ReadSequence(), element =>
        {
            var qualifier = element.ReadSequence();
            qualifier.ReadObjectIdentifier();
            qualifier.ReadEncodedValue();
            qualifier.ThrowIfNotEmpty();
        });
    }

    private static void GeneralNames(AsnReader names, bool isCritical) => Elements(names, name => GeneralName(name, isCritical, isConstraint: false));

    /// <summary>A name of any kind (RFC 5280 §4.2.1.6); in a constraint an address has its mask behind it.</summary>
    private static void GeneralName(AsnReader reader, bool isCritical, bool isConstraint)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
            throw Malformed();
        switch (tag.TagValue)
        {
            case 0:
                var other = reader.ReadSequence(tag);
                other.ReadObjectIdentifier();
                Explicit(other, 0, value => value.ReadEncodedValue());
                other.ThrowIfNotEmpty();
                break;
            case 1 or 2:
                reader.ReadOctetString(tag);
                break;
            case 4:
                Explicit(reader, 4, Name);
                break;
            case 6:
                Uri(reader.ReadOctetString(tag), isCritical, isConstraint);
                break;
            case 7 when reader.ReadOctetString(tag).Length is var length && (isConstraint ? length is 8 or 32 : length is 4 or 16):
                break;
            case 8:
                reader.ReadObjectIdentifier(tag);
                break;

            // X.400 addresses and EDI parties: Java knows neither, and minds where they are critical.
            case 3 or 5 when !isCritical:
                reader.ReadSequence(tag);
                break;
            default:
                throw Malformed();
        }
    }

    /// <summary>Printable; where the extension is critical, Java minds what it cannot take apart.</summary>
    private static void Uri(ReadOnlySpan<byte> text, bool isCritical, bool isConstraint)
    {
        if (text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) || (isCritical && !(isConstraint ? UriHost() : WholeUri()).IsMatch(Encoding.ASCII.GetString(text))))
            throw Malformed();
    }

    private static void Explicit(AsnReader reader, int tag, Action<AsnReader> read)
    {
        var inner = reader.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, tag));
        read(inner);
        inner.ThrowIfNotEmpty();
    }

    /// <summary>A number that is not negative and that every program can count to.</summary>
    private static void Count(AsnReader reader, Asn1Tag tag)
    {
        if (!reader.TryReadInt32(out var count, tag) || count < 0)
            throw Malformed();
    }

    private static (int Tag, Action<AsnReader, Asn1Tag> Read) Optional(int tag, Action<AsnReader, Asn1Tag> read) => (tag, read);

    private static void All(AsnReader sequence, params ReadOnlySpan<(int Tag, Action<AsnReader, Asn1Tag> Read)> parts)
    {
        foreach (var (number, read) in parts)
        {
            if (sequence.HasData && sequence.PeekTag() is { TagClass: TagClass.ContextSpecific } tag && tag.TagValue == number)
                read(sequence, tag);
        }

        sequence.ThrowIfNotEmpty();
    }

    /// <summary>A sequence of at least one sequence.</summary>
    private static void Some(AsnReader value, Action<AsnReader> read) => Elements(value.ReadSequence(), element =>
    {
        var sequence = element.ReadSequence();
        read(sequence);
        sequence.ThrowIfNotEmpty();
    });

    private static void Elements(AsnReader sequence, Action<AsnReader> read)
    {
        do
            read(sequence);
        while (sequence.HasData);
    }

    private static AsnContentException Malformed() => new();

    /// <summary>The host of a URI in a constraint, or with a dot before it all below it (RFC 5280 §4.2.1.10).</summary>
    [GeneratedRegex(@"^\.?[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex UriHost();

    /// <summary>A URI with a scheme (RFC 3986 §3): with a host, with a path alone, or of a kind that has neither.</summary>
    [GeneratedRegex(
        @"^[A-Za-z][A-Za-z0-9+.-]*:(//([A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*(:[0-9]+)?(/([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?|/([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)|[A-Za-z0-9]([\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex WholeUri();
}
