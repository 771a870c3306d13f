using System.Formats.Asn1;
using static CaPortal.Core.Clients.ClientFamilies;

namespace CaPortal.Core.Clients;

/// <summary>
/// Extensions that some clients demand, or demand in another form. What Python refuses are the rules of OpenSSL's <c>X509_V_FLAG_X509_STRICT</c>
/// (x509_vfy.c, check_extensions), which <c>ssl.create_default_context</c> sets since 3.13 ("What's New in Python 3.13"); a test asks OpenSSL for each.
/// </summary>
internal static class ExtensionRestrictions
{
    private const string BasicConstraints = "2.5.29.19";
    private const string NameConstraints = "2.5.29.30";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1);

    public static readonly RestrictionRow[] Rows =
    [
        new(
            "basic-constraints-not-critical",
            CertificateRole.Ca,
            [Python313],
            (facts, encoded) => facts.BasicConstraintsCa == true && encoded.Extensions.Any(e => e is { Oid: BasicConstraints, Critical: false }),
            "its basic constraints are not marked critical (RFC 5280 §4.2.1.9)",
            "Ask the issuer to issue it again with basic constraints that are critical."),
        new(
            "no-key-usage",
            CertificateRole.Ca,
            [Python313],
            (facts, _) => facts is { BasicConstraintsCa: true, KeyUsage: null },
            "it is the certificate of a CA and has no key usage (RFC 5280 §4.2.1.3)",
            "Ask the issuer to issue it again with the key usage of a CA, keyCertSign."),
        new(
            "no-subject-key-identifier",
            CertificateRole.Ca,
            [Python313],
            (facts, _) => facts is { BasicConstraintsCa: true, Version: 3, SubjectKeyIdentifier: null },
            "it is the certificate of a CA and has no subject key identifier (RFC 5280 §4.2.1.2)",
            "Ask the issuer to issue it again with a subject key identifier."),
        new(
            "no-authority-key-identifier",
            null,
            [Python313],
            (facts, _) => facts is { Version: 3, IsSelfSigned: false, AuthorityKeyIdentifier: null },
            "it does not name the key of its issuer (authority key identifier, RFC 5280 §4.2.1.1)",
            "Ask the issuer to issue it again with the identifier of the issuer’s key."),

        // Go: crypto/x509, parseNameConstraintsExtension: "unhandled" for all but DNS names, addresses, e-mail and URIs. Browsers know directory names.
        new(
            "name-constraints-kind",
            CertificateRole.Ca,
            [Go],
            (_, encoded) => encoded.Extensions.Any(e => e is { Oid: NameConstraints, Critical: true } && ConstrainsOtherNames(e.Value)),
            "its name constraints are critical and limit kinds of names that they do not know, such as directory names (RFC 5280 §4.2.1.10)",
            "Ask the issuer to limit DNS names and addresses alone, if programs in Go are concerned."),
    ];

    /// <summary>Whether name constraints limit anything else than e-mail (1), DNS names (2), URIs (6) and addresses (7).</summary>
    private static bool ConstrainsOtherNames(ReadOnlyMemory<byte> value)
    {
        try
        {
            var constraints = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
            while (constraints.HasData)
            {
                var subtrees = constraints.ReadSequence(constraints.PeekTag().HasSameClassAndValue(Permitted) ? Permitted : Excluded);
                while (subtrees.HasData)
                {
                    if (subtrees.ReadSequence().PeekTag() is not { TagClass: TagClass.ContextSpecific, TagValue: 1 or 2 or 6 or 7 })
                        return true;
                }
            }

            return false;
        }
        catch (AsnContentException)
        {
            // Another check reports that they are malformed.
            return false;
        }
    }
}
