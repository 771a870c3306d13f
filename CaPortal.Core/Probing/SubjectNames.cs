using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;

namespace CaPortal.Core.Probing;

/// <summary>
/// The names that a server's certificate is for: those of subjectAltName (RFC 5280 §4.2.1.6), as RFC 9525 demands, and the common
/// name where clients still take it.
/// </summary>
/// <param name="Dns">DNS names. Untrusted text.</param>
/// <param name="Addresses">IP addresses.</param>
/// <param name="CommonNames">The common names of the subject. Untrusted text.</param>
internal sealed record SubjectNames(IReadOnlyList<string> Dns, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<string> CommonNames)
{
    private const string Oid = "2.5.29.17";
    private const string CommonNameOid = "2.5.4.3";
    private const int MaxShown = 5;
    private const int MaxShownLength = 60;

    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag AddressTag = new(TagClass.ContextSpecific, 7);

    /// <summary>Reads them. What cannot be read is no name.</summary>
    public static SubjectNames Read(EncodedCertificate certificate)
    {
        var (dns, addresses) = (new List<string>(), new List<IPAddress>());
        try
        {
            foreach (var extension in certificate.Extensions.Where(e => e.Oid == Oid))
            {
                for (var names = new AsnReader(extension.Value, AsnEncodingRules.BER).ReadSequence(); names.HasData;)
                {
                    var tag = names.PeekTag();
                    if (tag.HasSameClassAndValue(DnsTag))
                        dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag));
                    else if (tag.HasSameClassAndValue(AddressTag) && names.ReadOctetString(AddressTag) is { Length: 4 or 16 } octets)
                        addresses.Add(new IPAddress(octets));
                    else if (!tag.HasSameClassAndValue(AddressTag))
                        names.ReadEncodedValue();
                }
            }
        }
        catch (AsnContentException)
        {
            // The names before the damage count; programs that are stricter refuse the certificate for other reasons.
        }

        return new SubjectNames(dns, addresses, ReadCommonNames(certificate.Subject));
    }

    /// <summary>
    /// Whether one of them is <paramref name="name"/> (RFC 9525 §6): a wildcard replaces one whole label, the left-most.
    /// </summary>
    /// <param name="name">A DNS name in ASCII or an IP address.</param>
    public bool Match(string name) =>
        IPAddress.TryParse(name, out var address) ? Addresses.Any(a => Normal(a).Equals(Normal(address))) : Dns.Any(pattern => Match(pattern, name));

    /// <summary>
    /// Whether it is for a name by its common name alone. .NET, OpenSSL, curl and Java accept that where there are neither DNS names
    /// nor IP addresses; Go and browsers never do.
    /// </summary>
    /// <param name="name">A DNS name in ASCII, or an IP address; a common name never matches an IP address.</param>
    public bool MatchesByCommonName(string name) => Addresses.Count == 0 && HasCommonName(name);

    /// <summary>
    /// Whether there are no DNS names and the only common name is <paramref name="name"/>: with several, clients differ, and .NET
    /// takes no wildcard.
    /// </summary>
    public bool HasCommonName(string name) =>
        Dns.Count == 0 && !IPAddress.TryParse(name, out _) && CommonNames is [var common] && common.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Some of them, for a sentence: <c>a.corp, *.b.corp and 12 more</c>; null if there are none.</summary>
    public string? Shown()
    {
        var all = Dns.Concat(Addresses.Select(a => a.ToString())).ToList();
        var some = string.Join(", ", all.Take(MaxShown).Select(n => Texts.ServerName(n, MaxShownLength)));
        return all.Count switch
        {
            0 => null,
            > MaxShown => $"{some} and {all.Count - MaxShown} more",
            _ => some,
        };
    }

    private static List<string> ReadCommonNames(ReadOnlyMemory<byte> subject)
    {
        try
        {
            return [.. new X500DistinguishedName(subject.Span).EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
                .Select(part => part.GetSingleElementValue())
                .OfType<string>()];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private static bool Match(string pattern, string name)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return pattern.Equals(name, StringComparison.OrdinalIgnoreCase);
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }

    private static IPAddress Normal(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
