using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Core.Probing;

/// <summary>HTTP to addresses that people or servers chose, behind the <see cref="AddressGuard"/>.</summary>
internal static class GuardedHttp
{
    private const int MaxHeaderKilobytes = 16;

    /// <summary>
    /// Makes a handler that connects only where the guard lets it, to the address that the guard has judged. It follows no
    /// redirects, and knows no proxy, cookies or kept connections. If the guard refuses, the request fails with an
    /// <see cref="AddressBlockedException"/> inside.
    /// </summary>
    public static SocketsHttpHandler CreateHandler(AddressGuard guard, AddressChoice choice, TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        },
        ConnectCallback = async (context, cancellationToken) =>
        {
            var (host, port) = (context.DnsEndPoint.Host.Trim('[', ']'), context.DnsEndPoint.Port);
            var resolution = await guard.ResolveAsync(host, port, choice, cancellationToken);
            var addresses = resolution switch
            {
                AddressResolution.Permitted permitted => permitted.Addresses,
                AddressResolution.Blocked blocked => throw new AddressBlockedException(blocked.Message),
                AddressResolution.NotFound notFound => throw new AddressBlockedException(notFound.Message),
                _ => throw new InvalidOperationException("There is no such resolution."),
            };
            var socket = await AddressGuard.ConnectAsync(addresses, port, connectTimeout, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };
}

/// <summary>The guard does not let CaPortal connect there, or the name has no address. The message is one sentence that can be shown.</summary>
internal sealed class AddressBlockedException(string message) : IOException(message);
