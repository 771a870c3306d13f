using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;

namespace CaPortal.Components.Certificates;

/// <summary>Certificates that this machine trusts and that are not under management.</summary>
public enum UnmanagedSource
{
    /// <summary>What somebody else put into the trust stores.</summary>
    Found,

    /// <summary>The operating system's own roots.</summary>
    OperatingSystem,
}

/// <summary>
/// What the list can be narrowed to: the status of certificates, or how soon they expire. Or what is shown in
/// place of the list.
/// </summary>
/// <param name="Title">How it is called.</param>
/// <param name="Status">Only those with this status.</param>
/// <param name="Expiry">Only those that expire.</param>
/// <param name="Source">What is shown in place of those under management.</param>
/// <param name="Show">Its name in the page's address; null where it has none.</param>
public sealed record StatusFilter(string Title, CaCertificateStatus? Status, ExpiryFilter? Expiry, UnmanagedSource? Source = null, string? Show = null)
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
        new("Found on this machine", null, null, UnmanagedSource.Found, "found"),
        new("Operating system", null, null, UnmanagedSource.OperatingSystem, "operating-system"),
    ];

    /// <summary>It is the first of those that show something else than the certificates under management.</summary>
    public bool BeginsGroup => Source == UnmanagedSource.Found;

    /// <summary>The one with this name in the page's address; null if there is none.</summary>
    public static StatusFilter? For(string? show) => All.FirstOrDefault(f => f.Show is not null && f.Show == show);

    /// <summary>The page's address with this filter.</summary>
    public static string AddressOf(StatusFilter? filter) => filter?.Show is { } show ? $"ca-certificates?show={show}" : "ca-certificates";
}
