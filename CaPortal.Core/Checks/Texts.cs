using System.Globalization;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>How values are written in the sentences of findings.</summary>
internal static class Texts
{
    /// <summary>A name from a certificate, safe to show and not too long, in quotation marks.</summary>
    public static string Quote(string name) => $"“{DisplayText.Shorten(name)}”";

    /// <summary>
    /// A name to connect by, safe to show and not too long. It is in quotation marks if the words around it would hide where
    /// it begins or ends: for example, if it has spaces or a full stop follows it. Otherwise it is as it is.
    /// </summary>
    public static string ServerName(string name, int maxLength = DisplayText.NameLength)
    {
        var shown = DisplayText.Shorten(name, maxLength);
        var isPlain =
            name.Length > 0 && name[^1] is not ('.' or '-') && name.All(c => char.IsLetterOrDigit(c) || ".-_*:%".Contains(c, StringComparison.Ordinal));
        return isPlain ? shown : $"“{shown}”";
    }

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
