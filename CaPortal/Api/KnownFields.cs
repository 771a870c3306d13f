using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace CaPortal.Api;

/// <summary>
/// Refuses what a request says and its endpoint does not know: it would be passed over, and the request would do something
/// else than what was asked for. What an endpoint knows is what the API's description shows. JSON objects and forms are
/// looked at where they are read.
/// </summary>
internal sealed class KnownFields(IApiDescriptionGroupCollectionProvider descriptions)
{
    private readonly Lazy<ILookup<(string? Method, string Path), string>> _parameters = new(() =>
        descriptions
            .ApiDescriptionGroups.Items.SelectMany(g => g.Items)
            .SelectMany(
                d => d.ParameterDescriptions.Where(p => p.Source == BindingSource.Query),
                (d, p) => (Operation: (d.HttpMethod, $"/{d.RelativePath}"), p.Name))
            .ToLookup(p => p.Operation, p => p.Name));

    /// <summary>The filter of all endpoints.</summary>
    public static ValueTask<object?> RequireAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.RequestServices.GetRequiredService<KnownFields>().Require(context.HttpContext);
        return next(context);
    }

    private void Require(HttpContext context)
    {
        var endpoint = (RouteEndpoint)context.GetEndpoint()!;
        var request = context.Request;
        if (request.Query.Count > 0)
            FieldNames.RequireKnown(
                request.Query.Keys,
                [.. _parameters.Value[(request.Method, $"/{endpoint.RoutePattern.RawText?.TrimStart('/')}")]],
                "query parameter");
        if (endpoint.Metadata.GetMetadata<TakesBody>() is null && !JsonBody.IsAbsent(request))
            throw new BadHttpRequestException(
                "This request takes no body, and what yours says would be passed over. Send it without one. Nothing was changed.");
    }
}

/// <summary>Marks an endpoint that reads the request's body.</summary>
internal sealed class TakesBody
{
    public static TakesBody Instance { get; } = new();
}
