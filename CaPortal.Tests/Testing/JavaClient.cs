using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Tests.Testing;

/// <summary>An ordinary Java program that calls a TLS server with the truststore that it is told to take. Needs <c>javac</c>.</summary>
public sealed class JavaClient
{
    private const string Source = """
        public class Client {
            public static void main(String[] args) throws Exception {
                var connection = (javax.net.ssl.HttpsURLConnection) new java.net.URL("https://localhost:" + args[0] + "/").openConnection();
                try (var in = connection.getInputStream()) {
                    System.out.print(new String(in.readAllBytes()).equals("ok") ? "trusted" : "odd answer");
                } catch (javax.net.ssl.SSLHandshakeException e) {
                    System.out.print(e.getMessage().contains("unable to find valid certification path") ? "refused" : e);
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

    /// <summary>Calls the server in a new process.</summary>
    /// <returns><see cref="TlsClient.Trusted"/>, <see cref="TlsClient.Refused"/>, or what else went wrong.</returns>
    public Task<string> ConnectAsync(ITrustStore truststore, int port) => Tool.RunAsync(
        _folder, "java", $"-Djavax.net.ssl.trustStore={truststore.Location(CaStore.Root)}", "-Djavax.net.ssl.trustStoreType=PKCS12", "-Djavax.net.ssl.trustStorePassword=changeit", "Client", $"{port}");
}
