using System.Net;
using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CaPortal.Hosting;

/// <summary>Where the server listens: as configured before the start, as bound after it.</summary>
internal static class ListenAddresses
{
    /// <summary>Every address that the settings name, in each of the forms that the web server reads.</summary>
    public static IReadOnlyList<string> Configured(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>();
        var ports = Split(configuration[WebHostDefaults.HttpPortsKey]).Select(p => $"http://*:{p}")
            .Concat(Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(p => $"https://*:{p}"));
        var urls = Split(configuration[WebHostDefaults.ServerUrlsKey]).ToList();
        return [.. endpoints, .. urls.Count > 0 ? urls : ports];
    }

    /// <summary>One sentence for each address that the web server could not even read.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration) =>
        from address in Configured(configuration)
        let problem = ProblemOf(address)
        where problem is not null
        select $"'{DisplayText.Shorten(address)}' is no address to listen on: {problem} Write it like {PortalSettings.DefaultUrl} or https://127.0.0.1:5443.";

    /// <summary>
    /// Whether only programs on this machine can reach an address. A host name counts only where it is <c>localhost</c>: the web
    /// server binds every other name to all addresses.
    /// </summary>
    public static bool IsLoopback(string address) =>
        Parse(address) is { } binding
        && (binding.IsUnixPipe || binding.IsNamedPipe
            || binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));

    /// <summary>Whether a request names this machine itself.</summary>
    public static bool IsLoopbackName(HostString host) => IsLoopback($"http://{host.Host}");

    /// <summary>Whether an address can be read, so that it is worth asking who can reach it.</summary>
    public static bool IsReadable(string address) => ProblemOf(address) is null;

    /// <summary>The addresses that the server has bound, as a browser on this machine can open them.</summary>
    public static IReadOnlyList<string> Bound(IServer server) =>
        [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(a => a.TrimEnd('/'))];

    /// <summary>Whether an address is one for https.</summary>
    public static bool IsHttps(string address) => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>The port at which https answers too where a request has come in; null where there is none.</summary>
    /// <param name="bound">The addresses that the server has bound.</param>
    /// <param name="local">The address of this machine that the request came to.</param>
    public static int? HttpsPort(IEnumerable<string> bound, IPAddress? local) => (
        from address in bound
        where IsHttps(address)
        let binding = Parse(address)
        where binding is { IsUnixPipe: false, IsNamedPipe: false } && Covers(binding.Host, local)
        select (int?)binding.Port).FirstOrDefault();

    /// <summary>An address that a browser on this machine can open: a wildcard is no host name.</summary>
    public static string Browsable(string address)
    {
        var binding = BindingAddress.Parse(address);
        var host = binding.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : binding.Host;
        return $"{binding.Scheme}://{host}:{binding.Port}";
    }

    // Every name but localhost is bound to all addresses.
    private static bool Covers(string host, IPAddress? local)
    {
        if (local is { IsIPv4MappedToIPv6: true })
            local = local.MapToIPv4();
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return local is not null && IPAddress.IsLoopback(local);
        return !IPAddress.TryParse(host.Trim('[', ']'), out var ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) || ip.Equals(local);
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? ProblemOf(string address) => Parse(address) switch
    {
        null => "it has no scheme, host and port.",
        { Scheme: var scheme } when !IsScheme(scheme, Uri.UriSchemeHttp) && !IsScheme(scheme, Uri.UriSchemeHttps) => "it must begin with http:// or https://.",
        { IsUnixPipe: true } or { IsNamedPipe: true } => null,
        { PathBase.Length: > 0 } => "there must be nothing behind the port.",
        { Port: < 0 or > IPEndPoint.MaxPort } => $"a port is a number from 0 to {IPEndPoint.MaxPort}.",
        { Host: var host } when host.Contains(':', StringComparison.Ordinal) && !IPAddress.TryParse(host, out _) =>
            "an IPv6 address is written in brackets, and a port is a number.",
        _ => null,
    };

    private static bool IsScheme(string scheme, string expected) => scheme.Equals(expected, StringComparison.OrdinalIgnoreCase);

    private static BindingAddress? Parse(string address)
    {
        try
        {
            return BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
