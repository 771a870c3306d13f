using System.Globalization;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>How values stand in the sentences of findings.</summary>
internal static class Texts
{
    /// <summary>A name from a certificate, safe to show and not too long, in quotation marks.</summary>
    public static string Quote(string name) => $"“{DisplayText.Shorten(name)}”";

    /// <summary>A date that means the same everywhere: <c>2026-03-01</c>.</summary>
    public static string Date(DateTime utc) => utc.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A time that means the same everywhere: <c>2026-03-01 12:00 UTC</c>.</summary>
    public static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A number of things: <c>no intermediate</c>, <c>1 intermediate</c>, <c>2 intermediates</c>.</summary>
    public static string Count(int count, string thing) => count switch
    {
        0 => $"no {thing}",
        1 => $"1 {thing}",
        _ => $"{count} {thing}s",
    };

    /// <summary>A number of whole days: <c>1 day</c>, <c>12 days</c>.</summary>
    public static string Days(TimeSpan time) => (int)time.TotalDays switch
    {
        0 => "less than a day",
        1 => "1 day",
        var days => $"{days} days",
    };
}
