using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>
/// GnuTLS's <c>certtool</c>, on the PEM file of trusted roots. It reads the file as <c>wget</c> and others do, and gives up
/// on the whole file if it cannot read one certificate.
/// </summary>
internal sealed class GnuTlsProgram : ITrustProgram
{
    private const string Verified = "Chain verification output: Verified.";
    private const string Unknown = "The certificate issuer is unknown.";
    private const string NoCertificate = "No certificate was found.";

    // What the command says before it judges: where it cannot read the file, it says why instead.
    private const string Loaded = "Loaded CAs (";
    private const string Loading = "gnutls_x509_trust_";

    // Each is asked about by a process of its own, which reads the whole file. What was added comes first, what was removed last.
    private const int MaxAtEachEnd = 2;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    // In English, so that its words are known.
    private static readonly Dictionary<string, string?> Environment = new() { ["LC_ALL"] = "C", ["LANGUAGE"] = null };

    private readonly string? _command = ExternalCommand.Find("certtool");

    public string Name => "GnuTLS";

    public bool IsAvailable => _command is not null;

    public bool Reads(ITrustStore store) => store.PemFile(CaStore.Root) is not null;

    public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var (answers, bundle) = (new Dictionary<CaCertificateKey, bool>(), store.PemFile(CaStore.Root)!);
        var anchors = certificates.Where(c => c.Key.Store == CaStore.Root && SelfIssued.IsAnchor(c)).ToList();
        foreach (var certificate in anchors.Take(MaxAtEachEnd).Union(anchors.TakeLast(MaxAtEachEnd)))
        {
            if (await IsTrustedAsync(bundle, certificate, cancellationToken) is { } isTrusted)
                answers[certificate.Key] = isTrusted;
        }

        return answers;
    }

    /// <summary>Null if it says something else of the certificate, such as that it has expired.</summary>
    private async Task<bool?> IsTrustedAsync(string bundle, TrustedCertificate certificate, CancellationToken cancellationToken)
    {
        var folder = PrivateDirectory.CreateTemporary("caportal-");
        try
        {
            var file = Path.Combine(folder.FullName, "certificate.pem");
            await File.WriteAllTextAsync(file, PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span), cancellationToken);
            var result = await ExternalCommand.RunAsync(
                new Command(_command!, ["--verify", $"--load-ca-certificate={bundle}", $"--infile={file}"], Timeout) { Environment = Environment },
                cancellationToken);
            var said = $"{result.Output}\n{result.Errors}";
            if (said.Contains(Loaded, StringComparison.Ordinal))
                return said.Contains(Verified, StringComparison.Ordinal) ? true : said.Contains(Unknown, StringComparison.Ordinal) ? false : null;
            if (said.Contains(NoCertificate, StringComparison.Ordinal))
                return false;
            throw new TrustProgramException($"GnuTLS cannot open '{bundle}'") { CannotOpen = said.Contains(Loading, StringComparison.Ordinal) };
        }
        catch (Exception exception) when (exception is ExternalCommandException or IOException or UnauthorizedAccessException)
        {
            throw new TrustProgramException(exception.Message, exception);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
