using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

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
            return await request.ReadFromJsonAsync<T>(cancellationToken) ?? throw new BadHttpRequestException("The body is empty.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadHttpRequestException("The body is not well-formed JSON of the form that the API's description shows.", e);
        }
    }
}
