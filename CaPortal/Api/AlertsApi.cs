using System.ComponentModel;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Alerts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>Alerts: list, dismiss.</summary>
internal static class AlertsApi
{
    private const int MaxPage = 1000;
    private const int DefaultPage = 100;

    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("", ListAsync)
            .WithName("ListAlerts").WithSummary("Back-ends that are not trusted any more and certificates that end soon, newest first.")
            .WithDescription("An alert is raised once, and ends by itself when what it is about is over.")
            .Answers(400, 503)
            .WithParameter("past", new() { Type = Microsoft.OpenApi.JsonSchemaType.Boolean, Default = false })
            .WithParameter("skip", ApiDocument.WholeNumber(0, int.MaxValue, 0))
            .WithParameter("top", ApiDocument.WholeNumber(1, MaxPage, DefaultPage));
        alerts.MapPost("/{id:long}/dismiss", DismissAsync)
            .WithName("DismissAlert").WithSummary("Takes an alert out of the list of open ones.")
            .RequireAuthorization(Policies.Administrator).Answers(404, 503);
    }

    private static async Task<Ok<AlertList>> ListAsync(
        AlertService alerts,
        [Description("Those that are over or were dismissed; else those that are open.")] string? past,
        string? skip,
        string? top,
        CancellationToken cancellationToken)
    {
        var page = await alerts.ListAsync(
            new AlertQuery
            {
                Past = RequestValues.YesOrNo(past, nameof(past)),
                Skip = RequestValues.WholeNumber(skip, nameof(skip), 0, int.MaxValue, 0),
                Top = RequestValues.WholeNumber(top, nameof(top), 1, MaxPage, DefaultPage),
            },
            cancellationToken);
        return TypedResults.Ok(new AlertList { Value = [.. page.Alerts.Select(ToResource)], Count = page.Count });
    }

    private static async Task<Results<Ok<AlertDismissal>, ProblemResult>> DismissAsync(
        long id, HttpContext context, AlertService alerts, CancellationToken cancellationToken) =>
        await alerts.DismissAsync(id, ActorFactory.Create(context), cancellationToken) switch
        {
            AlertOutcome.Done done => TypedResults.Ok(new AlertDismissal { Dismissed = done.Count }),
            AlertOutcome.Forbidden => Problems.ForStatus(StatusCodes.Status403Forbidden),
            _ => Problems.NotFound("There is no such alert. GET /alerts lists those that are open."),
        };

    private static AlertResource ToResource(AlertView alert) => new()
    {
        Id = alert.Id,
        Kind = alert.Kind,
        Title = alert.Title,
        Message = alert.Message,
        BackEndId = alert.BackEndId,
        Sha256 = alert.Sha256,
        At = alert.At,
        EndedAt = alert.EndedAt,
        DismissedBy = alert.DismissedBy,
        Deliveries = [.. alert.Deliveries.Select(d => new AlertDeliveryResource
        {
            Channel = d.Channel,
            Attempts = d.Attempts,
            DeliveredAt = d.DeliveredAt,
            NextAttemptAt = d.NextAttemptAt,
            Error = d.Error,
        })],
    };
}
