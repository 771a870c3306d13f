using System.Globalization;
using CaPortal.Core.Certificates;

namespace CaPortal.Api;

/// <summary>Reads what a caller has written as text, and says in plain words what is wrong with it.</summary>
internal static class RequestValues
{
    private const int MaxReasonLength = 1000;
    private const int MaxSearchLength = 200;
    private static readonly string[] MomentFormats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    private const string Auto = nameof(Auto);

    private static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <summary>The words that a store can be chosen by.</summary>
    public static readonly IReadOnlyList<string> StoreChoices = [.. Enum.GetNames<CaStore>(), Auto];

    /// <exception cref="BadHttpRequestException">It is too long.</exception>
    public static string? Search(string? text) =>
        text?.Length > MaxSearchLength ? throw new BadHttpRequestException($"'search' must have at most {MaxSearchLength} characters.") : text;

    /// <exception cref="BadHttpRequestException">It is no whole number, or out of bounds.</exception>
    public static int WholeNumber(string? text, string name, int min, int max, int absent)
    {
        if (string.IsNullOrEmpty(text))
            return absent;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        throw new BadHttpRequestException($"'{name}' must be a whole number from {min} to {max}.");
    }

    /// <exception cref="BadHttpRequestException">It is neither true nor false.</exception>
    public static bool YesOrNo(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return false;
        return bool.TryParse(text, out var value) ? value : throw new BadHttpRequestException($"'{name}' must be true or false.");
    }

    /// <summary>A point in time, as UTC; null if there is none.</summary>
    /// <exception cref="BadHttpRequestException">It is no date and time of ISO 8601.</exception>
    public static DateTime? Time(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime
            : throw new BadHttpRequestException($"'{name}' must be a date and time such as 2027-01-31T00:00:00Z.");
    }

    /// <summary>One of the names, regardless of case; null if there is none.</summary>
    /// <exception cref="BadHttpRequestException">It is none of the names.</exception>
    public static T? OneOf<T>(string? text, string name, IReadOnlyList<string>? names = null)
        where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text))
            return null;

        // Enum.Parse would take numbers too.
        return Enum.GetValues<T>().Cast<T?>().FirstOrDefault(v => v.ToString()!.Equals(text, StringComparison.OrdinalIgnoreCase))
            ?? throw new BadHttpRequestException($"'{name}' must be one of {string.Join(", ", names ?? Enum.GetNames<T>())}.");
    }

    /// <summary>The store that was chosen; null if each certificate goes to the store that fits.</summary>
    /// <exception cref="BadHttpRequestException">It is none of <see cref="StoreChoices"/>.</exception>
    public static CaStore? StoreChoice(string? text, string name) =>
        Auto.Equals(text, StringComparison.OrdinalIgnoreCase) ? null
        : OneOf<CaStore>(text, name, StoreChoices);

    /// <summary>Codes of findings, each on its own or several with commas between.</summary>
    /// <exception cref="BadHttpRequestException">One of them is not known.</exception>
    public static IReadOnlySet<FindingCode> FindingCodes(IEnumerable<string?> texts, string name) => Several<FindingCode>(texts, name);

    /// <summary>Names, each on its own or several with commas between.</summary>
    /// <exception cref="BadHttpRequestException">One of them is not known.</exception>
    public static IReadOnlySet<T> Several<T>(IEnumerable<string?> texts, string name)
        where T : struct, Enum =>
        texts.SelectMany(t => (t ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(t => OneOf<T>(t, name)!.Value)
            .ToHashSet();

    /// <summary>A date, or a date and time (ISO 8601), in UTC where it does not say otherwise; null if there is none.</summary>
    /// <exception cref="BadHttpRequestException">It is no such text.</exception>
    public static DateTime? Moment(string? text, string name)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return DateTime.TryParseExact(
            text,
            MomentFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var moment)
            ? moment
            : throw new BadHttpRequestException($"'{name}' must be a date, or a date and time, as in 2026-11-24T10:00:00Z.");
    }

    /// <exception cref="BadHttpRequestException">It is too long for the activity log, or no text that people write.</exception>
    public static string? Reason(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (text.Length > MaxReasonLength)
            throw new BadHttpRequestException($"'reason' must have at most {MaxReasonLength} characters.");
        return text.Any(c => char.IsControl(c) && c is not ('\r' or '\n' or '\t'))
            ? throw new BadHttpRequestException("'reason' must not have control characters.")
            : text;
    }

    /// <summary>A SHA-256 in the form in which it is stored; null if the text is none.</summary>
    public static string? Sha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
}
