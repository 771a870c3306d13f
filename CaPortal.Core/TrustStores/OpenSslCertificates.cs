using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// Distinguishes certificates that this machine's OpenSSL reads from those that it refuses. With each refused one, OpenSSL
/// gives up on a whole file. The command <c>openssl</c> is asked, in a process of its own: its version may differ from the
/// one that .NET uses, and if it crashes, the portal goes on.
/// </summary>
public sealed partial class OpenSslCertificates : IDisposable
{
    private const int MaxRemembered = 100_000;
    private const int MaxAtOnce = 500;
    private const string Label = "CERTIFICATE";

    // A certificate is not blamed for a machine that is busy.
    private const int TimeoutFactorForBlame = 3;

    /// <summary>Some 0.2 ms of work for each certificate. A command that hangs costs twice as much: it is asked about a good certificate too.</summary>
    internal static readonly TimeSpan TimeoutPerProcess = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(30);

    // One that every version reads. If it is not in the answer, the command does not work, and says nothing about others.
    private static readonly Lazy<byte[]> Control = new(MakeControl);

    // A command that hangs would hold up each change again.
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private readonly string? _command;
    private readonly TimeSpan _timeout;
    private readonly ILogger<OpenSslCertificates> _logger;
    private readonly SemaphoreSlim _one = new(1, 1);

    // The same hash always means the same certificate, and the command seldom changes.
    private readonly ConcurrentDictionary<string, bool> _isRead = new(StringComparer.Ordinal);
    private long? _gaveUpAt;

    /// <summary>Creates it for the command that is installed, if there is one.</summary>
    public OpenSslCertificates(ILogger<OpenSslCertificates> logger)
        : this(ExternalCommand.Find("openssl"), TimeoutPerProcess, logger)
    {
    }

    internal OpenSslCertificates(string? command, TimeSpan timeout, ILogger<OpenSslCertificates> logger) =>
        (_command, _timeout, _logger) = (command, timeout, logger);

    /// <summary>
    /// The SHA-256 of those that it refuses; none if it is not installed or does not work. One process asks for all that were
    /// not asked about before; no process if all were.
    /// </summary>
    /// <param name="certificates">DER encodings with their SHA-256.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    public async Task<IReadOnlySet<string>> RefusedAsync(
        IReadOnlyCollection<(string Sha256, ReadOnlyMemory<byte> Der)> certificates, CancellationToken cancellationToken)
    {
        if (_command is not null && !certificates.All(c => _isRead.ContainsKey(c.Sha256)))
            await AskAsync(certificates, cancellationToken);
        return certificates.Select(c => c.Sha256).Where(s => _isRead.TryGetValue(s, out var isRead) && !isRead).ToHashSet();
    }

    /// <summary>DER of a certificate that every program reads.</summary>
    internal static ReadOnlyMemory<byte> GoodCertificate => Control.Value;

    /// <summary>It gave no answer recently, and is not asked now.</summary>
    public bool IsPassedOver => _gaveUpAt is { } gaveUp && TimeProvider.System.GetElapsedTime(gaveUp) < Rest;

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task AskAsync(IReadOnlyCollection<(string Sha256, ReadOnlyMemory<byte> Der)> certificates, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        if (IsPassedOver)
        {
            _one.Release();
            return;
        }

        using var inAll = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        inAll.CancelAfter(TotalTimeout);
        try
        {
            if (_isRead.Count >= MaxRemembered)
                _isRead.Clear();
            foreach (var some in certificates.Where(c => !_isRead.ContainsKey(c.Sha256)).DistinctBy(c => c.Sha256).Chunk(MaxAtOnce))
                await DecideAsync(some, isKnownToWork: false, inAll.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            GiveUp($"it took more than {TotalTimeout.TotalSeconds:0} seconds");
        }
        catch (ExternalCommandException exception)
        {
            GiveUp(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNoAnswer(_logger, exception.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    private void GiveUp(string reason)
    {
        _gaveUpAt = TimeProvider.System.GetTimestamp();
        LogGaveUp(_logger, reason, Rest.TotalMinutes);
    }

    private async Task DecideAsync(
        ArraySegment<(string Sha256, ReadOnlyMemory<byte> Der)> certificates, bool isKnownToWork, CancellationToken cancellationToken)
    {
        if (await ReadBackAsync(certificates.Select(c => c.Der), _timeout, cancellationToken) is { } back)
        {
            foreach (var (sha256, _) in certificates)
                _isRead[sha256] = back.Contains(sha256);
        }
        else if (!isKnownToWork && await ReadBackAsync([], _timeout, cancellationToken) is null)
        {
            throw new ExternalCommandException("it does not read a good certificate either", null);
        }
        else if (certificates.Count == 1)
        {
            var again = await ReadBackAsync(certificates.Select(c => c.Der), TimeoutFactorForBlame * _timeout, cancellationToken);
            _isRead[certificates[0].Sha256] = again?.Contains(certificates[0].Sha256) ?? false;
        }
        else
        {
            var half = certificates.Count / 2;
            await DecideAsync(certificates[..half], isKnownToWork: true, cancellationToken);
            await DecideAsync(certificates[half..], isKnownToWork: true, cancellationToken);
        }
    }

    /// <summary>What it reads out of a file of these and the control; null if it ended before it was through.</summary>
    private async Task<HashSet<string>?> ReadBackAsync(IEnumerable<ReadOnlyMemory<byte>> certificates, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var folder = PrivateDirectory.CreateTemporary("caportal-");
        try
        {
            // The control comes last: it is only read by a process that got past all the others.
            var file = Path.Combine(folder.FullName, "certificates.pem");
            await File.WriteAllTextAsync(file, Format([.. certificates, Control.Value]), cancellationToken);

            // Unlike programs that read bundles, this command passes over what it cannot read and goes on: one run answers for all.
            var result = await ExternalCommand.RunAsync(new Command(_command!, ["storeutl", "-certs", file], timeout), cancellationToken);
            var back = Sha256In(result.Output);
            return back.Remove(Thumbprints.Sha256(Control.Value)) ? back : null;
        }
        catch (ExternalCommandException exception) when (exception.InnerException is TimeoutException)
        {
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    internal static string Format(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var text = new StringBuilder();
        foreach (var der in certificates)
            text.Append(PemEncoding.WriteString(Label, der.Span)).Append('\n');
        return text.ToString();
    }

    /// <summary>SHA-256 of the certificates that a command has printed as PEM.</summary>
    internal static HashSet<string> Sha256In(ReadOnlySpan<char> output)
    {
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        while (PemEncoding.TryFind(output, out var fields))
        {
            hashes.Add(Thumbprints.Sha256(Convert.FromBase64String(output[fields.Base64Data].ToString())));
            output = output[fields.Location.End..];
        }

        return hashes;
    }

    private static byte[] MakeControl()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=CaPortal control", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(60));
        return certificate.RawData;
    }

    [LoggerMessage(
        3014,
        LogLevel.Warning,
        "The command openssl gave no answer about certificates that are to be added, so that .NET's answer stands alone: {Reason}. "
            + "It is not asked again for {Minutes:F0} minutes")]
    private static partial void LogGaveUp(ILogger logger, string reason, double minutes);

    [LoggerMessage(
        3010,
        LogLevel.Warning,
        "The command openssl gave no answer about certificates that are to be added, so that .NET's answer stands alone: {Reason}")]
    private static partial void LogNoAnswer(ILogger logger, string reason);
}
