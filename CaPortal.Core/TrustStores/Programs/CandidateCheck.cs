using System.Collections.Concurrent;
using System.Globalization;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores.Java;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// Makes programs of this machine read the new content of a trust store's file before the file is replaced. These are the
/// programs that read this file. Java opens no truststore with a certificate that it cannot read; GnuTLS opens no such
/// bundle. Each certificate is asked about once. A program that is not installed, or gives no answer in time, says nothing
/// and does not stop the file from being written.
/// </summary>
public sealed partial class CandidateCheck : IDisposable
{
    private const int MaxRemembered = 100_000;
    private const string Java = "Java";
    private const string GnuTls = "GnuTLS";

    // If the program hangs, each change would wait again.
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    // In English, so that its words can be recognised.
    private static readonly Dictionary<string, string?> Environment = new() { ["LC_ALL"] = "C", ["LANGUAGE"] = null };

    private readonly IClientEngine? _java;
    private readonly string? _certtool;
    private readonly TimeSpan _timeout;
    private readonly ILogger<CandidateCheck> _logger;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ConcurrentDictionary<(string Reader, string Sha256), bool> _isRead = new();
    private readonly ConcurrentDictionary<string, long> _gaveUpAt = new(StringComparer.Ordinal);

    /// <summary>Creates it for the programs that are installed.</summary>
    public CandidateCheck(IEnumerable<IClientEngine> engines, ILogger<CandidateCheck> logger)
        : this(engines.FirstOrDefault(e => e.Name == ClientNames.Java), ExternalCommand.Find("certtool"), Timeout, logger)
    {
    }

    internal CandidateCheck(IClientEngine? java, string? certtool, TimeSpan timeout, ILogger<CandidateCheck> logger) =>
        (_java, _certtool, _timeout, _logger) = (java, certtool, timeout, logger);

    /// <summary>
    /// The SHA-256 of those that a program which reads the trust store refuses. With each of them it would not open the file.
    /// </summary>
    public async Task<IReadOnlySet<string>> RefusedAsync(ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var refused = new HashSet<string>(StringComparer.Ordinal);
        if (store.Name == JavaTruststoreTrustStore.Kind && _java is not null)
            refused.UnionWith(await RefusedByAsync(Java, certificates, AskJavaAsync, cancellationToken));
        if ((store.PemFile(CaStore.Root) is not null || store.FeedsOperatingSystem) && _certtool is not null)
            refused.UnionWith(await RefusedByAsync(GnuTls, certificates, AskGnuTlsAsync, cancellationToken));
        return refused;
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<IEnumerable<string>> RefusedByAsync(
        string reader,
        IReadOnlyList<TrustedCertificate> certificates,
        Func<IReadOnlyList<TrustedCertificate>, CancellationToken, Task> ask,
        CancellationToken cancellationToken)
    {
        await AskAsync(reader, certificates, ask, cancellationToken);
        return certificates.Select(c => c.Key.Sha256).Where(s => _isRead.TryGetValue((reader, s), out var isRead) && !isRead);
    }

    private async Task AskAsync(
        string reader,
        IReadOnlyList<TrustedCertificate> certificates,
        Func<IReadOnlyList<TrustedCertificate>, CancellationToken, Task> ask,
        CancellationToken cancellationToken)
    {
        var unknown = certificates.Where(c => !_isRead.ContainsKey((reader, c.Key.Sha256))).DistinctBy(c => c.Key.Sha256).ToList();
        if (unknown.Count == 0 || (_gaveUpAt.TryGetValue(reader, out var at) && TimeProvider.System.GetElapsedTime(at) < Rest))
            return;

        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(_timeout);
        try
        {
            await _one.WaitAsync(bound.Token);
            try
            {
                if (_isRead.Count >= MaxRemembered)
                    _isRead.Clear();
                await ask(unknown, bound.Token).WaitAsync(bound.Token);
                foreach (var refused in unknown.Where(c => _isRead.TryGetValue((reader, c.Key.Sha256), out var isRead) && !isRead))
                    LogRefused(_logger, reader, DisplayText.Shorten(refused.Subject), refused.Key.Sha256);
            }
            finally
            {
                _one.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            GiveUp(reader, $"it gave no answer within {_timeout.TotalSeconds:0.#} seconds");
        }
        catch (Exception exception) when (exception is ExternalCommandException or IOException or UnauthorizedAccessException)
        {
            GiveUp(reader, exception.Message);
        }
    }

    private void GiveUp(string reader, string reason)
    {
        _gaveUpAt[reader] = TimeProvider.System.GetTimestamp();
        LogNoAnswer(_logger, reader, DisplayText.Visible(reason), Rest.TotalMinutes);
    }

    /// <summary>Its TLS client is given each as what a server sends, and reads it before it looks for an issuer.</summary>
    private Task AskJavaAsync(IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            foreach (var certificate in certificates)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var question = new ClientQuestion([certificate.Der], null, [OpenSslCertificates.GoodCertificate], [], DateTimeOffset.UnixEpoch.AddYears(50));
                if (_java!.Ask(question) is { } answer)
                    _isRead[(Java, certificate.Key.Sha256)] = answer.Problem != ClientProblem.Malformed;
            }
        },
        CancellationToken.None);

    private async Task AskGnuTlsAsync(IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        if (await IsLoadedAsync(certificates, cancellationToken))
        {
            foreach (var certificate in certificates)
                _isRead[(GnuTls, certificate.Key.Sha256)] = true;
        }
        else if (certificates.Count > 1)
        {
            var half = certificates.Count / 2;
            await AskGnuTlsAsync([.. certificates.Take(half)], cancellationToken);
            await AskGnuTlsAsync([.. certificates.Skip(half)], cancellationToken);
        }
        else if (await IsLoadedAsync([], cancellationToken))
        {
            _isRead[(GnuTls, certificates[0].Key.Sha256)] = false;
        }
        else
        {
            throw new ExternalCommandException("certtool does not read a good certificate either", null);
        }
    }

    /// <summary>Whether it takes a file of these, and of a good one behind them, for trusted roots.</summary>
    private async Task<bool> IsLoadedAsync(IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("caportal-");
        try
        {
            var (bundle, good) = (Path.Combine(folder.FullName, "bundle.pem"), Path.Combine(folder.FullName, "good.pem"));
            await File.WriteAllTextAsync(
                bundle,
                OpenSslCertificates.Format([.. certificates.Select(c => c.Der), OpenSslCertificates.GoodCertificate]),
                cancellationToken);
            await File.WriteAllTextAsync(good, OpenSslCertificates.Format([OpenSslCertificates.GoodCertificate]), cancellationToken);
            var result = await ExternalCommand.RunAsync(
                new Command(_certtool!, ["--verify", $"--load-ca-certificate={bundle}", $"--infile={good}"], _timeout) { Environment = Environment },
                cancellationToken);
            var loaded = string.Create(CultureInfo.InvariantCulture, $"Loaded CAs ({certificates.Count + 1} available)");
            return result.Output.Contains(loaded, StringComparison.Ordinal) || result.Errors.Contains(loaded, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [LoggerMessage(
        3012,
        LogLevel.Warning,
        "{Reader} was not asked to read what is to be added to a trust store: {Reason}. It is not asked again for {Minutes:F0} minutes")]
    private static partial void LogNoAnswer(ILogger logger, string reader, string reason, double minutes);

    [LoggerMessage(
        3013,
        LogLevel.Warning,
        "{Reader} on this machine cannot read the certificate {Subject} (SHA-256 {Sha256}): it is left out of the files that {Reader} reads")]
    private static partial void LogRefused(ILogger logger, string reader, string subject, string sha256);
}
