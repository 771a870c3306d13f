using System.Text;
using CaPortal.Api.Contracts;
using CaPortal.Authentication;
using CaPortal.Core.Alerts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaPortal.Api;

/// <summary>What ends over the coming twelve months: as JSON, and as a calendar to subscribe to.</summary>
internal static class ExpiryApi
{
    private const string CalendarType = "text/calendar";

    public static void MapExpiry(this IEndpointRouteBuilder api)
    {
        var expiry = api.MapGroup("").WithTags("Expiry");
        expiry.MapGet("/expiry", ListAsync)
            .WithName("ListExpiry").WithSummary("What has ended and what ends over the coming twelve months, the earliest first.")
            .WithDescription("CA certificates under management, and the certificates that back-ends presented last.")
            .Answers(503);
        expiry
            .MapGet(SignInPaths.Calendar[PortalApi.BasePath.Length..], CalendarAsync)
            .WithName("ExpiryCalendar")
            .WithSummary("The same as an iCalendar feed (RFC 5545), to subscribe to.")
            .WithDescription(
                "Here alone the API key is accepted as the password of HTTP Basic authentication too, with any user name, "
                    + "because calendar programs send no bearer header.")
            .Produces<string>(StatusCodes.Status200OK, CalendarType)
            .Answers(503);
    }

    private static async Task<Ok<ExpiryList>> ListAsync(ExpiryRadar radar, CancellationToken cancellationToken)
    {
        var certificates = (await radar.LoadAsync(cancellationToken)).Certificates;
        return TypedResults.Ok(new ExpiryList { Value = [.. certificates.Select(ToResource)], Count = certificates.Count });
    }

    private static async Task<IResult> CalendarAsync(ExpiryRadar radar, CancellationToken cancellationToken) =>
        Results.Text(ExpiryCalendar.Write(await radar.LoadAsync(cancellationToken)), CalendarType, Encoding.UTF8);

    private static ExpiryResource ToResource(ExpiringCertificate certificate) => new()
    {
        Sha256 = certificate.Sha256,
        Name = certificate.Name,
        Subject = certificate.Subject,
        Expiry = certificate.NotAfter,
        IsCa = certificate.IsCa,
        StoreNames = certificate.Stores,
        BackEnds = [.. certificate.BackEnds.Select(b => new ExpiryBackEndResource { Id = b.Id, Name = b.Name, Address = b.Address, Presents = b.Presents })],
        Successor = certificate.Successor is not { } s
            ? null
            : new ExpirySuccessorResource { Sha256 = s.Key.Sha256, StoreName = s.Key.Store, Expiry = s.NotAfter, HasSameKey = s.HasSameKey },
    };
}
