namespace CaPortal.Components.Shared;

/// <summary>Spans of time in words, in the largest unit that fits.</summary>
public static class RelativeTime
{
    private const double DaysOfYear = 365.25;
    private const double DaysOfMonth = 30.44;

    /// <summary><c>in 3 days</c>.</summary>
    public static string Until(TimeSpan span) => $"in {Amount(span)}";

    /// <summary><c>3 days ago</c>; <c>just now</c> within a minute.</summary>
    public static string Ago(TimeSpan span) => span < TimeSpan.FromMinutes(1) ? "just now" : $"{Amount(span)} ago";

    private static string Amount(TimeSpan span) => span.TotalDays switch
    {
        // Long spans are rounded: what is cut off could be nearly a whole year.
        >= 23.5 * DaysOfMonth => $"{Math.Round(span.TotalDays / DaysOfYear)} years",
        >= DaysOfYear => $"{Math.Round(span.TotalDays / DaysOfMonth)} months",
        >= 2 * DaysOfMonth => $"{(int)(span.TotalDays / DaysOfMonth)} months",
        >= 2 => $"{(int)span.TotalDays} days",
        _ => span.TotalHours switch
        {
            >= 2 => $"{(int)span.TotalHours} hours",
            _ => span.TotalMinutes >= 2 ? $"{(int)span.TotalMinutes} minutes" : "1 minute",
        },
    };
}
