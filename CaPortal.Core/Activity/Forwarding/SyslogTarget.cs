using System.Globalization;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>How messages reach a syslog server.</summary>
internal enum SyslogTransport
{
    /// <summary>RFC 5426: one datagram each. Nobody says what arrives.</summary>
    Udp,

    /// <summary>RFC 6587 with octet counting.</summary>
    Tcp,

    /// <summary>A socket of this machine that takes datagrams, such as /dev/log.</summary>
    Unix,
}

/// <summary>Where a syslog server listens.</summary>
/// <param name="Transport">How it is reached.</param>
/// <param name="Address">Its host, or the path of its socket.</param>
/// <param name="Port">Its port; 0 where it has none.</param>
internal sealed record SyslogTarget(SyslogTransport Transport, string Address, int Port)
{
    private const int UdpPort = 514;
    private const int TcpPort = 601;
    private const string UnixPrefix = "unix:";

    /// <summary>Understands <c>udp://host:514</c>, <c>tcp://host:601</c> and <c>unix:/dev/log</c>; null for everything else.</summary>
    public static SyslogTarget? Parse(string text)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.OrdinalIgnoreCase))
            return text[UnixPrefix.Length..] is { Length: > 1 } path && Path.IsPathFullyQualified(path) ? new(SyslogTransport.Unix, path, 0) : null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.Host.Length == 0
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery is not ("" or "/")
            || uri.Fragment.Length > 0)
            return null;
        return uri.Scheme switch
        {
            "udp" => new(SyslogTransport.Udp, uri.DnsSafeHost, PortOf(uri, UdpPort)),
            "tcp" => new(SyslogTransport.Tcp, uri.DnsSafeHost, PortOf(uri, TcpPort)),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Port == 0 ? Address : string.Create(CultureInfo.InvariantCulture, $"{Address}:{Port}");

    private static int PortOf(Uri uri, int usual) => uri.Port > 0 ? uri.Port : usual;
}
