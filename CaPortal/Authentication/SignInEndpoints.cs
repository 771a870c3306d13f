using CaPortal.Components.SignIn;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CaPortal.Authentication;

/// <summary>The pages and forms of signing in and out: plain HTML, because a circuit cannot set a cookie.</summary>
internal static class SignInEndpoints
{
    private const string Method = "a sign-in link";
    private const string WrongLink = "the link does not work, or not any more";

    /// <summary>Anybody may send these forms, which hold a token and an address.</summary>
    private const int MaxFormBytes = 16 * 1024;

    public static void MapSignIn(this WebApplication app)
    {
        var pages = app.MapGroup("").AllowAnonymous().ExcludeFromDescription().WithMetadata(new RequestSizeLimitAttribute(MaxFormBytes));
        if (EntraOptions.IsConfigured(app.Configuration))
        {
            pages.MapGet(SignInPaths.SignIn, (HttpContext context, string? returnUrl) =>
                EntraFailures.ChallengeAsync(context, new() { RedirectUri = SignInPaths.LocalOrHome(context.Request.PathBase, returnUrl) }));
            pages.MapGet(SignInPaths.SignInFailed, (HttpContext context, string? why, string? returnUrl) => Page<SignInFailedPage>(parameters: new()
            {
                [nameof(SignInFailedPage.Why)] = Enum.TryParse<SignInFailure>(why, out var failure) ? failure : SignInFailure.Other,
                [nameof(SignInFailedPage.ReturnUrl)] = SignInPaths.LocalOrHome(context.Request.PathBase, returnUrl),
            }));
            pages.MapGet(SignInPaths.SessionEnded, (HttpContext context, string? returnUrl) => Page<SessionEndedPage>(parameters: new()
            {
                [nameof(SessionEndedPage.Why)] = context.Features.Get<EndedSession>()?.Why,
                [nameof(SessionEndedPage.ReturnUrl)] = SignInPaths.LocalOrHome(context.Request.PathBase, returnUrl),
            }));
        }
        else
        {
            pages.MapGet(SignInPaths.SignIn, ShowSignInAsync).AddEndpointFilter(RefuseGuessing);
            pages.MapPost(SignInPaths.SignIn, RedeemAsync).AddEndpointFilter(RefuseGuessing);
            pages.MapPost(SignInPaths.NewLink, PrintLinkAsync).RequireRateLimiting(RateLimits.NewLink);
            pages.MapPost(SignInPaths.LinkForCommand, AnswerCommandAsync);
        }
        pages.MapGet(SignInPaths.SignOut, () => Page<SignOutPage>());
        pages.MapPost(SignInPaths.SignOut, SignOutAsync);
        pages.MapGet(SignInPaths.SignedOut, () => Page<SignedOutPage>());
        pages.MapGet(SignInPaths.NoAccess, (HttpContext context) =>
            Page<NoAccessPage>(StatusCodes.Status403Forbidden, new() { [nameof(NoAccessPage.Account)] = context.User.Identity?.Name }));
    }

    private static async ValueTask<object?> RefuseGuessing(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!http.Request.Query.ContainsKey("t")
            || IsAskedByAnotherSite(http)
            || await http.RequestServices.GetRequiredService<SignInLinks>().IsValidAsync(http.Request.Query["t"], http.RequestAborted)
            || !await http.RequestServices.GetRequiredService<FailedAttempts>().AreExhaustedAsync(FailedAttempt.Link, http))
            return await next(context);
        await http.RequestServices.GetRequiredService<SignInRecord>().RefusedAsync(WrongLink, Method, http);
        http.Response.Headers.RetryAfter = FailedAttempts.RetryAfter;
        return Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> ShowSignInAsync(
        HttpContext context, string? t, string? returnUrl, string? printed, SignInLinks links, FailedAttempts failures, SignInRecord record)
    {
        if (t is null)
            return SignInPage(context, printed is null ? SignInState.NoLink : SignInState.Printed, returnUrl);
        if (IsAskedByAnotherSite(context) || await links.IsValidAsync(t, context.RequestAborted))
            return SignInPage(context, SignInState.Link, returnUrl);
        await failures.CountAsync(FailedAttempt.Link, context);
        await record.RefusedAsync(WrongLink, Method, context);
        return SignInPage(context, SignInState.Spent, returnUrl);
    }

    /// <summary>
    /// Any page can make the browser ask for this address with wrong tokens. Such requests learn nothing and are not counted,
    /// so that they cannot lock the administrator out. The form itself cannot be sent from another site.
    /// </summary>
    private static bool IsAskedByAnotherSite(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.Request.Headers["Sec-Fetch-Site"] == "cross-site";

    /// <summary>Whether the form is one of the portal's; one that cannot be read is not.</summary>
    private static async Task<bool> IsOwnFormAsync(IAntiforgery antiforgery, HttpContext context)
    {
        try
        {
            return await antiforgery.IsRequestValidAsync(context);
        }
        catch (Exception e) when (e is AntiforgeryValidationException or InvalidDataException or BadHttpRequestException or NotSupportedException)
        {
            return false;
        }
    }

    private static async Task<IResult> RedeemAsync(
        HttpContext context,
        IAntiforgery antiforgery,
        SignInLinks links,
        FailedAttempts failures,
        SignInRecord record,
        string? t,
        string? returnUrl)
    {
        if (!await IsOwnFormAsync(antiforgery, context))
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        if (!await links.TryRedeemAsync(t, context.RequestAborted))
        {
            await failures.CountAsync(FailedAttempt.Link, context);
            await record.RefusedAsync(WrongLink, Method, context);
            return SignInPage(context, SignInState.Spent, returnUrl, StatusCodes.Status403Forbidden);
        }
        var administrator = PortalIdentity.OfLink();
        await context.SignInAsync(Schemes.Cookie, administrator);
        await record.SignedInAsync(administrator, Method, context);
        return Results.LocalRedirect(SignInPaths.LocalOrHome(context.Request.PathBase, returnUrl));
    }

    private static async Task<IResult> PrintLinkAsync(HttpContext context, IAntiforgery antiforgery, PortalConsole console, SignInRecord record)
    {
        if (!await IsOwnFormAsync(antiforgery, context))
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        await console.PrintLinkAsync(context.RequestAborted);
        await record.NewLinkAsync("the sign-in page", context);
        return Results.LocalRedirect($"~{SignInPaths.SignIn}?printed=1");
    }

    /// <summary>The command proves by a secret in the data directory that it is run by the portal's own account.</summary>
    private static async Task<IResult> AnswerCommandAsync(HttpContext context, RunFile runFile, PortalConsole console, SignInRecord record)
    {
        if (context.Request.Headers[LinkExchange.Header] is not [{ } request]
            || !LinkExchange.IsProven(request, runFile.Secret)
            || await console.NewLinkAsync(context.RequestAborted) is not { } link)
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        await record.NewLinkAsync($"the command {SignInLinkCommand.Name}", context);
        return Results.Text(LinkExchange.Seal(link, request, runFile.Secret));
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery, SignInRecord record)
    {
        // A page that was shown for an unknown address has no antiforgery token: ask once more.
        if (!await IsOwnFormAsync(antiforgery, context))
            return Results.LocalRedirect($"~{SignInPaths.SignOut}");
        if (context.User.Identity is { IsAuthenticated: true })
            await record.SignedOutAsync(context);
        var entra = EntraOptions.IsConfigured(context.RequestServices.GetRequiredService<IConfiguration>());
        if (entra && context.User.Identity is { IsAuthenticated: true })
            return Results.SignOut(new() { RedirectUri = $"{context.Request.PathBase}{SignInPaths.SignedOut}" }, [Schemes.Cookie, Schemes.Entra]);
        await context.SignOutAsync(Schemes.Cookie);
        return Results.LocalRedirect($"~{SignInPaths.SignedOut}");
    }

    private static RazorComponentResult SignInPage(HttpContext context, SignInState state, string? returnUrl, int status = StatusCodes.Status200OK) =>
        Page<SignInPage>(
            status,
            new()
            {
                [nameof(Components.SignIn.SignInPage.State)] = state,
                [nameof(Components.SignIn.SignInPage.ReturnUrl)] = SignInPaths.LocalOrHome(context.Request.PathBase, returnUrl),
            });

    private static RazorComponentResult Page<T>(int status = StatusCodes.Status200OK, Dictionary<string, object?>? parameters = null) =>
        new(typeof(T), parameters ?? []) { StatusCode = status, PreventStreamingRendering = true };
}
