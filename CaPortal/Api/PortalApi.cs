using System.Text.Json.Serialization;
using CaPortal.Authentication;
using CaPortal.Core.Certificates;
using CaPortal.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.Extensions.Options;
using Scalar.AspNetCore;

namespace CaPortal.Api;

/// <summary>The REST interface, for programs: every endpoint under <see cref="BasePath"/>, its description and the page to try it.</summary>
internal static class PortalApi
{
    public const string BasePath = "/api/v1";

    /// <summary>The page on which a person reads and tries the API.</summary>
    public const string ReferencePath = "/api-reference";

    public static void AddPortalApi(this WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
            o.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            o.SerializerOptions.Encoder = VisibleJsonEncoder.Instance;
        });
        builder.Services.AddSettings<ApiOptions>();
        builder.Services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptions.Validator>();
        builder.Services.AddSingleton<KnownFields>();
        builder.Services.AddSingleton<UploadReader>();
        builder.Services.AddSingleton<UnattendedChanges>();
        builder.Services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
    }

    public static void MapPortalApi(this WebApplication app)
    {
        var api = app.MapGroup(BasePath)
            .RequireAuthorization(Policies.Reader)
            .AddEndpointFilter(AddSubPathAsync)
            .AddEndpointFilter(Problems.AnswerAsync)
            .AddEndpointFilter(RefuseForgeryAsync)
            .AddEndpointFilter(KnownFields.RequireAsync);
        api.MapCaCertificates();
        api.MapFoundCertificates();
        api.MapOperatingSystemRoots();
        api.MapBundles();
        api.MapTrustStores();
        api.MapSnapshots();
        api.MapProposals();
        api.MapActivity();
        api.MapUnprovedList();
        api.MapExpiry();
        api.MapAlerts();
        app.MapMetrics();
        api.MapBackEnds();
        api.MapApiKeys();

        app.MapOpenApi($"{SignInPaths.OpenApi}/{{documentName}}.json").RequireAuthorization(Policies.Reader);
        app.MapScalarApiReference(ReferencePath, (page, context) => page
                .WithTitle("CaPortal API")
                .WithNonce(SecurityHeaders.Nonce(context))
                .WithOpenApiRoutePattern($"{SignInPaths.OpenApi}/{{documentName}}.json")
                .DisableDefaultFonts()
                .DisableTelemetry()
                .HideDeveloperTools()
                .DisableAgent()
                .DisableMcp())
            .RequireAuthorization(Policies.Reader);
    }

    /// <summary>Endpoints name the address of what they made without the sub-path at which people open the portal.</summary>
    private static ValueTask<object?> AddSubPathAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var response = context.HttpContext.Response;
        response.OnStarting(() =>
        {
            if (response.Headers.Location is [['/', ..] path])
                response.Headers.Location = $"{context.HttpContext.Request.PathBase}{path}";
            return Task.CompletedTask;
        });
        return next(context);
    }

    /// <summary>
    /// A browser sends its cookie regardless of who asks it to. So a caller that is known by a cookie must show that the
    /// request comes from a page of the portal. Browsers never send Bearer headers unasked.
    /// </summary>
    private static async ValueTask<object?> RefuseForgeryAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (HttpMethods.IsGet(request.Method) || ApiKeyHandler.BearerOf(request) is not null)
            return await next(context);

        // The token is taken from the header alone: looking for it in a form would read the whole upload first.
        if (request.Headers.ContainsKey(PortalSecurity.AntiforgeryHeader)
            && await request.HttpContext.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(request.HttpContext))
        {
            return await next(context);
        }

        throw new BadHttpRequestException(
            $"The request is known by a cookie and lacks the header {PortalSecurity.AntiforgeryHeader} of a page of the portal. "
                + "Send an API key as Authorization: Bearer instead.");
    }
}
