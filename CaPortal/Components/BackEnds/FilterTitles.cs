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
}
