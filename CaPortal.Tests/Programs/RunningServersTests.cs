using System.Security.Cryptography.X509Certificates;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>nginx, HAProxy and Apache, which read their lists again when they are reloaded.</summary>
public sealed class RunningServersTests : ProgramTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_Nginx_SeesWhetherTheListOfItsConfigurationHoldsTheRoot(bool holds)
    {
        await using var nginx = await StartNginxAsync(holds ? Root : Other);

        var seen = await nginx.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("nginx", Folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Fact]
    public async Task Look_NginxWhoseListChanges_NeedsReloadUntilItIsReloaded()
    {
        await using var nginx = await StartNginxAsync(Root);
        await nginx.SettledAsync(Trusts);

        await WriteAsync("list.pem", Root, Other);
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
        await using var haProxy = await StartHaProxyAsync(holds ? Root : Other);

        var seen = await haProxy.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("HAProxy", Folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Fact]
    public async Task Look_HaProxyWhoseListChanges_NeedsReloadUntilItIsReloaded()
    {
        await using var haProxy = await StartHaProxyAsync(Root);
        await haProxy.SettledAsync(Trusts);

        await WriteAsync("list.pem", Root, Other);
        await haProxy.SeenAsync(NeedsReload);
        await Tool.SignalAsync("USR2", haProxy.Id);

        await haProxy.SeenAsync(Trusts);
    }

    [Fact]
    public async Task Look_ApacheWhoseListChanges_NeedsReloadUntilItIsReloadedWhateverItsWorkersDo()
    {
        await using var apache = await StartApacheAsync(Root);

        // Before that it has not read its list.
        while (!File.Exists(Folder["apache.pid"]) || (await WorkersAsync()).Length == 0)
            await Task.Delay(20, Cancellation);
        await apache.SettledAsync(Trusts);

        await WriteAsync("list.pem", Root, Other);
        await apache.SeenAsync(NeedsReload);

        // Apache replaces its workers all the time, by copies of the master, which has the old list.
        var workers = await WorkersAsync();
        await Tool.RunAsync("/", "sh", "-c", $"kill {string.Join(' ', workers)} || true");
        while (await WorkersAsync() is var now && (now.Length < 2 || now.Intersect(workers).Any()))
            await Task.Delay(20, Cancellation);
        Assert.Equal(NeedsReload, (await apache.SeenAsync(p => p.Runtime == "Apache")).State);
        await Tool.SignalAsync("USR1", apache.Id);

        await apache.SeenAsync(Trusts);

        async Task<string[]> WorkersAsync() =>
            (await File.ReadAllTextAsync($"/proc/{apache.Id}/task/{apache.Id}/children", Cancellation)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<StartedProgram> StartApacheAsync(X509Certificate2 listed)
    {
        const string Modules = "/usr/lib/apache2/modules";
        Tool.Require("apache2");
        Assert.SkipUnless(File.Exists($"{Modules}/mod_ssl.so"), "Only with the modules of Debian.");
        await WriteAsync("list.pem", listed);
        await using var port = new TcpServer((_, _) => Task.CompletedTask);
        await File.WriteAllTextAsync(
            Folder["apache.conf"],
            $"""
            ServerRoot {Folder.Path}
            PidFile apache.pid
            DefaultRuntimeDir {Folder.Path}
            Mutex file:{Folder.Path}
            ErrorLog /dev/null
            ServerName localhost
            Listen 127.0.0.2:{port.Port}
            LoadModule mpm_prefork_module {Modules}/mod_mpm_prefork.so
            LoadModule authz_core_module {Modules}/mod_authz_core.so
            LoadModule proxy_module {Modules}/mod_proxy.so
            LoadModule ssl_module {Modules}/mod_ssl.so
            StartServers 2
            MinSpareServers 2
            SSLProxyEngine on
            SSLProxyCACertificateFile list.pem

            """,
            Cancellation);
        return Start([], "apache2", "-DFOREGROUND", "-f", Folder["apache.conf"]);
    }

    private async Task<StartedProgram> StartNginxAsync(X509Certificate2 listed)
    {
        await WriteAsync("list.pem", listed);
        Directory.CreateDirectory(Folder["sites-enabled"]);
        await File.WriteAllTextAsync(
            Folder["sites-enabled/gateway.conf"],
            $$"""
            server {
                listen unix:{{Folder["nginx.sock"]}};
                # proxy_ssl_trusted_certificate /nowhere.pem;
                location / { proxy_pass https://127.0.0.1:1; proxy_ssl_verify on; proxy_ssl_trusted_certificate list.pem; }
            }
            """,
            Cancellation);
        await File.WriteAllTextAsync(
            Folder["nginx.conf"],
            $$"""
            daemon off;
            pid {{Folder["nginx.pid"]}};
            error_log stderr;
            events { }
            http {
                access_log off;
                client_body_temp_path {{Folder["body"]}};
                proxy_temp_path {{Folder["proxy"]}};
                fastcgi_temp_path {{Folder["fastcgi"]}};
                uwsgi_temp_path {{Folder["uwsgi"]}};
                scgi_temp_path {{Folder["scgi"]}};
                include sites-*/*.conf;
            }
            """,
            Cancellation);
        return Start([], "nginx", "-e", "stderr", "-p", Folder.Path, "-c", "nginx.conf");
    }

    private async Task<StartedProgram> StartHaProxyAsync(X509Certificate2 listed)
    {
        await WriteAsync("list.pem", listed);
        await File.WriteAllTextAsync(
            Folder["haproxy.cfg"],
            $"""
            global
                ca-base {Folder.Path}
            defaults
                mode http
                timeout connect 5s
                timeout client 5s
                timeout server 5s
            frontend gateway
                bind unix@{Folder["haproxy.sock"]}
                default_backend there
            backend there
                server one 127.0.0.1:1 ssl verify required ca-file list.pem

            """,
            Cancellation);
        return Start([], "haproxy", "-W", "-db", "-f", "haproxy.cfg");
    }
}
