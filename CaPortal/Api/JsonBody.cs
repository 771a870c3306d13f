using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace CaPortal.Api;

/// <summary>Reads a request's body, and says in plain words what is wrong with it.</summary>
internal static class JsonBody
{
    /// <summary>The request says nothing at all.</summary>
    public static bool IsAbsent(HttpRequest request) => request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    /// <exception cref="BadHttpRequestException">It is no JSON, or not what it should be.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        if (!request.HasJsonContentType())
            throw new BadHttpRequestException("Send the body as application/json.", StatusCodes.Status415UnsupportedMediaType);
        try
        {
            using var document = await request.ReadFromJsonAsync<JsonDocument>(cancellationToken);
            if (document is null || document.RootElement.ValueKind == JsonValueKind.Null)
                throw new BadHttpRequestException("The body is empty.");
            FieldNames.RequireKnown<T>(document.RootElement);
            return document.Deserialize<T>(request.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("The body is not well-formed JSON of the form that the API's description shows.", e);
        }
    }
}
