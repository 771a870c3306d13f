using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace CaPortal.Tests.Testing;

/// <summary>nginx or HAProxy with an example of docs/operations.md, in which addresses, ports and certificate paths alone are replaced.</summary>
public sealed partial class ReverseProxy : IAsyncDisposable
{
    /// <summary>The host name of the examples.</summary>
    public const string HostName = "portal.corp";

    // Debian's has no file that says what a name's ending means, and needs none here.
    private const string NginxFrame =
        """
        daemon off;
        master_process off;
        pid FOLDER/nginx.pid;
        error_log FOLDER/nginx.log;
        events { }
        http {
            access_log off;
            client_body_temp_path FOLDER/body;
            proxy_temp_path FOLDER/proxy;
            fastcgi_temp_path FOLDER/fastcgi;
            uwsgi_temp_path FOLDER/uwsgi;
            scgi_temp_path FOLDER/scgi;
        EXAMPLE
        }
        """;

    private readonly TemporaryDirectory _folder = new();
    private readonly ClosedPort _reserved = new();
    private readonly ClosedPort _plain = new();
    private readonly string _example;
    private readonly bool _isNginx;
    private Process? _process;

    /// <summary>Takes the example that begins with this comment, and a port of its own.</summary>
    /// <param name="comment">Its first line.</param>
    /// <param name="mistake">What somebody makes of the example who leaves something out.</param>
    public ReverseProxy(string comment, Func<string, string>? mistake = null)
    {
        var block = Blocks().Matches(File.ReadAllText(Path.Combine(Repository.Path, "docs", "operations.md")))
            .Single(m => m.Groups["text"].Value.StartsWith($"# {comment}\n", StringComparison.Ordinal));
        _isNginx = block.Groups["language"].Value == "nginx";
        _example = mistake?.Invoke(block.Groups["text"].Value) ?? block.Groups["text"].Value;
        Tool.Require(_isNginx ? "nginx" : "haproxy");
    }

    /// <summary>Where it listens.</summary>
    public int Port => _reserved.Number;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts it in front of servers on this machine, and waits until it answers.</summary>
    public async Task StartAsync(params int[] servers)
    {
        using (var certificate = TestCertificates.SelfSignedServer(HostName))
        {
            var key = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
            await File.WriteAllTextAsync(_folder["portal.crt"], certificate.ExportCertificatePem(), Cancellation);
            await File.WriteAllTextAsync(_folder["portal.key"], key, Cancellation);
            await File.WriteAllTextAsync(_folder["portal.pem"], $"{certificate.ExportCertificatePem()}\n{key}\n", Cancellation);
        }

        var example = Listening().Replace(_example, m => $"{m.Groups["before"].Value}127.0.0.1:{(m.Groups["port"].Value == "80" ? _plain.Number : Port)}");
        example = CertificatePath()
            .Replace(example, m => _folder[m.Groups["name"].Value]);
        for (var i = 0; i < servers.Length; i++)
            example = example.Replace($"127.0.0.1:{5080 + i}", $"127.0.0.1:{servers[i]}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            _folder["proxy.cfg"],
            _isNginx ? NginxFrame.Replace("FOLDER", _folder.Path, StringComparison.Ordinal).Replace("EXAMPLE", example, StringComparison.Ordinal) : example,
            Cancellation);
        _process = Process.Start(
            new ProcessStartInfo(
                File.Exists($"/usr/sbin/{Command}") ? $"/usr/sbin/{Command}" : Command,
                _isNginx ? ["-e", "stderr", "-p", _folder.Path, "-c", _folder["proxy.cfg"]] : ["-db", "-f", _folder["proxy.cfg"]])
            {
                WorkingDirectory = _folder.Path,
                RedirectStandardError = true,
            }
        )!;
        var errors = _process.StandardError.ReadToEndAsync(Cancellation);
        while (!await AnswersAsync())
        {
            Assert.False(_process.HasExited, $"{Command} has ended: {(_process.HasExited ? await errors : "")}");
            await Task.Delay(20, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _reserved.Dispose();
        _plain.Dispose();
        _folder.Dispose();
    }

    private string Command => _isNginx ? "nginx" : "haproxy";

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, Cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex("^```(?<language>nginx|haproxy)\\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^(?<before>\s*(listen |bind ))(127\.0\.0\.1)?:?(?<port>\d+)", RegexOptions.Multiline)]
    private static partial Regex Listening();

    [GeneratedRegex(@"/etc/(nginx|haproxy)/(?<name>portal\.(crt|key|pem))")]
    private static partial Regex CertificatePath();
}
