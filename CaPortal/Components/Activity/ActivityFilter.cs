using System.Globalization;
using CaPortal.Core.Activity;
using Microsoft.AspNetCore.WebUtilities;

namespace CaPortal.Components.Activity;

/// <summary>Which time the entries are from.</summary>
internal enum ActivityPeriod
{
    All,
    Today,
    Week,
    Month,
    Range,
}

/// <summary>Which entries are shown. It is part of the page's address, so that a link to it can be sent.</summary>
internal sealed record ActivityFilter
{
    private const string DayFormat = "yyyy-MM-dd";

    private static readonly (string Word, ActivityPeriod Period)[] _periods =
        [("today", ActivityPeriod.Today), ("7d", ActivityPeriod.Week), ("30d", ActivityPeriod.Month), ("range", ActivityPeriod.Range)];

    public string? Actor { get; init; }

    public ActivityCategory? Kind { get; init; }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    public ActivityPeriod Period { get; init; }

    /// <summary>The first day of a range, UTC.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day of a range, UTC.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>Also shows the outcomes that belong to a change and succeeded.</summary>
    public bool ShowsAll { get; init; }

    /// <summary>Only this entry.</summary>
    public long? Entry { get; init; }

    /// <summary>It hides entries that are shown without it.</summary>
    public bool IsNarrow => Actor is not null || Kind is not null || Sha256 is not null || Period != ActivityPeriod.All || Entry is not null;

    /// <summary>Reads it from the parts of an address. Parts that are not understood are left out.</summary>
    public static ActivityFilter Parse(
        string? actor, string? kind, string? certificate, string? period, string? from, string? until, string? all, string? entry) => new()
        {
            Actor = string.IsNullOrEmpty(actor) ? null : actor,
            Kind = Enum.TryParse<ActivityCategory>(kind, ignoreCase: true, out var category) && Enum.IsDefined(category) ? category : null,
            Sha256 = Fingerprint(certificate),
            Period = _periods.FirstOrDefault(p => p.Word == period).Period,
            From = DayOf(from),
            Until = DayOf(until),
            ShowsAll = bool.TryParse(all, out var showsAll) && showsAll,
            Entry = long.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null,
        };

    /// <summary>The parts of the page's address.</summary>
    public IReadOnlyDictionary<string, object?> Parameters => new Dictionary<string, object?>
    {
        ["actor"] = Actor,
        ["kind"] = Kind?.ToString(),
        ["certificate"] = Sha256,
        ["period"] = Period == ActivityPeriod.All ? null : _periods.Single(p => p.Period == Period).Word,
        ["from"] = Period == ActivityPeriod.Range ? TextOf(From) : null,
        ["until"] = Period == ActivityPeriod.Range ? TextOf(Until) : null,
        ["all"] = ShowsAll ? bool.TrueString : null,
        ["entry"] = Entry,
    };

    /// <summary>The query at a moment, UTC.</summary>
    public ActivityQuery ToQuery(DateTime now) => new()
    {
        Actor = Actor,
        Sha256 = Sha256,
        Categories = Kind is { } kind ? new HashSet<ActivityCategory> { kind } : new HashSet<ActivityCategory>(),
        From = Period switch
        {
            ActivityPeriod.Today => now.Date,
            ActivityPeriod.Week => now.Date.AddDays(-6),
            ActivityPeriod.Month => now.Date.AddDays(-29),
            ActivityPeriod.Range when From is { } from => StartOf(from),
            _ => null,
        },
        Until = Period == ActivityPeriod.Range && Until is { } until && until < DateOnly.MaxValue ? StartOf(until.AddDays(1)) : null,
        OnlyNoteworthy = !ShowsAll,
    };

    /// <summary>Where what is shown, and what belongs to it, can be downloaded.</summary>
    /// <param name="form">The file name's extension.</param>
    /// <param name="now">The moment, UTC.</param>
    public string ExportAddress(string form, DateTime now)
    {
        var query = ToQuery(now);
        return QueryHelpers.AddQueryString($"api/v1/activity.{form}", new Dictionary<string, string?>
        {
            ["actor"] = query.Actor,
            ["sha256"] = query.Sha256,
            ["category"] = Kind?.ToString(),
            ["from"] = query.From?.ToString("O", CultureInfo.InvariantCulture),
            ["until"] = query.Until?.ToString("O", CultureInfo.InvariantCulture),
        }.Where(p => p.Value is not null));
    }

    /// <summary>A SHA-256 fingerprint, with or without colons and blanks, in the form that it is stored in; null where it is none.</summary>
    public static string? Fingerprint(string? text)
    {
        var digits = string.Concat((text ?? "").Where(c => c is not (':' or '-') && !char.IsWhiteSpace(c))).ToLowerInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigitLower) ? digits : null;
    }

    public static DateOnly? DayOf(string? text) =>
        DateOnly.TryParseExact(text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    /// <summary>A period's name in the filter.</summary>
    public static string TitleOf(ActivityPeriod period) => period switch
    {
        ActivityPeriod.Today => "Today",
        ActivityPeriod.Week => "Last 7 days",
        ActivityPeriod.Month => "Last 30 days",
        ActivityPeriod.Range => "From – to",
        _ => "Any time",
    };

    public static string? TextOf(DateOnly? day) => day?.ToString(DayFormat, CultureInfo.InvariantCulture);

    private static DateTime StartOf(DateOnly day) => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
}
