namespace CaPortal.Tests.Testing;

/// <summary>
/// Java's own verdict on chains of certificates in files. Needs <c>javac</c>: java compiles the source itself, but only where it
/// comes with a compiler.
/// </summary>
public static class JavaValidator
{
    /// <summary>What it says of a chain that it accepts.</summary>
    public const string Accepted = "OK";

    private const string Source = """
        import java.io.*; import java.security.*; import java.security.cert.*; import java.util.*;
        public class Validate {
            public static void main(String[] args) throws Exception {
                CertificateFactory factory = CertificateFactory.getInstance("X.509");
                for (String folder : args) {
                    try {
                        List<X509Certificate> chain = new ArrayList<>();
                        for (String name : new String[] { "leaf.pem", "intermediate.pem", "root.pem" }) {
                            File file = new File(folder, name);
                            if (file.exists()) try (InputStream in = new FileInputStream(file)) { chain.add((X509Certificate) factory.generateCertificate(in)); }
                        }
                        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
                        store.load(null, null);
                        store.setCertificateEntry("root", chain.get(chain.size() - 1));
                        javax.net.ssl.TrustManagerFactory trust = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
                        trust.init(store);
                        ((javax.net.ssl.X509TrustManager) trust.getTrustManagers()[0]).checkServerTrusted(chain.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
                        System.out.println("OK");
                    } catch (Exception e) { System.out.println("refused: " + e); }
                }
            }
        }
        """;

    /// <summary>Skips the test where it cannot run.</summary>
    public static void Require() => Tool.Require("javac");

    /// <summary>Judges the chain in each folder: <c>leaf.pem</c>, <c>intermediate.pem</c> if it is there, and <c>root.pem</c>, which is trusted.</summary>
    /// <returns>For each folder in that order <see cref="Accepted"/>, or why it is refused.</returns>
    public static async Task<IReadOnlyList<string>> ValidateAsync(TemporaryDirectory parent, IEnumerable<string> folders)
    {
        string[] names = [.. folders];
        await File.WriteAllTextAsync(parent["Validate.java"], Source, TestContext.Current.CancellationToken);
        var output = await Tool.RunAsync(parent.Path, "java", ["Validate.java", .. names]);
        var verdicts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(verdicts.Length == names.Length, output);
        return verdicts;
    }
}
