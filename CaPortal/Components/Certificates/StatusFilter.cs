using CaPortal.Core.Certificates;
using CaPortal.Core.Management;

namespace CaPortal.Components.Certificates;

/// <summary>What the list can be narrowed to: where certificates stand, or how far they are from their end.</summary>
public sealed record StatusFilter(string Title, CaCertificateStatus? Status, ExpiryFilter? Expiry)
{
    /// <summary>All of them, in the order of the menu.</summary>
    public static IReadOnlyList<StatusFilter> All { get; } =
    [
        new("Installed", CaCertificateStatus.Installed, null),
        new("Pending", CaCertificateStatus.Pending, null),
        new("Drifted", CaCertificateStatus.Drifted, null),
        new("Failed", CaCertificateStatus.Failed, null),
        new("Expires soon", null, ExpiryFilter.Soon),
        new("Expired", null, ExpiryFilter.Expired),
    ];
}
