namespace CaPortal.Authentication;

/// <summary>Authorization policies, for pages and endpoints.</summary>
internal static class Policies
{
    /// <summary>Sees and downloads: readers and administrators.</summary>
    public const string Reader = nameof(Reader);

    /// <summary>Changes: administrators alone.</summary>
    public const string Administrator = nameof(Administrator);
}

/// <summary>App roles, as they are in the tokens of Microsoft Entra ID and in our own cookies.</summary>
internal static class AppRoles
{
    public const string Reader = "CaPortal.Reader";
    public const string Administrator = "CaPortal.Administrator";
}

/// <summary>Claim types of the identities that the portal makes or accepts.</summary>
internal static class PortalClaims
{
    public const string Name = "preferred_username";
    public const string Role = "roles";

    /// <summary>The account in Microsoft Entra ID.</summary>
    public const string Account = "oid";

    /// <summary>The tenant of the account.</summary>
    public const string Tenant = "tid";

    /// <summary>The identifier of the account that Entra ID gives to this application alone.</summary>
    public const string Subject = "sub";

    /// <summary>Identifies one signed-in session, so that signing out ends it everywhere.</summary>
    public const string Session = "caportal_session";

    /// <summary>When the session ends, seconds since 1970 UTC.</summary>
    public const string SessionEnd = "caportal_session_end";

    /// <summary>Of nobody: the person who had the page open has signed out.</summary>
    public const string SignedOut = "caportal_signed_out";

    /// <summary>Of anyone who has redeemed the sign-in link, which does not say who it is.</summary>
    public const string SignInLink = "caportal_sign_in_link";

    /// <summary>The person who made the API key that is used.</summary>
    public const string OnBehalfOf = "caportal_on_behalf_of";
}

/// <summary>Authentication schemes. <see cref="Portal"/> chooses one of the others for each request.</summary>
internal static class Schemes
{
    public const string Portal = nameof(Portal);
    public const string Cookie = nameof(Cookie);
    public const string ApiKey = nameof(ApiKey);
    public const string Entra = nameof(Entra);
    public const string EntraBearer = nameof(EntraBearer);
}

/// <summary>Addresses of signing in and out.</summary>
internal static class SignInPaths
{
    public const string SignIn = "/login";
    public const string NewLink = "/login/new-link";

    /// <summary>Where the command <c>sign-in-link</c> asks.</summary>
    public const string LinkForCommand = "/login/link-for-command";

    public const string SignInFailed = "/login/failed";
    public const string SignOut = "/logout";
    public const string SignedOut = "/signed-out";
    public const string SessionEnded = "/session-ended";
    public const string NoAccess = "/no-access";

    /// <summary>The description of the API, which programs read as they use the API.</summary>
    public const string OpenApi = "/openapi";

    /// <summary>What monitors read.</summary>
    public const string Metrics = "/metrics";

    /// <summary>What calendar programs subscribe to.</summary>
    public const string Calendar = "/api/v1/expiry.ics";

    /// <summary>Requests of programs, which are answered with status codes and never with pages.</summary>
    public static bool IsApi(PathString path) => path.StartsWithSegments("/api") || path.StartsWithSegments(OpenApi) || path.StartsWithSegments(Metrics);

    public static bool IsCalendar(PathString path) => path.Equals(Calendar, StringComparison.OrdinalIgnoreCase);

    /// <summary>A path of the portal as pages link to it: below the sub-path at which people open the portal, which their base element names.</summary>
    public static string Link(string path) => path[1..];

    /// <summary>The address of a page that leads to another afterwards.</summary>
    /// <param name="subPath">The sub-path at which people open the portal, or nothing.</param>
    public static string Returning(string subPath, string page, string? returnUrl) =>
        $"{subPath}{page}?returnUrl={Uri.EscapeDataString(LocalOrHome(subPath, returnUrl))}";

    /// <summary>
    /// Only a path of this portal, so that nobody is sent to another site after signing in; and only what a header can hold.
    /// </summary>
    /// <param name="subPath">The sub-path at which people open the portal, or nothing: below others there may be other applications.</param>
    public static string LocalOrHome(string subPath, string? returnUrl) =>
        returnUrl is ['/', ..] and not ['/', '/' or '\\', ..]
        && returnUrl.StartsWith($"{subPath}/", StringComparison.OrdinalIgnoreCase)
        && returnUrl.All(c => char.IsAscii(c) && !char.IsControl(c) && c != '\\')
        && !LeadsUp(returnUrl)
            ? returnUrl
            : $"{subPath}/";

    /// <summary>Browsers resolve dots before they ask, also where they are encoded.</summary>
    private static bool LeadsUp(string url) =>
        url.Split('?', '#')[0].Split('/').Any(part => part.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
}
