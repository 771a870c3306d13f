using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary><c>openssl s_server</c> on a free loopback port, for what .NET's servers do not do.</summary>
public sealed class OpenSslServer : IDisposable
{
    private readonly TemporaryDirectory _folder;
    private readonly Process _process;

    private OpenSslServer(TemporaryDirectory folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts it with exactly this chain, even an invalid one.</summary>
    public static Task<OpenSslServer> StartAsync(X509Certificate2 certificate, IEnumerable<X509Certificate2> chain, params string[] arguments)
    {
        using var key = (System.Security.Cryptography.AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey()!;
        return StartAsync(
            certificate.ExportCertificatePem(),
            key.ExportPkcs8PrivateKeyPem(),
            string.Concat(chain.Select(c => c.ExportCertificatePem() + "\n")),
            arguments);
    }

    /// <summary>Starts it with PEM texts.</summary>
    public static async Task<OpenSslServer> StartAsync(string certificate, string key, string chain, params string[] arguments)
    {
        Tool.Require("openssl");
        var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "server.pem"), certificate);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "server.key"), key);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "chain.pem"), chain);
        string[] chainArguments = chain.Length > 0 ? ["-cert_chain", "chain.pem"] : [];
        var process = Process.Start(
            new ProcessStartInfo(
                "openssl",
                ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", .. chainArguments, .. arguments])
            {
                WorkingDirectory = folder.Path,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        try
        {
            process.BeginErrorReadLine();
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.StartsWith("ACCEPT ", StringComparison.Ordinal))
                    return new OpenSslServer(folder, process, int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
            }

            throw new InvalidOperationException("openssl s_server did not start.");
        }
        catch
        {
            Stop(process, folder);
            throw;
        }
    }

    public void Dispose() => Stop(_process, _folder);

    private static void Stop(Process process, TemporaryDirectory folder)
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
        folder.Dispose();
    }
}
