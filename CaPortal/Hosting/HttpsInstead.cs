using System.Net;
using CaPortal.Api;
using CaPortal.Authentication;
using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Hosting.Server;

namespace CaPortal.Hosting;

/// <summary>
/// If the portal itself listens on https too, browsers are led there. An API key that another machine sends over plain http
/// is then refused: it must not seem to be fine. What a proxy passes on is the proxy's business.
/// </summary>
internal sealed class HttpsInstead(RequestDelegate next, IServer server, PublicAddress publicAddress)
{
    private readonly Lazy<IReadOnlyList<string>> _bound = new(() => ListenAddresses.Bound(server));

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.IsHttps || AnyHost.IsFor(context) || ProxyMismatches.IsForwarded(request)
            || ListenAddresses.HttpsPort(_bound.Value, context.Connection.LocalIpAddress) is not { } port)
        {
            return next(context);
        }

        var origin = publicAddress.Url is { } url && url.Scheme == Uri.UriSchemeHttps && publicAddress.IsNamed(request.Host.Host)
            ? url.GetLeftPart(UriPartial.Authority)
            : $"https://{(port == 443 ? new HostString(request.Host.Host) : new HostString(request.Host.Host, port))}";
        if (SignInPaths.IsApi(request.Path))
        {
            return request.Headers.Authorization.Count > 0 && context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address)
                ? Problems.HttpsRequired(DisplayText.Shorten(origin)).ExecuteAsync(context)
                : next(context);
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = $"{origin}{request.PathBase}{request.Path}{request.QueryString}";
        return Task.CompletedTask;
    }
}
