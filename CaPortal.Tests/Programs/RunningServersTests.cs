using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>nginx and HAProxy, which read their lists again when they are reloaded.</summary>
public sealed class RunningServersTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Wanted Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private TestCore? _core;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");
        _core = await TestCore.StartAsync();
        await _core.AddAsync(_root);
    }

    public async ValueTask DisposeAsync()
    {
        if (_core is not null)
            await _core.DisposeAsync();
        _folder.Dispose();
        _root.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_Nginx_SeesWhetherTheListOfItsConfigurationHoldsTheRoot(bool holds)
    {
        await using var nginx = await StartNginxAsync(holds ? _root : _other);

        var seen = await nginx.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("nginx", _folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Fact]
    public async Task Look_NginxWhoseListChanges_NeedsReloadUntilItIsReloaded()
    {
        await using var nginx = await StartNginxAsync(_root);
        await nginx.SettledAsync(Trusts);

        await WriteAsync(_root, _other);
        var before = await nginx.SeenAsync(NeedsReload);
        await Tool.SignalAsync("HUP", nginx.Id);
        var after = await nginx.SeenAsync(Trusts);

        Assert.Contains("nginx -s reload", before.Explanation, StringComparison.Ordinal);
        Assert.Equal(before.StartedAt, after.StartedAt, TimeSpan.FromSeconds(0.1));
        Assert.True(after.LoadedAt > before.LoadedAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_HaProxy_SeesWhetherTheListOfItsConfigurationHoldsTheRoot(bool holds)
    {
        await using var haProxy = await StartHaProxyAsync(holds ? _root : _other);

        var seen = await haProxy.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("HAProxy", _folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Fact]
    public async Task Look_HaProxyWhoseListChanges_NeedsReloadUntilItIsReloaded()
    {
        await using var haProxy = await StartHaProxyAsync(_root);
        await haProxy.SettledAsync(Trusts);

        await WriteAsync(_root, _other);
        await haProxy.SeenAsync(NeedsReload);
        await Tool.SignalAsync("USR2", haProxy.Id);

        await haProxy.SeenAsync(Trusts);
    }

    private async Task<StartedProgram> StartNginxAsync(X509Certificate2 listed)
    {
        await WriteAsync(listed);
        Directory.CreateDirectory(_folder["sites-enabled"]);
        await File.WriteAllTextAsync(
            _folder["sites-enabled/gateway.conf"],
            $$"""
            server {
                listen unix:{{_folder["nginx.sock"]}};
                # proxy_ssl_trusted_certificate /nowhere.pem;
                location / { proxy_pass https://127.0.0.1:1; proxy_ssl_verify on; proxy_ssl_trusted_certificate list.pem; }
            }
            """,
            Cancellation);
        await File.WriteAllTextAsync(
            _folder["nginx.conf"],
            $$"""
            daemon off;
            pid {{_folder["nginx.pid"]}};
            error_log stderr;
            events { }
            http {
                access_log off;
                client_body_temp_path {{_folder["body"]}};
                proxy_temp_path {{_folder["proxy"]}};
                fastcgi_temp_path {{_folder["fastcgi"]}};
                uwsgi_temp_path {{_folder["uwsgi"]}};
                scgi_temp_path {{_folder["scgi"]}};
                include sites-*/*.conf;
            }
            """,
            Cancellation);
        return StartedProgram.Start(_core!, _folder.Path, [], "nginx", "-e", "stderr", "-p", _folder.Path, "-c", "nginx.conf");
    }

    private async Task<StartedProgram> StartHaProxyAsync(X509Certificate2 listed)
    {
        await WriteAsync(listed);
        await File.WriteAllTextAsync(
            _folder["haproxy.cfg"],
            $"""
            global
                ca-base {_folder.Path}
            defaults
                mode http
                timeout connect 5s
                timeout client 5s
                timeout server 5s
            frontend gateway
                bind unix@{_folder["haproxy.sock"]}
                default_backend there
            backend there
                server one 127.0.0.1:1 ssl verify required ca-file list.pem

            """,
            Cancellation);
        return StartedProgram.Start(_core!, _folder.Path, [], "haproxy", "-W", "-db", "-f", "haproxy.cfg");
    }

    private Task WriteAsync(params X509Certificate2[] certificates) =>
        File.WriteAllBytesAsync(_folder["list.pem"], TestFiles.Pem(certificates), Cancellation);
}
