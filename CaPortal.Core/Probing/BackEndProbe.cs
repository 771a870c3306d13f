using System.Net;
using System.Net.Sockets;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Probing;

/// <summary>Asks servers for their certificates: one TLS handshake each, bounded in time and bytes, without application data.</summary>
public sealed class BackEndProbe(AddressGuard guard, IOptions<CoreOptions> options, TimeProvider time)
{
    /// <summary>More than fit into what clients take of a server: OpenSSL takes 100 KB.</summary>
    private const int MaxCertificates = 256;

    /// <summary>How long a server that asked for a certificate of the client is given, at least, to go away without one.</summary>
    internal TimeSpan ShortestWait { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Connects. Everything that goes wrong is a <see cref="ProbeContact.Failure"/>; it throws only when it is cancelled.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ProbeContact> ConnectAsync(BackEndAddress address, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var timeout = options.Value.BackEnds.Timeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        IPAddress? remote = null;
        var handshake = new ProbeHandshake(address.TlsName, ShortestWait);
        var failure = await RunAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return new ProbeContact
        {
            Address = address,
            RemoteAddress = remote,
            Protocol = handshake.Protocol,
            Chain = Read(handshake.Certificates),
            AsksForClientCertificate = handshake.AsksForClientCertificate,
            Failure = failure,
            Duration = time.GetElapsedTime(started),
        };

        async Task<ProbeFailure?> RunAsync()
        {
            var stage = ProbeStage.LookingUp;
            try
            {
                var resolution = await guard.ResolveAsync(address.Host, address.Port, AddressChoice.Administrator, limit.Token);
                if (resolution is not AddressResolution.Permitted { Addresses: var addresses })
                    return ProbeFailures.Of(resolution);

                stage = ProbeStage.Connecting;
                using var socket = await AddressGuard.ConnectAsync(addresses, address.Port, timeout - time.GetElapsedTime(started), limit.Token);
                remote = (socket.RemoteEndPoint as IPEndPoint)?.Address;
                stage = ProbeStage.Handshake;
                return await handshake.RunAsync(socket, limit.Token);
            }
            catch (OperationCanceledException)
            {
                return ProbeFailures.TimedOut(address, stage, timeout);
            }
            catch (SocketException exception) when (stage == ProbeStage.Connecting)
            {
                return ProbeFailures.NotConnected(address, exception.SocketErrorCode, timeout);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // TLS on hostile answers has no closed list of exceptions.
                return ProbeFailures.Odd(ReadItems.Reason(exception));
            }
        }
    }

    private List<PresentedCertificate> Read(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var largest = options.Value.Limits.MaxCertificateBytes;
        return [.. certificates
            .Select(der => (Sha256: Thumbprints.Sha256(der.Span), Der: der))
            .DistinctBy(c => c.Sha256)
            .Take(MaxCertificates)
            .Select(c => new PresentedCertificate(c.Sha256, c.Der, c.Der.Length > largest ? null : CertificateFactsReader.Read(c.Der).Facts))];
    }
}
