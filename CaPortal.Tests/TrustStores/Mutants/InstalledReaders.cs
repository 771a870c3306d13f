using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.Mutants;

/// <summary>
/// Programs on this machine that read files of trusted certificates. Each says which certificates make it refuse a file.
/// </summary>
internal sealed class InstalledReaders(TemporaryDirectory folder)
{
    private const string Password = "changeit";

    // Each certificate by itself: what a truststore does with it, and what becomes of it as an anchor.
    private const string Java = """
        import java.io.*; import java.nio.file.*; import java.security.*; import java.security.cert.*; import java.util.*; import javax.net.ssl.*;
        public class ReadAll {
            public static void main(String[] args) throws Exception {
                CertificateFactory factory = CertificateFactory.getInstance("X.509");
                for (String line : Files.readAllLines(Paths.get(args[0]))) {
                    try {
                        X509Certificate c = (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(line)));
                        c.getPublicKey(); c.getSubjectX500Principal(); c.getKeyUsage(); c.getExtendedKeyUsage(); c.getBasicConstraints(); c.toString();
                        KeyStore store = KeyStore.getInstance("PKCS12");
                        store.load(null, null);
                        store.setCertificateEntry("a", c);
                        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
                        trust.init(store);
                        ((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers();
                        System.out.println("read");
                    } catch (Throwable e) { System.out.println(("refused: " + e).replace('\n', ' ')); }
                }
            }
        }
        """;

    private const string Python = """
        import ssl, sys
        for line in open(sys.argv[1]):
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata='-----BEGIN CERTIFICATE-----\n' + line.strip() + '\n-----END CERTIFICATE-----\n')
                print('read')
            except Exception as e:
                print('refused: ' + repr(e))
        """;

    private const string Node = """
        const tls = require('tls'), crypto = require('crypto');
        for (const line of require('fs').readFileSync(process.argv[2], 'latin1').trim().split('\n')) {
            try {
                const pem = '-----BEGIN CERTIFICATE-----\n' + line.trim() + '\n-----END CERTIFICATE-----\n';
                tls.createSecureContext({ ca: pem });
                new crypto.X509Certificate(pem);
                console.log('read');
            } catch (e) { console.log('refused: ' + String(e).replace(/\n/g, ' ')); }
        }
        """;

    /// <summary>For each program that is installed, those that it refuses, with its reason where it gives one.</summary>
    /// <param name="certificates">The certificates.</param>
    /// <param name="only">The programs to ask; all where it is left out.</param>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<(byte[] Der, string Reason)>>> RefusedAsync(
        IReadOnlyList<byte[]> certificates,
        string[]? only = null)
    {
        var readers = new (string Name, string? Command, Func<Task<IReadOnlyList<(byte[] Der, string Reason)>>> Ask)[]
        {
            (".NET", null, () =>
                Task.FromResult<IReadOnlyList<(byte[] Der, string Reason)>>([.. certificates.Select(c => (c, WithDotNet(c))).Where(c => c.Item2.Length > 0)])),
            ("Java", "javac", () => LineByLineAsync(certificates, "ReadAll.java", Java, "java")),
            ("Python", "python3", () => LineByLineAsync(certificates, "read.py", Python, "python3")),
            ("Node.js", "node", () => LineByLineAsync(certificates, "read.js", Node, "node")),
            ("keytool", "keytool", () => HalvingAsync(certificates, WithKeytoolAsync)),
            ("GnuTLS", "certtool", () => HalvingAsync(certificates, WithGnuTlsAsync)),
            ("OpenSSL", "openssl", () => HalvingAsync(certificates, WithOpenSslAsync)),
        };
        var refused = new Dictionary<string, IReadOnlyList<(byte[] Der, string Reason)>>();
        foreach (var (name, command, ask) in readers)
        {
            if ((only is null || only.Contains(name)) && (command is null || Tool.IsInstalled(command)))
                refused[name] = await ask();
        }

        return refused;
    }

    private static string WithDotNet(byte[] der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Length == der.Length ? "" : "not all of it";
        }
        catch (CryptographicException exception)
        {
            return exception.Message;
        }
    }

    private async Task<IReadOnlyList<(byte[] Der, string Reason)>> LineByLineAsync(
        IReadOnlyList<byte[]> certificates,
        string file,
        string program,
        string command)
    {
        await File.WriteAllTextAsync(folder[file], program, TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(folder["lines"], certificates.Select(c => Convert.ToBase64String(c)), TestContext.Current.CancellationToken);
        var verdicts = (await Tool.RunAsync(folder.Path, command, file, "lines")).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(certificates.Count, verdicts.Length);
        return [.. certificates.Zip(verdicts).Where(c => c.Second != "read")];
    }

    /// <summary>Asks about all at once, and about halves where the file as a whole is refused.</summary>
    private static async Task<IReadOnlyList<(byte[] Der, string Reason)>> HalvingAsync(
        IReadOnlyList<byte[]> certificates,
        Func<IReadOnlyList<byte[]>, Task<string>> refusal)
    {
        if (certificates.Count == 0 || await refusal(certificates) is not { Length: > 0 } reason)
            return [];
        if (certificates.Count == 1)
            return [(certificates[0], reason)];
        var half = certificates.Count / 2;
        return [.. await HalvingAsync([.. certificates.Take(half)], refusal), .. await HalvingAsync([.. certificates.Skip(half)], refusal)];
    }

    private async Task<string> WithKeytoolAsync(IReadOnlyList<byte[]> certificates)
    {
        var truststore = JavaTruststore.Empty.With(
            [.. certificates.Select(der => new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, "", default, default))],
            []);
        await File.WriteAllBytesAsync(folder["trust.p12"], truststore.Format(Password), TestContext.Current.CancellationToken);
        var (_, output, errors) = await Tool.TryRunAsync(
            folder.Path,
            "keytool",
            "-list",
            "-keystore",
            "trust.p12",
            "-storetype",
            "PKCS12",
            "-storepass",
            Password);
        return output.Split('\n').Count(line => line.Contains("trustedCertEntry", StringComparison.Ordinal)) == certificates.Count
            ? ""
            : $"refused {errors}{output[..Math.Min(200, output.Length)]}";
    }

    private async Task<string> WithGnuTlsAsync(IReadOnlyList<byte[]> certificates)
    {
        var (good, bundle) = await WriteAsync(certificates);
        var (_, output, errors) = await Tool.TryRunAsync(folder.Path, "certtool", "--verify", "--load-ca-certificate", bundle, "--infile", good);
        return (output + errors).Contains(
            string.Create(CultureInfo.InvariantCulture, $"Loaded CAs ({certificates.Count + 1} available)"),
            StringComparison.Ordinal)
            ? ""
            : $"refused {output}{errors}";
    }

    private async Task<string> WithOpenSslAsync(IReadOnlyList<byte[]> certificates)
    {
        var (good, bundle) = await WriteAsync(certificates);
        var (exitCode, output, errors) = await Tool.TryRunAsync(folder.Path, "openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", bundle, good);
        return exitCode == 0 ? "" : $"refused {output}{errors}";
    }

    /// <summary>A file of these and a good root, which comes last: it is only read by who got past all the others.</summary>
    private async Task<(string Good, string Bundle)> WriteAsync(IReadOnlyList<byte[]> certificates)
    {
        using var root = TestCertificates.Root();
        await File.WriteAllTextAsync(folder["good.pem"], root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(
            folder["bundle.pem"],
            certificates.Append(root.RawData).Select(der => PemEncoding.WriteString("CERTIFICATE", der)),
            TestContext.Current.CancellationToken);
        return ("good.pem", "bundle.pem");
    }
}
