using CaPortal.Components.Shared;
using CaPortal.Core.BackEnds;

namespace CaPortal.Components.BackEnds;

/// <summary>What the list of back-ends can be narrowed to, as the page calls it.</summary>
internal static class FilterTitles
{
    /// <summary>The filter's name on the page.</summary>
    public static string TitleOf(BackEndFilter filter) => filter switch
    {
        BackEndFilter.Trusted => "Trusted",
        BackEndFilter.NotTrusted => "Not trusted",
        BackEndFilter.Unreachable => "Not reached",
        BackEndFilter.NotTested => "Not tested",
        _ => "Expires soon",
    };

    /// <summary>Its name in the page's address: <c>not-trusted</c>.</summary>
    public static string NameOf(BackEndFilter filter) => KebabCase.Of(filter);

    /// <summary>The one with this name in the page's address; null if there is none.</summary>
    public static BackEndFilter? For(string? name) => KebabCase.Parse<BackEndFilter>(name);

    /// <summary>The page's address with this filter.</summary>
    public static string AddressOf(BackEndFilter filter) => $"back-ends?verdict={NameOf(filter)}";
}
