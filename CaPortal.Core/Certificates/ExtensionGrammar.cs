using System.Formats.Asn1;
using static CaPortal.Core.Certificates.GrammarParts;
using static CaPortal.Core.Certificates.NameGrammar;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Whether the values of the extensions of RFC 5280 are built as §4.2 says, to their last byte. Programs that read them do so when they open
/// a file: with one that Java cannot read it opens no truststore, and GnuTLS no bundle. What others put into extensions of their own is theirs.
/// </summary>
internal static class ExtensionGrammar
{
    private const string CpsUri = "1.3.6.1.5.5.7.2.1";
    private const string UserNotice = "1.3.6.1.5.5.7.2.2";

    private static readonly Dictionary<string, Action<AsnReader, bool>> Grammars = new()
    {
        ["2.5.29.9"] = (value, _) => Some(value, attribute =>
            {
                Oid(attribute);
                Elements(attribute.ReadSetOf(skipSortOrderValidation: true), v => v.ReadEncodedValue());
            }),
        ["2.5.29.14"] = (value, _) => Identifier(value, Asn1Tag.PrimitiveOctetString),
        ["2.5.29.15"] = (value, _) => Flags(value, Asn1Tag.PrimitiveBitString),
        ["2.5.29.16"] = (value, _) => All(
            value.ReadSequence(), Optional(0, (r, t) => r.ReadGeneralizedTime(t)), Optional(1, (r, t) => r.ReadGeneralizedTime(t))),
        ["2.5.29.17"] = (value, isCritical) => GeneralNames(value.ReadSequence(), isCritical),
        ["2.5.29.18"] = (value, isCritical) => GeneralNames(value.ReadSequence(), isCritical),
        ["2.5.29.19"] = (value, _) => BasicConstraints(value.ReadSequence()),
        ["2.5.29.30"] = (value, isCritical) => All(
            value.ReadSequence(),
            Optional(0, (r, t) => Subtrees(r.ReadSequence(t), isCritical)),
            Optional(1, (r, t) => Subtrees(r.ReadSequence(t), isCritical))),
        ["2.5.29.31"] = DistributionPoints,
        ["2.5.29.32"] = (value, _) => Some(value, Policy),
        ["2.5.29.33"] = (value, _) => Some(value, mapping => { Oid(mapping); Oid(mapping); }),
        ["2.5.29.35"] = (value, isCritical) => All(
            value.ReadSequence(),
            Optional(0, Identifier),
            Optional(1, (r, t) => GeneralNames(r.ReadSequence(t), isCritical)),
            Optional(2, (r, t) => r.ReadIntegerBytes(t))),
        ["2.5.29.36"] = (value, _) => All(value.ReadSequence(), Optional(0, Count), Optional(1, Count)),
        ["2.5.29.37"] = (value, _) => Elements(value.ReadSequence(), usage => Oid(usage)),
        ["2.5.29.46"] = DistributionPoints,
        ["2.5.29.54"] = (value, _) => Count(value, Asn1Tag.Integer),
        ["1.3.6.1.5.5.7.1.1"] = (value, isCritical) => Some(value, access => { Oid(access); GeneralName(access, isCritical, isConstraint: false); }),
        ["1.3.6.1.5.5.7.1.11"] = (value, isCritical) => Some(value, access => { Oid(access); GeneralName(access, isCritical, isConstraint: false); }),
        ["1.3.6.1.5.5.7.1.24"] = (value, _) => Elements(value.ReadSequence(), feature => Count(feature, Asn1Tag.Integer)),
        ["1.3.6.1.5.5.7.48.1.5"] = (value, _) => value.ReadNull(),

        // Those of revocation lists have no place in a certificate, and Java reads them all the same.
        ["2.5.29.20"] = NotInCertificates,
        ["2.5.29.21"] = NotInCertificates,
        ["2.5.29.24"] = NotInCertificates,
        ["2.5.29.27"] = NotInCertificates,
        ["2.5.29.28"] = NotInCertificates,
        ["2.5.29.29"] = NotInCertificates,
        ["2.16.840.1.113730.1.1"] = (value, _) => Flags(value, Asn1Tag.PrimitiveBitString),
    };

    /// <summary>Throws where the value of an extension that is known here is not as it must be.</summary>
    /// <exception cref="AsnContentException">It is not.</exception>
    public static void Validate(EncodedExtension extension)
    {
        if (extension.Oid.Length > MaxOidText)
            throw Malformed();
        if (!Grammars.TryGetValue(extension.Oid, out var grammar))
            return;
        var reader = new AsnReader(extension.Value, AsnEncodingRules.DER);
        grammar(reader, extension.Critical);
        reader.ThrowIfNotEmpty();
    }

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
        // A point that names neither a place nor an issuer says nothing, and Java refuses it.
        if (!point.HasData || point.PeekTag().TagValue == 1)
            throw Malformed();
        All(
            point,
            Optional(0, (r, t) =>
            {
                var name = r.ReadSequence(t);
                All(
                    name,
                    Optional(0, (n, tag) => GeneralNames(n.ReadSequence(tag), isCritical)),
                    Optional(1, (n, tag) => Attributes(n.ReadSetOf(skipSortOrderValidation: true, tag), mayHaveEmpty: false)));
            }),
            Optional(1, Flags),
            Optional(2, (r, t) => GeneralNames(r.ReadSequence(t), isCritical)));
    });

    private static void Policy(AsnReader policy)
    {
        Oid(policy);
        if (!policy.HasData)
            return;
        Elements(policy.ReadSequence(), element =>
        {
            var qualifier = element.ReadSequence();
            switch (Oid(qualifier))
            {
                case CpsUri:
                    Ia5(qualifier.ReadCharacterString(UniversalTagNumber.IA5String));
                    break;
                case UserNotice:
                    Notice(qualifier.ReadSequence());
                    break;
                default:
                    qualifier.ReadEncodedValue();
                    break;
            }

            qualifier.ThrowIfNotEmpty();
        });
    }

    /// <summary>A reference and a text; each may be missing (§4.2.1.4).</summary>
    private static void Notice(AsnReader notice)
    {
        if (notice.HasData && notice.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            var reference = notice.ReadSequence();
            Text(reference);
            var numbers = reference.ReadSequence();
            while (numbers.HasData)
                numbers.ReadIntegerBytes();
            reference.ThrowIfNotEmpty();
        }

        if (notice.HasData)
            Text(notice);
        notice.ThrowIfNotEmpty();
    }

    /// <summary>Flags in one or two octets: no known set has more, and GnuTLS reads no more.</summary>
    private static void Flags(AsnReader reader, Asn1Tag tag)
    {
        if (reader.ReadBitString(out _, tag).Length is not (1 or 2))
            throw Malformed();
    }

    private static void Identifier(AsnReader reader, Asn1Tag tag)
    {
        if (reader.ReadOctetString(tag).Length == 0)
            throw Malformed();
    }

    private static void NotInCertificates(AsnReader value, bool isCritical)
    {
        if (isCritical)
            throw Malformed();
        value.ReadEncodedValue();
    }
}
