using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;

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
/// What the list can be narrowed to: the worst that holds of a certificate, as the column says it. Or what is shown in place of
/// the list.
/// </summary>
/// <param name="Title">How it is called.</param>
/// <param name="Condition">Only those of which this is the worst that holds.</param>
/// <param name="Source">What is shown in place of those under management.</param>
/// <param name="Show">Its name in the page's address: <c>expires-soon</c>, <c>found</c>.</param>
public sealed record StatusFilter(string Title, CaCertificateCondition? Condition, UnmanagedSource? Source, string Show)
{
    /// <summary>All of them, in the order of the menu.</summary>
    public static IReadOnlyList<StatusFilter> All { get; } =
    [
        .. Enum.GetValues<CaCertificateCondition>().Select(c => new StatusFilter(StatusLabel.TitleOf(c), c, null, KebabCase.Of(c))),
        new("Found on this machine", null, UnmanagedSource.Found, "found"),
        new("Operating system", null, UnmanagedSource.OperatingSystem, "operating-system"),
    ];

    /// <summary>It is the first of those that show something else than the certificates under management.</summary>
    public bool BeginsGroup => Source == UnmanagedSource.Found;

    /// <summary>The one with this name in the page's address; null if there is none.</summary>
    public static StatusFilter? For(string? show) => All.FirstOrDefault(f => f.Show == show);

    /// <summary>The page's address with this filter.</summary>
    public static string AddressOf(StatusFilter filter) => $"ca-certificates?show={filter.Show}";
}
