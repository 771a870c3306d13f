using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.Probing;

/// <summary>How far a test came.</summary>
internal enum ProbeStage
{
    LookingUp,
    Connecting,
    Handshake,
}

/// <summary>What is said where no handshake came about.</summary>
internal static class ProbeFailures
{
    /// <summary>What other protocols begin with, and what they are called.</summary>
    private static readonly (string Beginning, string Protocol)[] Greetings =
    [
        ("HTTP/", "plain HTTP"),
        ("<", "plain HTTP"),
        ("SSH-", "SSH"),
        ("220", "SMTP or FTP without TLS"),
        ("421", "SMTP or FTP without TLS"),
        ("+OK", "POP3 without TLS"),
        ("* OK", "IMAP without TLS"),
        ("RFB ", "VNC"),
        ("-ERR", "Redis or POP3 without TLS"),
    ];

    private static readonly Dictionary<byte, string> Alerts = new()
    {
        [10] = "unexpected_message",
        [20] = "bad_record_mac",
        [22] = "record_overflow",
        [40] = "handshake_failure",
        [42] = "bad_certificate",
        [43] = "unsupported_certificate",
        [45] = "certificate_expired",
        [46] = "certificate_unknown",
        [47] = "illegal_parameter",
        [49] = "access_denied",
        [50] = "decode_error",
        [51] = "decrypt_error",
        [70] = "protocol_version",
        [71] = "insufficient_security",
        [80] = "internal_error",
        [86] = "inappropriate_fallback",
        [90] = "user_canceled",
        [109] = "missing_extension",
        [112] = "unrecognized_name",
        [116] = "certificate_required",
        [120] = "no_application_protocol",
    };

    private const byte ProtocolVersion = 70;
    private const byte UnrecognizedName = 112;

    /// <summary>The server goes away without a certificate of the client.</summary>
    public static ProbeFailure ClientCertificateRequired { get; } = new(
        TrustVerdict.ClientCertificateRequired,
        "The server demands a certificate of the client (mutual TLS).",
        "Its own certificate is not the reason: give the gateway a client certificate that this server accepts.");

    /// <summary>Nothing could be connected to.</summary>
    public static ProbeFailure Of(AddressResolution resolution) => resolution switch
    {
        AddressResolution.Blocked blocked => new(TrustVerdict.Blocked, blocked.Message, blocked.Advice),
        AddressResolution.NotFound notFound => new(TrustVerdict.NameNotFound, notFound.Message, notFound.Advice),
        _ => throw new ArgumentException("There is an address.", nameof(resolution)),
    };

    /// <summary>No connection came about.</summary>
    public static ProbeFailure NotConnected(BackEndAddress address, SocketError error, TimeSpan timeout) =>
        error switch
        {
            SocketError.TimedOut => TimedOut(address, ProbeStage.Connecting, timeout),
            SocketError.ConnectionRefused => new(
                TrustVerdict.Refused,
                $"Nothing listens on {Shown(address)}: the connection was refused.",
                "Check the port, and whether the server runs."),
            SocketError.ConnectionReset => Reset,
            _ => new(
                TrustVerdict.Refused,
                $"{Shown(address)} cannot be reached from this machine: {Reason(error)}.",
                "Check the routes and firewalls between this machine and the server."),
        };

    private static string Reason(SocketError error) => error switch
    {
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "there is no route to its network",
        SocketError.HostUnreachable or SocketError.HostDown => "there is no route to it",
        SocketError.AccessDenied => "this machine does not let CaPortal connect to it",
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => "this machine does not have that IP version",
        _ => "the connection failed",
    };

    /// <summary>It took too long.</summary>
    public static ProbeFailure TimedOut(BackEndAddress address, ProbeStage stage, TimeSpan timeout)
    {
        var time = timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        return stage switch
        {
            ProbeStage.LookingUp => new(
                TrustVerdict.TimedOut,
                $"The name server did not give the address of {DisplayText.Shorten(address.Host)} within {time} s.",
                "Check the name server that this machine uses."),
            ProbeStage.Connecting => new(
                TrustVerdict.TimedOut,
                $"{Shown(address)} did not accept the connection within {time} s.",
                "Check that the server runs, and that no firewall drops connections from this machine."),
            _ => new(
                TrustVerdict.TimedOut,
                $"{Shown(address)} accepted the connection, but did not finish the TLS handshake within {time} s.",
                "Check that the port is one for TLS, and that the server is not overloaded."),
        };
    }

    /// <summary>The handshake broke off.</summary>
    public static ProbeFailure Of(ProbeStream stream, TlsTranscript transcript, bool asksForClientCertificate, Exception exception)
    {
        if (stream.IsOverLimit || IsTooLargeMessage(exception))
        {
            return HandshakeFailed(
                "The server sends more certificates than clients accept in one handshake (about 100 KB).",
                "Have it send its own certificate and the intermediates alone.");
        }

        if (!transcript.IsTls)
            return NotTls(stream.Received.Span);
        if (asksForClientCertificate)
            return ClientCertificateRequired;
        if (transcript.Alert is { } alert)
            return OfAlert(alert);

        var isReset =
            exception.InnerException
            is SocketException { SocketErrorCode: SocketError.ConnectionReset }
                or SocketException { SocketErrorCode: SocketError.ConnectionAborted };
        if (stream.Received.IsEmpty)
        {
            return isReset
                ? Reset
                : HandshakeFailed(
                    "The server closed the connection without an answer.",
                    "Check that the port is one for TLS, and that the server accepts connections from this machine.");
        }

        return isReset
            ? HandshakeFailed("The server reset the connection in the middle of the TLS handshake.", "See the log of the server: it says why.")
            : Odd(ReadItems.Reason(exception));
    }

    /// <summary>The handshake broke off for a reason that has no sentence of its own.</summary>
    /// <param name="reason">A short clause, safe to show.</param>
    public static ProbeFailure Odd(string reason) =>
        HandshakeFailed($"The TLS handshake broke off ({reason}).", "See the log of the server: it may say why.");

    private static ProbeFailure Reset { get; } =
        new(
            TrustVerdict.Refused,
            "The server reset the connection before the TLS handshake.",
            "Check the port, and whether a firewall or the server itself refuses connections from this machine.");

    private static ProbeFailure NotTls(ReadOnlySpan<byte> received)
    {
        var beginning = Encoding.Latin1.GetString(received[..Math.Min(received.Length, 8)]);
        var protocol = Greetings.Where(g => beginning.StartsWith(g.Beginning, StringComparison.OrdinalIgnoreCase)).Select(g => g.Protocol).FirstOrDefault();
        return protocol is not null
            ? HandshakeFailed($"The server does not speak TLS on this port, but {protocol}.", "Use the port on which it speaks TLS.")
            : HandshakeFailed("The server does not speak TLS on this port.", "Use the port on which it speaks TLS from the first byte on.");
    }

    private static ProbeFailure OfAlert(byte alert) =>
        alert switch
        {
            ProtocolVersion => HandshakeFailed(
                "The server speaks neither TLS 1.2 nor TLS 1.3 (alert protocol_version).",
                "Enable TLS 1.2 or 1.3 on the server: older versions are broken, and gateways refuse them."),
            UnrecognizedName => HandshakeFailed(
                "The server does not know the name that it was asked for (alert unrecognized_name).",
                "Check the server name of this back-end."),
            _ => HandshakeFailed(
                $"The server ended the TLS handshake (alert {Alerts.GetValueOrDefault(alert, alert.ToString(CultureInfo.InvariantCulture))}).",
                "Check its protocols, ciphers and certificate, and the name that it is asked for; its log says more."),
        };

    /// <summary>OpenSSL has a limit of its own for certificates, and reports it in words alone.</summary>
    private static bool IsTooLargeMessage(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException!)
        {
            if (e.Message.Contains("excessive message size", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static ProbeFailure HandshakeFailed(string message, string advice) => new(TrustVerdict.HandshakeFailed, message, advice);

    private static string Shown(BackEndAddress address) => DisplayText.Shorten(address.ToString());
}
