using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Clients.OpenSsl;
using CaPortal.Tests.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

/// <summary>What the engines say beside what real clients do with real servers.</summary>
public sealed class RealClientsTests
{
    private const string PythonClient = """
        import socket, ssl, sys
        for line in sys.stdin:
            port, host, roots = line.rstrip("\n").split("\t")
            try:
                context = ssl.create_default_context(cafile=roots if roots else None)
                with socket.create_connection(("127.0.0.1", int(port))) as s, context.wrap_socket(s, server_hostname=host):
                    print("accepts")
            except ssl.SSLCertVerificationError:
                print("refuses")
        """;

    /// <summary>With a key on that curve the handshake fails before there is a certificate to judge.</summary>
    private static IEnumerable<ServerCase> Cases => ServerCase.All.Where(c => c.Name != "server's key on Brainpool");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_CurlAndOpenSsl_AnswerAsTheCommandsDo()
    {
        Tool.Require("curl");
        using var folder = new TemporaryDirectory();
        var (curl, openSsl) = (new CurlEngine(), new OpenSslEngine());
        Assert.SkipWhen(curl.Version is null, "The system's libcrypto cannot be loaded.");
        var differences = new List<string>();
        foreach (var one in Cases.Where(c => c.Roots.Length > 0))
        {
            using var server = await one.ServeAsync();
            var roots = one.WriteRoots(folder);
            var byCurl = await Tool.TryRunAsync(folder.Path, "curl", "-sS", "-o", "out", "--cacert", roots, $"https://{one.Host}:{server.Port}/");
            var byOpenSsl = await Tool.TryRunAsync(
                folder.Path,
                "openssl",
                "s_client",
                "-connect",
                $"127.0.0.1:{server.Port}",
                "-servername",
                "localhost",
                "-CAfile",
                roots,
                "-no-CApath",
                "-no-CAstore",
                "-purpose",
                "sslserver",
                "-verify_return_error",
                IsAddress(one) ? "-verify_ip" : "-verify_hostname",
                one.Host);
            Compare(differences, one, curl, byCurl.ExitCode == 0, byCurl.Errors);
            Compare(differences, one, openSsl, byOpenSsl.ExitCode == 0, byOpenSsl.Errors);
        }

        Assert.Equal("", string.Join("\n", differences));
    }

    [Fact]
    public async Task Ask_DotNet_AnswersAsSslStreamDoes()
    {
        var engine = ServerProbing.Clients.Engines.Single(e => e.Name == ClientNames.DotNet);
        var differences = new List<string>();
        foreach (var one in Cases)
        {
            using var server = await one.ServeAsync();
            using var store = new X509Store(StoreName.CertificateAuthority, StoreLocation.CurrentUser, OpenFlags.ReadWrite);
            foreach (var intermediate in one.Intermediates)
                store.Add(intermediate);
            Compare(differences, one, engine, await ConnectAsync(one, server.Port), "");
            foreach (var intermediate in one.Intermediates)
                store.Remove(intermediate);
        }

        Assert.Equal("", string.Join("\n", differences));
    }

    [Fact]
    public async Task Ask_Python313_AnswersAsItsSslModuleDoes()
    {
        var python = await FindPythonAsync();
        Assert.SkipWhen(python is null, "Python 3.13 is not installed.");
        using var folder = new TemporaryDirectory();
        var engine = new PythonEngine();
        var cases = Cases.Where(c => c.Roots.Length > 0).ToList();
        var servers = new List<OpenSslServer>();
        string output;
        try
        {
            foreach (var one in cases)
                servers.Add(await one.ServeAsync());
            await File.WriteAllTextAsync(folder["client.py"], PythonClient, Cancellation);
            await File.WriteAllLinesAsync(
                folder["questions"],
                cases.Zip(servers).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Second.Port}\t{c.First.Host}\t{c.First.WriteRoots(folder)}")),
                Cancellation);
            output = await Tool.RunAsync(folder.Path, "sh", "-c", $"'{python}' client.py < questions");
        }
        finally
        {
            servers.ForEach(s => s.Dispose());
        }

        var differences = new List<string>();
        foreach (var (one, answer) in cases.Zip(output.Split('\n')))
            Compare(differences, one, engine, answer == "accepts", answer);
        Assert.Equal("", string.Join("\n", differences));
    }

    private static void Compare(List<string> differences, ServerCase one, IClientEngine engine, bool accepts, string output)
    {
        var answer = engine.Ask(one.Question());
        if (answer?.IsAccepted != accepts)
            differences.Add(
                $"{one.Name}: {engine.Name} says {answer?.Problem?.ToString() ?? "accepted"} ({answer?.Reason}), "
                    + $"the client {(accepts ? "accepts" : $"refuses: {output}")}");
    }

    /// <summary>As a program whose account trusts these roots alone: this process has a home folder of its own.</summary>
    private static async Task<bool> ConnectAsync(ServerCase one, int port)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(one.Roots);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, Cancellation);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = one.Host, CertificateChainPolicy = policy }, Cancellation);
            return true;
        }
        catch (AuthenticationException)
        {
            return false;
        }
    }

    private static bool IsAddress(ServerCase one) => System.Net.IPAddress.TryParse(one.Host, out _);

    private static async Task<string?> FindPythonAsync()
    {
        var versions = Path.Combine(PrivateHome.RealPath ?? "", ".pyenv", "versions");
        var candidates = (Directory.Exists(versions) ? Directory.GetDirectories(versions, "3.1*").Select(v => Path.Combine(v, "bin", "python3")) : [])
            .Append("/usr/bin/python3")
            .Where(File.Exists);
        foreach (var python in candidates)
        {
            if (await Tool.RunAsync("", python, "-c", "import sys; print(sys.version_info >= (3, 13))") is "True\n")
                return python;
        }

        return null;
    }
}
