using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CaPortal.Core.Probing;

/// <summary>Where a TLS server is, and the name that it is asked for. Names are ASCII (RFC 5891), in lower case and without a final dot.</summary>
/// <param name="Host">The host: a DNS name, or an IP address without brackets.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
/// <param name="ServerName">The name that its certificate must be for, where that is not <paramref name="Host"/>.</param>
public sealed record BackEndAddress(string Host, int Port, string? ServerName)
{
    /// <summary>The port where none is given: that of HTTPS.</summary>
    public const int DefaultPort = 443;

    private const int MaxTextLength = 2048;

    /// <summary>RFC 1035 §2.3.4, without the octets of the root.</summary>
    private const int MaxNameLength = 253;

    private const int MaxLabelLength = 63;
    private const string SchemeEnd = "://";

    // The underscore is in no host name of RFC 1123, but in names that people have.
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly SearchValues<char> Ipv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly IdnMapping Idn = new();

    /// <summary>The name that its certificate must be for (RFC 6066 §3, RFC 9525).</summary>
    public string TlsName => ServerName ?? Host;

    /// <summary>
    /// Reads <c>host</c>, <c>host:port</c>, <c>[IPv6]:port</c> or an <c>https</c> URL. Only host and port of a URL are taken.
    /// </summary>
    /// <param name="text">What was typed. Untrusted text.</param>
    /// <param name="serverName">The name that the certificate must be for; null or blank where it is the host.</param>
    /// <param name="address">The address.</param>
    /// <param name="problem">One sentence: why it is none.</param>
    public static bool TryParse(string? text, string? serverName, [NotNullWhen(true)] out BackEndAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        if (!TrySplit(text, out var host, out var port, out problem) || !TryReadHost(host, out var ascii, out problem))
            return false;

        string? tlsName = null;
        if (!string.IsNullOrWhiteSpace(serverName))
        {
            var name = serverName.Trim();
            if (!TryReadHost(name is ['[', .., ']'] ? name[1..^1] : name, out tlsName, out var nameProblem))
            {
                problem = $"The server name cannot be used: {nameProblem}";
                return false;
            }
        }

        address = new BackEndAddress(ascii, port, tlsName == ascii ? null : tlsName);
        return true;
    }

    /// <summary>As it is shown: <c>payments.corp:443</c>, <c>[2001:db8::1]:8443</c>.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool TrySplit(string? text, out string host, out int port, [NotNullWhen(false)] out string? problem)
    {
        (host, port) = ("", DefaultPort);
        var rest = text?.Trim() ?? "";
        if (rest.Length == 0)
            return Fails("Type the address of a server, such as payments.corp:443.", out problem);
        if (rest.Length > MaxTextLength)
            return Fails($"An address has at most {MaxTextLength} characters.", out problem);

        if (rest.IndexOf(SchemeEnd, StringComparison.Ordinal) is >= 0 and var schemeEnd)
        {
            var scheme = rest[..schemeEnd];
            if (!scheme.Equals("https", StringComparison.OrdinalIgnoreCase))
                return Fails($"{Quote(scheme)} is not a scheme that can be tested; use an https URL, or host and port.", out problem);
            rest = rest[(schemeEnd + SchemeEnd.Length)..];
            rest = rest.Split(['/', '?', '#'], 2)[0];
            rest = rest[(rest.LastIndexOf('@') + 1)..];
        }

        if (rest is ['[', ..])
        {
            var end = rest.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || (end + 1 < rest.Length && rest[end + 1] != ':'))
                return Fails($"In {Quote(rest)}, the IPv6 address must stand in brackets, and the port behind them: [2001:db8::1]:8443.", out problem);
            host = rest[1..end];
            if (!host.Contains(':', StringComparison.Ordinal))
                return Fails($"{Quote(host)} is not an IPv6 address, which alone stands in brackets.", out problem);
            return TryReadPort(rest[(end + 1)..], out port, out problem);
        }

        // A host has no colons, an IPv6 address has at least two.
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        var isIpv6 = colon >= 0 && rest.LastIndexOf(':') != colon;
        host = isIpv6 || colon < 0 ? rest : rest[..colon];
        return TryReadPort(isIpv6 || colon < 0 ? "" : rest[colon..], out port, out problem);
    }

    /// <summary>Reads a colon and a port, or nothing.</summary>
    private static bool TryReadPort(string text, out int port, [NotNullWhen(false)] out string? problem)
    {
        (port, problem) = (DefaultPort, null);
        if (text.Length == 0)
            return true;
        if (text.Length is > 1 and <= 6
            && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is >= 1 and <= IPEndPoint.MaxPort)
            return true;
        return Fails($"{Quote(text[1..])} is not a port; a port is a number from 1 to {IPEndPoint.MaxPort}.", out problem);
    }

    private static bool TryReadHost(string host, [NotNullWhen(true)] out string? ascii, [NotNullWhen(false)] out string? problem)
    {
        ascii = null;
        if (host.Length is 0 or > MaxTextLength)
            return Fails(host.Length == 0 ? "The host is missing." : $"A host has at most {MaxNameLength} characters.", out problem);
        if (host.Contains(':', StringComparison.Ordinal))
            return TryReadIpv6(host, out ascii, out problem);

        string name;
        try
        {
            // Brings full-width digits and dots to ASCII too, so that an address cannot hide in them.
            name = (Ascii.IsValid(host) ? host : Idn.GetAscii(host.TrimEnd('.', '\u3002'))).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return Fails($"{Quote(host)} is not a valid host name.", out problem);
        }

        if (name.EndsWith('.'))
            name = name[..^1];
        if (name.Length > MaxNameLength)
            return Fails($"A host has at most {MaxNameLength} characters.", out problem);
        var labels = name.Split('.');
        if (labels.FirstOrDefault(l => !IsLabel(l)) is { } wrong)
        {
            return Fails(
                wrong.Length == 0
                    ? $"{Quote(host)} is not a valid host name: a part of it is empty."
                    : $"{Quote(host)} is not a valid host name: its parts have letters, digits and hyphens inside, and at most {MaxLabelLength} of them.",
                out problem);
        }

        // A host that ends in a number is an IPv4 address to every client, in any spelling (WHATWG URL, "ends in a number").
        if (IsNumber(labels[^1]) && !IsDottedDecimal(labels))
            return Fails($"{Quote(host)} is not a valid IPv4 address; write it as four numbers from 0 to 255 without leading zeros.", out problem);
        (ascii, problem) = (name, null);
        return true;
    }

    private static bool TryReadIpv6(string host, [NotNullWhen(true)] out string? canonical, [NotNullWhen(false)] out string? problem)
    {
        (canonical, problem) = (null, null);
        if (host.AsSpan().ContainsAnyExcept(Ipv6Characters) || !IPAddress.TryParse(host, out var ip) || ip.AddressFamily != AddressFamily.InterNetworkV6)
            return Fails($"{Quote(host)} is not a valid IPv6 address; write the port behind brackets: [2001:db8::1]:8443.", out problem);
        canonical = ip.ToString();
        return true;
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength && label[0] != '-' && label[^1] != '-' && !label.AsSpan().ContainsAnyExcept(LabelCharacters);

    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit) || (label.StartsWith("0x", StringComparison.Ordinal) && label.Skip(2).All(char.IsAsciiHexDigit));

    private static bool IsDottedDecimal(string[] labels) =>
        labels.Length == 4
        && labels.All(l =>
            byte.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value.ToString(CultureInfo.InvariantCulture) == l);

    private static string Quote(string text) => Checks.Texts.Quote(text);

    private static bool Fails(string sentence, out string problem)
    {
        problem = sentence;
        return false;
    }
}
