namespace CaPortal.Hosting;

/// <summary>
/// Marks endpoints that answer under any host name, because what they answer is for everybody: health, style sheets and
/// scripts.
/// </summary>
internal sealed class AnyHost
{
    public static readonly AnyHost Instance = new();

    private AnyHost()
    {
    }

    /// <summary>Whether the request is for such an endpoint.</summary>
    public static bool IsFor(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<AnyHost>() is not null;
}
