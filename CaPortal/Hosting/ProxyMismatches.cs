using System.Net;
using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// Reports requests that look as if a reverse proxy and the settings did not fit together: once for each kind and address.
/// Strangers can send anything they like, so the number of lines is bounded.
/// </summary>
internal sealed partial class ProxyMismatches(IOptions<ForwardedHeadersOptions> forwarded, ILogger<ProxyMismatches> logger)
{
    private const int MaxLogged = 100;
    private static readonly string[] Headers = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"];

    private readonly Lock _gate = new();
    private readonly HashSet<(string Kind, IPAddress? Address)> _logged = [];

    /// <summary>Whether a proxy says that it has passed the request on, whether it is believed or not.</summary>
    public static bool IsForwarded(HttpRequest request) =>
        Headers.Any(request.Headers.ContainsKey)
        || request.Headers.ContainsKey("X-Original-For")
        || request.Headers.ContainsKey("X-Original-Proto")
        || request.Headers.ContainsKey("Via");

    /// <summary>To be called before the headers are used.</summary>
    public void LookAtHeaders(HttpContext context)
    {
        if (Headers.FirstOrDefault(context.Request.Headers.ContainsKey) is { } header
            && !IsTrusted(context.Connection.RemoteIpAddress)
            && IsNew(header, context))
            LogHeaders(context.Connection.RemoteIpAddress, header);
    }

    /// <summary>A page that is not the portal's own, as far as the portal knows, was refused its connection.</summary>
    public void RefusedOrigin(HttpContext context, string origin)
    {
        if (IsNew("Origin", context))
            LogOrigin(DisplayText.Shorten(origin), context.Connection.RemoteIpAddress, DisplayText.Shorten(PublicAddress.OriginOf(context.Request)));
    }

    /// <summary>A host name was refused, because the portal listens for this machine alone.</summary>
    public void RefusedHost(HttpContext context, Uri? expected)
    {
        if (IsNew("Host", context))
            LogHost(
                DisplayText.Shorten(context.Request.Host.Value ?? ""),
                context.Connection.RemoteIpAddress,
                expected is null ? "localhost" : $"localhost and {expected.IdnHost}");
    }

    private bool IsTrusted(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address is not null
            && forwarded.Value.ForwardedHeaders != ForwardedHeaders.None
            && forwarded.Value.KnownIPNetworks.Any(n => n.Contains(address));
    }

    private bool IsNew(string kind, HttpContext context)
    {
        lock (_gate)
            return _logged.Count < MaxLogged && _logged.Add((kind, context.Connection.RemoteIpAddress));
    }

    [LoggerMessage(1021, LogLevel.Warning, "A request from {Address} has the header {Header} of a reverse proxy, which is not believed. "
        + "If that is your proxy, name its address in CaPortal:Proxy:Trusted; until then it counts as the client, and https as http")]
    private partial void LogHeaders(IPAddress? address, string header);

    [LoggerMessage(
        1022,
        LogLevel.Warning,
        "A page of {Origin} was refused its connection from {Address}, because the portal is {Own} to itself. "
            + "If both are the portal: set CaPortal:PublicUrl to the address in the browser, and have the reverse proxy pass on the headers Host and "
            + "X-Forwarded-Proto")]
    private partial void LogOrigin(string origin, IPAddress? address, string own);

    [LoggerMessage(
        1023,
        LogLevel.Warning,
        "A request for the host name {Host} from {Address} was refused: the portal listens for this machine alone, as {Expected}. "
            + "If people open it by that name through a reverse proxy, set CaPortal:PublicUrl to its address, such as https://portal.corp/")]
    private partial void LogHost(string host, IPAddress? address, string expected);
}
