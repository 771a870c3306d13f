using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Components.SignIn;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Hosting;

/// <summary>What is answered when nothing else was: problem details to programs, a page to people.</summary>
internal static class ErrorAnswers
{
    public static void UseErrorAnswers(this WebApplication app)
    {
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                // The log says already what is wrong with the database.
                SuppressDiagnosticsCallback = c =>
                    c.Exception is DatabaseException || (c.Exception is OperationCanceledException && c.HttpContext.RequestAborted.IsCancellationRequested),
                ExceptionHandler = AnswerAsync,
            });
        app.UseStatusCodePages(context => AnswerAsync(context.HttpContext));
    }

    /// <summary>Unknown resources of the API, for any method.</summary>
    public static void MapUnknownApi(this WebApplication app) =>
        app.Map("/api/{**rest}", () => Problems.ForStatus(StatusCodes.Status404NotFound)).ExcludeFromDescription();

    /// <summary>
    /// Answers a request for a host name that is not the portal's. The person who chose that name may read the answer, so it
    /// has nothing but the name.
    /// </summary>
    public static Task RefuseHostAsync(HttpContext context, string host) => WantsPage(context.Request)
        ? new RazorComponentResult<HostRefusedPage>(new Dictionary<string, object?> { [nameof(HostRefusedPage.Host)] = host })
        {
            StatusCode = StatusCodes.Status400BadRequest,
            PreventStreamingRendering = true,
        }.ExecuteAsync(context)
        : Problems.HostRefused(host).ExecuteAsync(context);

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Response.StatusCode == StatusCodes.Status200OK)
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        var status = context.Response.StatusCode;
        if (WantsPage(context.Request))
        {
            var page = new RazorComponentResult<ProblemPage>(
                new Dictionary<string, object?> { [nameof(ProblemPage.Status)] = status, [nameof(ProblemPage.Trace)] = context.TraceIdentifier })
            {
                StatusCode = status,
                PreventStreamingRendering = true,
            };
            await page.ExecuteAsync(context);
        }
        else if (context.Features.Get<IExceptionHandlerFeature>()?.Error is DatabaseException unusable)
        {
            // Thrown before an endpoint was reached: the check of an API key needs the database.
            await Problems.From(unusable).ExecuteAsync(context);
        }
        else
        {
            await Problems.ForStatus(status).ExecuteAsync(context);
        }
    }

    private static bool WantsPage(HttpRequest request) =>
        !SignInPaths.IsApi(request.Path) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
