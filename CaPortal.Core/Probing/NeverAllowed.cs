using System.Net;

namespace CaPortal.Core.Probing;

/// <summary>
/// Addresses that are never connected to, regardless of the settings: nobody's back-end is there, and somebody's secrets are.
/// </summary>
internal static class NeverAllowed
{
    private const string Unspecified = "which is no address of a server";
    private const string LinkLocal = "which is link-local";
    private const string Metadata = "where cloud machines get their metadata and credentials";
    private const string Multicast = "which is a multicast address";
    private const string Reserved = "which is a broadcast or reserved address";

    // The more exact ones first: metadata addresses lie in link-local networks too.
    private static readonly (IPNetwork Network, string Reason)[] Networks =
    [
        (IPNetwork.Parse("169.254.169.254/32"), Metadata), // most clouds
        (IPNetwork.Parse("169.254.170.0/24"), Metadata), // Amazon's containers
        (IPNetwork.Parse("100.100.100.200/32"), Metadata), // Alibaba Cloud
        (IPNetwork.Parse("168.63.129.16/32"), Metadata), // Azure
        (IPNetwork.Parse("192.0.0.192/32"), Metadata), // Oracle Cloud
        (IPNetwork.Parse("fd00:ec2::/32"), Metadata), // Amazon
        (IPNetwork.Parse("fd20:ce::254/128"), Metadata), // Google
        (IPNetwork.Parse("0.0.0.0/8"), Unspecified),
        (IPNetwork.Parse("::/128"), Unspecified),
        (IPNetwork.Parse("169.254.0.0/16"), LinkLocal),
        (IPNetwork.Parse("fe80::/10"), LinkLocal),
        (IPNetwork.Parse("fec0::/10"), "which is site-local, a kind of address that is no longer in use"),
        (IPNetwork.Parse("224.0.0.0/4"), Multicast),
        (IPNetwork.Parse("ff00::/8"), Multicast),
        (IPNetwork.Parse("240.0.0.0/4"), Reserved),
    ];

    /// <summary>Why, as the end of a sentence; null if nothing is against it.</summary>
    public static string? Reason(IPAddress address) => Networks.Where(n => n.Network.Contains(address)).Select(n => n.Reason).FirstOrDefault();
}
