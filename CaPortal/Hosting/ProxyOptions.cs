using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace CaPortal.Hosting;

/// <summary>Reverse proxies in front of the portal: the section <c>CaPortal:Proxy</c>.</summary>
internal sealed class ProxyOptions
{
    public const string Section = "CaPortal:Proxy";

    /// <summary>Addresses or networks (10.0.0.0/8) of the proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed. Empty: none.</summary>
    public IList<string> Trusted { get; } = [];

    /// <summary>Believes the headers of the trusted proxies and of nobody else.</summary>
    public void Apply(ForwardedHeadersOptions headers)
    {
        if (Trusted.Count == 0)
            return;
        headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        // One proxy may be behind another. Each address that a trusted proxy names is looked at, and the first that is not
        // trusted is the client.
        headers.ForwardLimit = null;
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var network in Trusted)
            headers.KnownIPNetworks.Add(Parse(network)!.Value);
    }

    private static IPNetwork? Parse(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    internal sealed class Validator : IValidateOptions<ProxyOptions>
    {
        public ValidateOptionsResult Validate(string? name, ProxyOptions options)
        {
            var failures = options.Trusted.Where(t => Parse(t) is null)
                .Select(t => $"{Section}:{nameof(Trusted)}: '{t}' is neither an IP address nor a network such as 10.0.0.0/8.").ToList();
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
