namespace CaPortal.Components.Shared;

/// <summary>Light or dark.</summary>
/// <param name="IsDark">Dark.</param>
/// <param name="IsChosen">The person chose it here; else it follows the browser.</param>
public sealed record ThemePreference(bool IsDark, bool IsChosen)
{
    /// <summary>The cookie of the choice, set by shell.js.</summary>
    private const string Cookie = "caportal_theme";

    /// <summary>The person's choice; without one what the browser prefers, or else light.</summary>
    public static ThemePreference Of(HttpRequest request) => request.Cookies[Cookie] switch
    {
        "dark" => new(true, true),
        "light" => new(false, true),
        _ => new(request.Headers["Sec-CH-Prefers-Color-Scheme"].ToString().Trim('"') == "dark", false),
    };
}
