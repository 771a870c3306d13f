using System.Net;

namespace CaPortal.Core.Probing;

/// <summary>What one TLS handshake with a server gave. It says nothing of trust; see <see cref="ChainJudge"/>.</summary>
public sealed record ProbeContact
{
    /// <summary>The server that was asked.</summary>
    public required BackEndAddress Address { get; init; }

    /// <summary>The IP address that was connected to; null where none was.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>The protocol: <c>TLS 1.3</c>; null without a handshake.</summary>
    public string? Protocol { get; init; }

    /// <summary>The certificates that the server sent, its own first; empty where there was no handshake.</summary>
    public IReadOnlyList<PresentedCertificate> Chain { get; init; } = [];

    /// <summary>Why there is no chain, or why the server went no further; null where all went well.</summary>
    public ProbeFailure? Failure { get; init; }

    /// <summary>The server asked for a certificate of the client, whether it insisted or not.</summary>
    public bool AsksForClientCertificate { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>Why a handshake did not come about.</summary>
/// <param name="Verdict"><see cref="TrustVerdict.Blocked"/>, <see cref="TrustVerdict.NameNotFound"/>,
/// <see cref="TrustVerdict.Refused"/>, <see cref="TrustVerdict.TimedOut"/>, <see cref="TrustVerdict.HandshakeFailed"/> or
/// <see cref="TrustVerdict.ClientCertificateRequired"/>.</param>
/// <param name="Message">One sentence: what happened.</param>
/// <param name="Advice">One sentence: what to do.</param>
public sealed record ProbeFailure(TrustVerdict Verdict, string Message, string Advice);
