using System.Net;
using System.Net.Sockets;

namespace CaPortal.Core.Probing;

/// <summary>
/// The addresses that an address means as well: an IPv6 address can carry an IPv4 address, and gateways and tunnels on the
/// way then connect to that one.
/// </summary>
internal static class EmbeddedAddresses
{
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");

    /// <summary>Where RFC 6052 §2.2 puts the IPv4 address, for prefixes of 48, 56, 64 and 96 bits: the ninth octet is left out.</summary>
    private static readonly int[][] LocalNat64Octets = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];

    /// <summary>The IPv4 addresses that <paramref name="address"/> carries; where it carries none, itself.</summary>
    public static IReadOnlyList<IPAddress> Of(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return [address];

        var octets = address.GetAddressBytes();
        if (address.IsIPv4MappedToIPv6 || Translated.Contains(address) || Nat64.Contains(address))
            return [Last()];
        if (Compatible.Contains(address))
            return address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.IPv6Loopback) ? [address] : [Last()];
        if (SixToFour.Contains(address))
            return [new IPAddress(octets.AsSpan(2, 4))];
        if (Teredo.Contains(address)) // RFC 4380 §4: the server's, and the client's with all bits turned over.
            return [new IPAddress(octets.AsSpan(4, 4)), new IPAddress([.. octets[12..].Select(o => (byte)~o)])];
        if (LocalNat64.Contains(address))
        {
            // The length of the prefix is the operator's secret; the readings that are made of zeros are not meant.
            var readings = LocalNat64Octets
                .Select(places => new IPAddress([.. places.Select(p => octets[p])]))
                .Where(a => a.GetAddressBytes()[0] != 0)
                .ToList();
            return readings.Count > 0 ? readings : [IPAddress.Any];
        }

        // ISATAP (RFC 5214 §6.1), under any prefix.
        return (octets[8] & ~0x02) == 0 && octets[9] == 0 && octets[10] == 0x5E && octets[11] == 0xFE ? [address, Last()] : [address];

        IPAddress Last() => new(octets.AsSpan(12));
    }
}
