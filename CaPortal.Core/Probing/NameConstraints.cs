using System.Formats.Asn1;
using System.Net;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>
/// The DNS names and IP addresses that a CA may issue for (RFC 5280 §4.2.1.10). .NET's chain engine judges these too, but does
/// not say which name is the one that may not be.
/// </summary>
internal sealed class NameConstraints
{
    private const string Oid = "2.5.29.30";

    private static readonly Asn1Tag PermittedTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExcludedTag = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag AddressTag = new(TagClass.ContextSpecific, 7);

    private readonly Subtrees _permitted = new([], []);
    private readonly Subtrees _excluded = new([], []);

    private NameConstraints(EncodedExtension extension)
    {
        var reader = new AsnReader(extension.Value, AsnEncodingRules.BER).ReadSequence();
        while (reader.HasData)
        {
            var tag = reader.PeekTag();
            if (tag == PermittedTag)
                Read(reader.ReadSequence(PermittedTag), _permitted);
            else if (tag == ExcludedTag)
                Read(reader.ReadSequence(ExcludedTag), _excluded);
            else
                reader.ReadEncodedValue();
        }
    }

    /// <summary>Reads them; null where there are none, or none that can be read.</summary>
    public static NameConstraints? Read(EncodedCertificate certificate)
    {
        try
        {
            return certificate.Extensions.Where(e => e.Oid == Oid).Select(e => new NameConstraints(e)).FirstOrDefault();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>The first of the names that may not be, untrusted text; null where all may.</summary>
    public string? FirstForbidden(SubjectNames names) =>
        names.Dns.FirstOrDefault(n => (_permitted.Dns.Count > 0 && !_permitted.Contains(n)) || _excluded.Contains(n))
        ?? names.Addresses.FirstOrDefault(a => (_permitted.Addresses.Count > 0 && !_permitted.Contains(a)) || _excluded.Contains(a))?.ToString();

    private static void Read(AsnReader trees, Subtrees into)
    {
        while (trees.HasData)
        {
            var name = trees.ReadSequence();
            var tag = name.PeekTag();
            if (tag.HasSameClassAndValue(DnsTag))
                into.Dns.Add(name.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag));
            else if (tag.HasSameClassAndValue(AddressTag) && name.ReadOctetString(AddressTag) is { Length: 8 or 32 } range)
                into.Addresses.Add(range);
        }
    }

    private sealed record Subtrees(List<string> Dns, List<byte[]> Addresses)
    {
        /// <summary>The name itself and all below it; with a dot in front, as some write it, those below alone.</summary>
        public bool Contains(string name) => Dns.Any(tree =>
            tree.Length == 0
            || name.Equals(tree, StringComparison.OrdinalIgnoreCase)
            || (name.EndsWith(tree, StringComparison.OrdinalIgnoreCase) && (tree[0] == '.' || name[^(tree.Length + 1)] == '.')));

        /// <summary>An address and a mask, one behind the other.</summary>
        public bool Contains(IPAddress address)
        {
            var octets = address.GetAddressBytes();
            return Addresses.Any(range =>
                range.Length == 2 * octets.Length
                && Enumerable.Range(0, octets.Length).All(i => ((octets[i] ^ range[i]) & range[octets.Length + i]) == 0));
        }
    }
}
