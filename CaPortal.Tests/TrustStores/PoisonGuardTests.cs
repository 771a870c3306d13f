using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.TrustStores;

/// <summary>A malformed certificate that an administrator insists on does not keep any program from the good ones.</summary>
public sealed class PoisonGuardTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _server;
    private readonly TlsServer _tls;

    public PoisonGuardTests()
    {
        _server = TestCertificates.Server(_root);
        _tls = new TlsServer(_server);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Programs => ["openssl", "curl", "python3", "dotnet", "javac"];

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync();
        _server.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Save_EverythingMalformedOverridden_ProgramStillTrustsTheGoodOne(string program)
    {
        RequireProgram(program);
        await using var core = await StartCoreAsync();
        var inspection = await core.Changes.InspectAsync(
            [.. MalformedCertificates.ByDefect.Values.Append(_root.RawData).Select((der, i) => new UploadedFile($"{i}.cer", der, null))], Cancellation);
        var everything = Enum.GetValues<FindingCode>().ToHashSet();
        var wanted = inspection.Items.Where(i => i.Facts is not null).Select(i => new AddSelection(i, CaStore.Root, everything)).ToList();
        var possible = core.Changes.PlanAdd(inspection, wanted).Items.Where(i => i.Result == ItemResult.Added).Select(i => i.Item).ToHashSet();

        var outcome = await core.ApplyAsync(core.Changes.PlanAdd(inspection, [.. wanted.Where(s => possible.Contains(s.Item))]), reason: "They are needed");

        var applied = Assert.IsType<ChangeOutcome.Applied>(outcome);
        var malformed = possible.Count(i => i.Findings.Any(f => f.Code == FindingCode.BreaksReaders));
        Assert.True(malformed > 10);
        Assert.All(applied.TrustStores.Where(t => t.Name != X509TrustStore.Kind), t => Assert.Equal(malformed, t.LeftOut.Count));
        Assert.Equal(TlsClient.Trusted, await ConnectAsync(program, [.. core.Get<TrustStoreSelection>().Enabled]));
    }

    [Theory]
    [InlineData("openssl")]
    [InlineData("curl")]
    [InlineData("python3")]
    [InlineData("dotnet")]
    public async Task Reconcile_MalformedThatNobodyHasFound_ProgramStillTrustsTheGoodOne(string program)
    {
        RequireProgram(program);
        var bundle = TestTrustStores.Bundle(_folder["bundle"]);
        var reconciler = TestTrustStores.ReconcilerOf(bundle);
        var malformed = MalformedCertificates.ByDefect.Values
            .Select(der => new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, "Malformed", default, default));

        var outcome = Assert.Single(await reconciler.ReconcileAsync(
            TestTrustStores.Desired([TestTrustStores.Trusted(_root), .. malformed]), null, Cancellation));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.NotEmpty(outcome.LeftOut);
        Assert.Equal(TlsClient.Trusted, await ConnectAsync(program, [bundle]));
    }

    [Fact]
    public async Task Inspect_CertificateThatOpenSslRefuses_BreaksReaders()
    {
        Tool.Require("openssl");
        var line = _root.ExportCertificatePem().Split('\n')[^3];
        ShellScript.Write(_folder["openssl"], $"""openssl storeutl -certs "$3" | grep -vF '{line}'""");
        await using var core = await StartCoreAsync(services => services.AddSingleton(p => new OpenSslCertificates(
            _folder["openssl"], TimeSpan.FromMinutes(1), p.GetRequiredService<Microsoft.Extensions.Logging.ILogger<OpenSslCertificates>>())));
        using var other = TestCertificates.Root("Other Root");

        var findings = (await core.InspectAsync(TestFiles.Pem([_root, other]))).Items.Select(i => i.Findings).ToList();

        Assert.Contains("OpenSSL refuses it", Assert.Single(findings[0], f => f.Code == FindingCode.BreaksReaders).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(findings[1], f => f.Code == FindingCode.BreaksReaders);
    }

    private static void RequireProgram(string program)
    {
        if (program == "dotnet")
            Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux does .NET take its roots from a bundle.");
        else
            Tool.Require(program);
    }

    // An override is offered where some trust store takes the certificate: here one of this test's own.
    private Task<TestCore> StartCoreAsync(Action<IServiceCollection>? register = null) => TestCore.StartAsync(
        configure: o =>
        {
            o.TrustStores.Add(X509TrustStore.Kind);
            o.TrustStores.Add(JavaTruststoreTrustStore.Kind);
        },
        register: services =>
        {
            services.Remove(services.Single(s => s.ImplementationType == typeof(X509TrustStore)));
            services.AddSingleton<ITrustStore>(new X509TrustStore(StoreLocation.CurrentUser, _folder["x509stores"]));
            register?.Invoke(services);
        });

    private async Task<string> ConnectAsync(string program, ITrustStore[] stores)
    {
        var bundle = stores.Single(s => s.Name == PemBundleTrustStore.Kind).Location(CaStore.Root);
        switch (program)
        {
            case "javac":
                return await (await JavaClient.CompileAsync(_folder.Path)).ConnectAsync(stores.Single(s => s.Name == JavaTruststoreTrustStore.Kind), _tls.Port);
            case "dotnet":
                using (
                    var client = ChildProcess.StartWith(
                        nameof(TlsClient),
                        _folder["home"],
                        new() { ["SSL_CERT_FILE"] = bundle, ["SSL_CERT_DIR"] = "/nonexistent" },
                        $"{_tls.Port}"))
                {
                    await client.ReadLineAsync(Cancellation);
                    return await client.AskAsync("connect", Cancellation) ?? "ended";
                }

            default:
                var (exitCode, output, errors) = await Tool.TryRunAsync(
                    _folder.Path,
                    program,
                    program switch
                    {
                        "curl" => ["--silent", "--show-error", "--cacert", bundle, $"https://localhost:{_tls.Port}/"],
                        "python3" =>
                        [
                            "-c",
                            $"import ssl, urllib.request; print(urllib.request.urlopen('https://localhost:{_tls.Port}/', "
                                + $"context=ssl.create_default_context(cafile='{bundle}')).read())",
                        ],
                        _ =>
                        [
                            "s_client",
                            "-connect",
                            $"127.0.0.1:{_tls.Port}",
                            "-servername",
                            "localhost",
                            "-CAfile",
                            bundle,
                            "-no-CApath",
                            "-no-CAstore",
                            "-verify_return_error",
                        ],
                    });
                return exitCode == 0 ? TlsClient.Trusted : output + errors;
        }
    }
}
