using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Tests.Testing;

/// <summary>An ordinary Java program that calls a TLS server with the truststore that it is given. Needs <c>javac</c>.</summary>
public sealed class JavaClient
{
    private const string Source = """
        import java.security.KeyStore;
        import java.security.cert.CertificateFactory;
        import javax.net.ssl.*;

        public class Client {
            public static void main(String[] args) throws Exception {
                for (int i = 0; i + 2 < args.length; i += 3)
                    System.out.println(ask(args[i], args[i + 1], args[i + 2]));
                if (args.length > 1)
                    return;
                var connection = (javax.net.ssl.HttpsURLConnection) new java.net.URL("https://localhost:" + args[0] + "/").openConnection();
                try (var in = connection.getInputStream()) {
                    System.out.print(new String(in.readAllBytes()).equals("ok") ? "trusted" : "odd answer");
                } catch (javax.net.ssl.SSLHandshakeException e) {
                    System.out.print(e.getMessage().contains("unable to find valid certification path") ? "refused" : e);
                }
            }

            static String ask(String host, String port, String roots) throws Exception {
                var store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                try (var in = new java.io.FileInputStream(roots)) {
                    for (var root : CertificateFactory.getInstance("X.509").generateCertificates(in))
                        store.setCertificateEntry("" + store.size(), root);
                }
                var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                managers.init(store);
                var context = SSLContext.getInstance("TLS");
                context.init(null, managers.getTrustManagers(), null);
                try (var plain = new java.net.Socket("127.0.0.1", Integer.parseInt(port));
                     var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, Integer.parseInt(port), true)) {
                    var parameters = socket.getSSLParameters();
                    parameters.setEndpointIdentificationAlgorithm("HTTPS");
                    socket.setSSLParameters(parameters);
                    socket.startHandshake();
                    return "trusted";
                } catch (SSLException e) {
                    var said = "";
                    for (Throwable cause = e; cause != null; cause = cause.getCause())
                        said += cause + "; ";
                    return said.replaceAll("\\s+", " ");
                }
            }
        }
        """;

    private readonly string _folder;

    private JavaClient(string folder) => _folder = folder;

    /// <summary>Compiles it into a folder.</summary>
    public static async Task<JavaClient> CompileAsync(string folder)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Client.java"), Source, TestContext.Current.CancellationToken);
        await Tool.RunAsync(folder, "javac", "Client.java");
        return new JavaClient(folder);
    }

    /// <summary>Calls one server after the other in a new process; the roots are PEM files.</summary>
    /// <returns>For each <see cref="TlsClient.Trusted"/>, or the exception.</returns>
    public async Task<string[]> ConnectAsync(IEnumerable<(string Host, int Port, string Roots)> servers) =>
        (await Tool.RunAsync(_folder, "java", ["Client", .. servers.SelectMany(s => new[] { s.Host, $"{s.Port}", s.Roots })]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Calls the server in a new process.</summary>
    /// <returns><see cref="TlsClient.Trusted"/>, <see cref="TlsClient.Refused"/>, or what else went wrong.</returns>
    public Task<string> ConnectAsync(ITrustStore truststore, int port) =>
        Tool.RunAsync(
            _folder,
            "java",
            $"-Djavax.net.ssl.trustStore={truststore.Location(CaStore.Root)}",
            "-Djavax.net.ssl.trustStoreType=PKCS12",
            "-Djavax.net.ssl.trustStorePassword=changeit",
            "Client",
            $"{port}");
}
