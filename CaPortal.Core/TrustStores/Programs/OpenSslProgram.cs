using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Processes;

namespace CaPortal.Core.TrustStores.Programs;

/// <summary>The command <c>openssl</c>, on the PEM files that trust stores keep for programs.</summary>
internal sealed partial class OpenSslProgram : ITrustProgram
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    // X509_V_ERR_...: no issuer found, self-signed and not trusted, no chain to a trusted one, not trusted, rejected. Other
    // errors are about the certificate and not about whether it is trusted.
    private static readonly HashSet<int> Untrusted = [2, 18, 19, 20, 21, 27, 28];

    private readonly string? _command = ExternalCommand.Find("openssl");

    public string Name => "OpenSSL";

    public bool IsAvailable => _command is not null;

    public bool Reads(ITrustStore store) => Enum.GetValues<CaStore>().Any(s => store.PemFile(s) is not null);

    public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<CaCertificateKey, bool>();
        foreach (var group in certificates
                .Where(c => store.PemFile(c.Key.Store) is not null)
                .GroupBy(c => (File: store.PemFile(c.Key.Store)!, IsAnchor: SelfIssued.IsAnchor(c))))
        {
            if (group.Key.IsAnchor)
                await VerifyAsync(group.Key.File, [.. group], answers, cancellationToken);
            else
                await FindAsync(group.Key.File, [.. group], answers, cancellationToken);
        }

        return answers;
    }

    public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAboutCombinedAsync(
        ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<CaCertificateKey, bool>();
        var roots = certificates.Where(c => c.Key.Store == CaStore.Root && SelfIssued.IsAnchor(c)).ToList();
        if (roots.Count > 0 && store.FileForPrograms?.Combined is { } combined && RegularFile.IsThere(combined))
            await VerifyAsync(combined, roots, answers, cancellationToken);
        return answers;
    }

    private async Task VerifyAsync(
        string bundle, List<TrustedCertificate> certificates, Dictionary<CaCertificateKey, bool> answers, CancellationToken cancellationToken)
    {
        var folder = PrivateDirectory.CreateTemporary("caportal-");
        try
        {
            var files = certificates.ToDictionary(c => Path.Combine(folder.FullName, $"{c.Key.Sha256}.pem"), c => c);
            foreach (var (file, certificate) in files)
                await File.WriteAllTextAsync(file, PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span), cancellationToken);
            var result = await RunAsync(["verify", "-no_check_time", "-no-CApath", "-no-CAstore", "-CAfile", bundle, .. files.Keys], cancellationToken);

            // A bundle with no certificate in it, or with one that makes OpenSSL give up on all.
            var isUnusable = result.Errors.StartsWith("Error loading file", StringComparison.Ordinal);
            if (isUnusable && PemBlocks.Find(await File.ReadAllTextAsync(bundle, cancellationToken)).Any())
                throw new TrustProgramException($"OpenSSL cannot open '{bundle}'") { CannotOpen = true };
            var refused = RefusedIn(result.Errors);
            foreach (var accepted in OkLine().Matches(result.Output).Select(m => m.Groups[1].Value))
                refused[accepted] = false;
            foreach (var (file, certificate) in files)
            {
                if (isUnusable || refused.ContainsKey(file))
                    answers[certificate.Key] = !isUnusable && !refused[file];
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrustProgramException(exception.Message, exception);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task FindAsync(
        string bundle, List<TrustedCertificate> certificates, Dictionary<CaCertificateKey, bool> answers, CancellationToken cancellationToken)
    {
        var found = OpenSslCertificates.Sha256In((await RunAsync(["storeutl", "-certs", bundle], cancellationToken)).Output);
        foreach (var certificate in certificates)
            answers[certificate.Key] = found.Contains(certificate.Key.Sha256);
    }

    /// <summary>The files that did not verify, and whether for want of trust: the errors come first, and then a line that names the file.</summary>
    private static Dictionary<string, bool> RefusedIn(string errors)
    {
        var refused = new Dictionary<string, bool>();
        var isUntrusted = false;
        foreach (var line in errors.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (ErrorLine().Match(line) is { Success: true } error)
            {
                isUntrusted |= Untrusted.Contains(int.Parse(error.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            }
            else if (FailureLine().Match(line) is { Success: true } failure)
            {
                refused[failure.Groups[1].Value] = isUntrusted;
                isUntrusted = false;
            }
        }

        return refused;
    }

    private async Task<CommandResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await ExternalCommand.RunAsync(new Command(_command!, arguments, Timeout), cancellationToken);
        }
        catch (ExternalCommandException exception)
        {
            throw new TrustProgramException(exception.Message, exception);
        }
    }

    [GeneratedRegex(@"^(.+): OK\r?$", RegexOptions.Multiline)]
    private static partial Regex OkLine();

    [GeneratedRegex("^error ([0-9]{1,3}) at [0-9]+ depth lookup:")]
    private static partial Regex ErrorLine();

    [GeneratedRegex("^error (.+): verification failed$")]
    private static partial Regex FailureLine();
}
