using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Core.Probing;

/// <summary>One TLS handshake, and what the server showed in it. Its certificates are kept and not judged.</summary>
/// <param name="tlsName">The name to ask for; an IP address is not sent (RFC 6066 §3).</param>
/// <param name="shortestWait">How long a server that asked for a certificate of the client is given, at least, to go away without one.</param>
internal sealed class ProbeHandshake(string tlsName, TimeSpan shortestWait)
{
    /// <summary>Far more than a handshake takes: OpenSSL takes certificates of 100 KB in all.</summary>
    private const int MaxBytes = 256 * 1024;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>The protocol; null without a handshake.</summary>
    public string? Protocol { get; private set; }

    /// <summary>The certificates in the order in which they were sent, as far as they could be seen.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; private set; } = [];

    /// <summary>The server asked for a certificate of the client.</summary>
    public bool AsksForClientCertificate { get; private set; }

    /// <summary>Shakes hands, and closes the socket.</summary>
    /// <returns>Why it did not come about; null if it did.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ProbeFailure?> RunAsync(Socket socket, CancellationToken cancellationToken)
    {
        await using var stream = new ProbeStream(new NetworkStream(socket, ownsSocket: true), MaxBytes);
        await using var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        var started = Stopwatch.GetTimestamp();
        try
        {
            await tls.AuthenticateAsClientAsync(Options(), cancellationToken);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            var transcript = TlsTranscript.Read(stream.Received);
            if (Certificates.Count == 0)
                Certificates = transcript.Certificates;
            AsksForClientCertificate |= transcript.AsksForClientCertificate;
            if (exception is OperationCanceledException)
                throw;
            return ProbeFailures.Of(stream, transcript, AsksForClientCertificate, exception);
        }

        Protocol = Name(tls.SslProtocol);
        var failure = AsksForClientCertificate && await IsDemandedAsync(tls, Stopwatch.GetElapsedTime(started), cancellationToken)
            ? ProbeFailures.ClientCertificateRequired
            : null;
        if (failure is null)
            await SayGoodbyeAsync(tls);
        return failure;
    }

    private SslClientAuthenticationOptions Options() => new()
    {
        TargetHost = IPAddress.TryParse(tlsName, out _) ? "" : tlsName,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

        // A resumed session would show the certificates of an earlier one.
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

        // Without it, .NET would fetch what a certificate of the server names, and write it into this account's stores.
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
        LocalCertificateSelectionCallback = (_, _, _, remoteCertificate, _) =>
        {
            // Called once before the server has said anything, and once more when it asks.
            AsksForClientCertificate |= remoteCertificate is not null;
            return null!;
        },
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => Keep(certificate, chain),
    };

    /// <summary>
    /// Keeps what was sent, even if it is not valid: without the end of the handshake there would be nothing to judge.
    /// </summary>
    private bool Keep(X509Certificate? certificate, X509Chain? chain)
    {
        var kept = new List<ReadOnlyMemory<byte>>();
        if (certificate is not null)
            kept.Add(certificate.GetRawCertData());
        foreach (var sent in chain?.ChainPolicy.ExtraStore ?? [])
            kept.Add(sent.RawData);
        Certificates = kept;
        return true;
    }

    /// <summary>
    /// Whether the server goes away because the client has no certificate. With TLS 1.3 it sees that only after the handshake
    /// (RFC 8446 §4.4.2.4): it then sends an alert or closes. Tickets prove nothing: some servers send them first.
    /// </summary>
    private async Task<bool> IsDemandedAsync(SslStream tls, TimeSpan handshakeTime, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var slowServer = TimeSpan.FromTicks(Math.Min(3 * handshakeTime.Ticks, LongestWait.Ticks));
        limit.CancelAfter(slowServer > shortestWait ? slowServer : shortestWait);
        try
        {
            return await tls.ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task SayGoodbyeAsync(SslStream tls)
    {
        try
        {
            // So that servers do not log a broken connection.
            await tls.ShutdownAsync();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // It has gone away already; what was to be found out is known.
        }
    }

    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLS 1.2",
        SslProtocols.Tls13 => "TLS 1.3",
        _ => protocol.ToString(),
    };
}
