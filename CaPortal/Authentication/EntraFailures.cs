using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CaPortal.Authentication;

/// <summary>What becomes of a sign-in with Microsoft Entra ID that does not work: a page that says why.</summary>
internal static partial class EntraFailures
{
    /// <summary>Sends the browser to the provider to sign in.</summary>
    public static async Task ChallengeAsync(HttpContext context, AuthenticationProperties properties)
    {
        try
        {
            await context.ChallengeAsync(Schemes.Entra, properties);
        }
        catch (Exception e) when (IsUnreachable(e) && !context.RequestAborted.IsCancellationRequested)
        {
            Show(context, e, properties.RedirectUri);
        }
    }

    /// <summary>Leads to the page that says why signing in did not work, and writes the cause to the log.</summary>
    /// <returns>Why that was.</returns>
    public static SignInFailure Show(HttpContext context, Exception? failure, string? returnUrl)
    {
        var why = Classify(failure);
        // What the provider or the browser wrote stays out of the log but for codes that cannot hold anything else.
        var code = failure is null ? "" : string.Join(' ', Chain(failure).Select(CodeOf).Where(c => c.Length > 0).Distinct());
        var kinds = failure is null ? "" : string.Join(" < ", Chain(failure).Select(e => e.GetType().Name));
        LogFailure(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(EntraFailures)), why, kinds, code);
        context.Response.Redirect($"{SignInPaths.Returning(context.Request.PathBase, SignInPaths.SignInFailed, returnUrl)}&why={why}");
        return why;
    }

    /// <summary>
    /// What the log may have of an error that the provider answers with: its code, and the number that Entra ID gives it.
    /// </summary>
    public static string CodeOf(string? error, string? description) =>
        $"{ErrorCode().Match(error ?? "").Value} {EntraCode().Match(description ?? "").Value}".Trim();

    private static SignInFailure Classify(Exception? failure)
    {
        foreach (var e in failure is null ? [] : Chain(failure))
        {
            switch (e)
            {
                case SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException:
                    return SignInFailure.Clock;
                case SecurityTokenInvalidIssuerException:
                    return SignInFailure.WrongTenant;
                case OpenIdConnectProtocolInvalidNonceException:
                    return SignInFailure.TooOld;
                case OpenIdConnectProtocolException when ErrorOf(e) is "access_denied" or "consent_required" or "interaction_required" or "login_required":
                    return SignInFailure.Refused;
                case OpenIdConnectProtocolException when ErrorOf(e) is "invalid_grant":
                    return SignInFailure.TooOld;
                case OpenIdConnectProtocolException when ErrorOf(e) is "temporarily_unavailable" or "server_error":
                    return SignInFailure.Unreachable;
            }
        }

        // The handler has no exceptions of its own for an answer without a state that it knows, or without the cookie that belongs to it.
        return failure is null ? SignInFailure.Other
            : IsUnreachable(failure) ? SignInFailure.Unreachable
            : failure is AuthenticationFailureException && failure.InnerException is null && ErrorOf(failure).Length == 0 ? SignInFailure.TooOld
            : SignInFailure.Other;
    }

    private static bool IsUnreachable(Exception failure) =>
        Chain(failure).Any(e => e is HttpRequestException or IOException or TimeoutException or OperationCanceledException);

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            yield return e;
    }

    private static string ErrorOf(Exception e) => e.Data["error"] as string ?? "";

    private static string CodeOf(Exception e) => CodeOf(ErrorOf(e), e.Data["error_description"] as string);

    [GeneratedRegex("^[a-z_]{1,40}$")]
    private static partial Regex ErrorCode();

    [GeneratedRegex("AADSTS[0-9]{1,10}")]
    private static partial Regex EntraCode();

    [LoggerMessage(2006, LogLevel.Warning, "Signing in with Microsoft Entra ID failed: {Why} ({Failure}) {Code}")]
    private static partial void LogFailure(ILogger logger, SignInFailure why, string failure, string code);
}
