using CaPortal.Core;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// What the setting <c>CaPortal:PublicUrl</c> means for requests. Even if a reverse proxy leaves something out, a request for
/// that host is one for that address. It leads to the sub-path of the address, whether the proxy passes the sub-path on or
/// not.
/// </summary>
internal sealed class PublicAddress(IOptions<CoreOptions> core, IServer server)
{
    // A portal that has https of its own knows which requests came by it: there is nothing to assume.
    private readonly Lazy<bool> _hasHttps = new(() => ListenAddresses.Bound(server).Any(ListenAddresses.IsHttps));

    /// <summary>The address; null if none is set.</summary>
    public Uri? Url { get; } = core.Value.ResolvedPublicUrl;

    /// <summary>Its sub-path, or nothing.</summary>
    private PathString Prefix { get; } = core.Value.ResolvedPublicUrl is { } url ? url.AbsolutePath.TrimEnd('/') : PathString.Empty;

    /// <summary>
    /// Whether a host name is that of the address. It is the administrator's own, so that no stranger can point it at this
    /// machine, as they can with names of theirs.
    /// </summary>
    public bool IsNamed(string host) => Url is not null && host.Trim('[', ']').Equals(Url.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a page of that origin is one of the portal's.</summary>
    public bool IsOrigin(string origin, HttpRequest request) =>
        IsSameOrigin(origin, OriginOf(request)) || (Url is not null && IsSameOrigin(origin, Url.AbsoluteUri));

    /// <summary>The origin that a request is for, as far as the portal knows.</summary>
    public static string OriginOf(HttpRequest request) => $"{request.Scheme}://{request.Host}";

    /// <summary>Completes a request; to be called when forwarded headers have been used, and before its path is.</summary>
    public void Complete(HttpRequest request)
    {
        if (Url is null)
            return;
        var isPublic = IsNamed(request.Host.Host) && (request.Host.Port is not { } port || port == Url.Port);
        if (isPublic)
        {
            if (!_hasHttps.Value && Url.Scheme == Uri.UriSchemeHttps)
                request.Scheme = Url.Scheme;
            // Some proxies leave the port out.
            if (request.Host.Port is null && request.Scheme == Url.Scheme && !Url.IsDefaultPort)
                request.Host = new HostString(request.Host.Host, Url.Port);
            request.PathBase = Prefix;
        }

        // With the letters of the request: to the browser it is another path with others.
        if (Prefix.HasValue && request.Path.StartsWithSegments(Prefix, out var matched, out var rest))
            (request.PathBase, request.Path) = (matched, rest);
    }

    private static bool IsSameOrigin(string one, string other) =>
        Uri.TryCreate(one, UriKind.Absolute, out var first) && Uri.TryCreate(other, UriKind.Absolute, out var second)
        && Uri.Compare(first, second, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
}
