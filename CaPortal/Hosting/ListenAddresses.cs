using System.Net;
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

    /// <summary>Whether only programs on this machine can reach an address. A host name counts only where it is <c>localhost</c>: the web server binds every other name to all addresses.</summary>
    public static bool IsLoopback(string address)
    {
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return false;
        }
        return binding.IsUnixPipe || binding.IsNamedPipe
            || binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }

    /// <summary>The addresses that the server has bound, as a browser on this machine can open them.</summary>
    public static IReadOnlyList<string> Bound(IServer server) =>
        [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(a => a.TrimEnd('/'))];

    /// <summary>An address that a browser on this machine can open: a wildcard is no host name.</summary>
    public static string Browsable(string address)
    {
        var binding = BindingAddress.Parse(address);
        var host = binding.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : binding.Host;
        return $"{binding.Scheme}://{host}:{binding.Port}";
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
