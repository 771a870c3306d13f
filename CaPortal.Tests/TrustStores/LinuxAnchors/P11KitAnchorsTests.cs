using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>The families whose bundle is p11-kit's, with its real command.</summary>
[SupportedOSPlatform("linux")]
public sealed class P11KitAnchorsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly X509Certificate2 _distrusted = TestCertificates.Root("Distrusted");
    private readonly X509Certificate2[] _system = BenchmarkCertificates.Roots("System", 5);
    private readonly TrustedCertificate _trusted;

    public P11KitAnchorsTests() => _trusted = TestTrustStores.Trusted(_root);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _distrusted.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(P11KitSandbox.RedHat)]
    [InlineData(P11KitSandbox.Arch)]
    public async Task Apply_AddedAndRemoved_ProgramsFollow(string family)
    {
        Tool.Require("curl");
        Tool.Require("openssl");
        var machine = await StartAsync(family);
        using var certificate = TestCertificates.Server(_root);
        await using var server = new TlsServer(certificate);
        File.WriteAllBytes(_folder["server.pem"], TestFiles.Pem(certificate));
        var before = File.ReadAllBytes(machine.Bundle);
        Assert.Equal(Sha256Of(_system), machine.InBundle().ToHashSet());
        Assert.Equal((false, false, false), await FollowersAsync());

        await machine.Store.AddAsync(_trusted);
        Assert.Equal((true, true, true), await FollowersAsync());
        Assert.Equal(Sha256Of([.. _system, _root]), machine.InBundle().ToHashSet());
        Assert.Equal([_trusted.Key], (await machine.Store.ReadAsync()).Certificates);

        await machine.Store.RemoveAsync(_trusted);
        Assert.Equal((false, false, false), await FollowersAsync());
        Assert.Equal(before, File.ReadAllBytes(machine.Bundle));
        Assert.Empty((await machine.Store.ReadAsync()).Certificates);

        async Task<(bool Curl, bool OpenSsl, bool Java)> FollowersAsync()
        {
            var curl = await Tool.TryRunAsync(
                _folder.Path,
                "curl",
                "-sS",
                "--cacert",
                machine.Bundle,
                "--capath",
                "/nowhere",
                $"https://localhost:{server.Port}/");
            var openSsl = await Tool.TryRunAsync(
                _folder.Path,
                "openssl",
                "verify",
                "-no-CApath",
                "-no-CAstore",
                "-CAfile",
                machine.Bundle,
                _folder["server.pem"]);
            var keystore = new Org.BouncyCastle.Security.JksStore();
            using var file = File.OpenRead(machine.JavaKeystore);
            keystore.Load(file, "changeit".ToCharArray());
            return (curl.ExitCode == 0,
                openSsl.ExitCode == 0,
                keystore.Aliases.Any(a => keystore.GetCertificate(a).GetEncoded().AsSpan().SequenceEqual(_root.RawData)));
        }
    }

    [Theory]
    [InlineData("corp.pem", "PEM")]
    [InlineData("Corp CA, é", "DER")]
    [InlineData("corp.cer", "CRLF")]
    [InlineData(".corp", "PEM")]
    public async Task Apply_FileOfOthers_StaysAndIsFound(string name, string form)
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        var content = form switch
        {
            "DER" => _other.RawData,
            "CRLF" => Encoding.ASCII.GetBytes(_other.ExportCertificatePem().ReplaceLineEndings("\r\n")),
            _ => TestFiles.Pem(_other),
        };
        var path = machine.PutByHand(name, content);
        var key = TestTrustStores.KeyOf(_other);
        Assert.Empty((await machine.Store.ReadAsync()).Certificates);
        await machine.RunToolAsync();

        await machine.Store.AddAsync(_trusted);
        Assert.Equal(new HashSet<CaCertificateKey> { _trusted.Key, key }, (await machine.Store.ReadAsync()).Certificates);
        await machine.Store.RemoveAsync(_trusted);

        Assert.Equal(content, File.ReadAllBytes(path));
        var found = Assert.Single(await machine.Store.LoadAsync((await machine.Store.ReadAsync()).Certificates, TestContext.Current.CancellationToken));
        Assert.Equal((key, path, null), (found.Key, found.Place, found.Fixed));
    }

    [Fact]
    public async Task Apply_StoredByTheCommandItself_StaysAndIsFoundInTheBundle()
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        File.WriteAllBytes(_folder["other.pem"], TestFiles.Pem(_other));
        await machine.StoreAnchorAsync(_folder["other.pem"]);

        await machine.Store.AddAsync(_trusted);
        await machine.Store.RemoveAsync(_trusted);

        var key = TestTrustStores.KeyOf(_other);
        Assert.Equal([key], (await machine.Store.ReadAsync()).Certificates);
        var found = Assert.Single(await machine.Store.LoadAsync(new HashSet<CaCertificateKey> { key }, TestContext.Current.CancellationToken));
        Assert.Equal(machine.Bundle, found.Place);
        Assert.NotNull(found.Fixed);
    }

    [Theory]
    [InlineData("folder/corp.pem", "CERTIFICATE")]
    [InlineData("corp.pem", "X509 CERTIFICATE")]
    public async Task Apply_IsInAFileThatTheCommandPassesOver_IsAddedAllTheSame(string name, string label)
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        machine.PutByHand(name, Encoding.ASCII.GetBytes(PemEncoding.WriteString(label, _root.RawData) + "\n"));

        await machine.Store.AddAsync(_trusted);

        Assert.Contains(_trusted.Key.Sha256, machine.InBundle());
        Assert.Equal([_trusted.Key], (await machine.Store.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData("self-signed server")]
    [InlineData("blocked")]
    [InlineData("distrusted by the distribution")]
    public async Task Apply_CommandRefusesOne_RestIsDoneAndThatIsSaid(string kind)
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        using var third = TestCertificates.Root("Third");
        using var server = TestCertificates.SelfSignedServer();
        var refused = kind switch
        {
            "blocked" => third,
            "self-signed server" => server,
            _ => _distrusted,
        };
        File.WriteAllBytes(Path.Combine(machine.BlockList, "third.pem"), TestFiles.Pem(third));
        await machine.Store.AddAsync(TestTrustStores.Trusted(_other));

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => machine.Store.ApplyAsync(
            new TrustStoreChange([TestTrustStores.Trusted(refused), _trusted], [TestTrustStores.KeyOf(_other)]), TestContext.Current.CancellationToken));

        Assert.Contains(
            kind == "blocked" ? $"blocked by the system: '{Path.Combine(machine.BlockList, "third.pem")}'" : "were not in the bundle that programs read (1)",
            failure.Message,
            StringComparison.Ordinal);
        Assert.Equal(Sha256Of([.. _system, _root]), machine.InBundle().ToHashSet());
        Assert.Equal([_trusted.Key], (await machine.Store.ReadAsync()).Certificates);
        Assert.Equal([$"caportal-{_trusted.Key.Sha256[..32]}.crt"], Directory.GetFiles(machine.Anchors, "caportal-*").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths='/nowhere'", "empty or broken")]
    [InlineData("module: nowhere.so\ntrust-policy: yes\ncritical: yes", "its exit code was 1")]
    public async Task Apply_CommandIsBroken_FormerBundleStaysAndThatIsSaid(string module, string expected)
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        await machine.Store.AddAsync(TestTrustStores.Trusted(_other));
        var before = File.ReadAllBytes(machine.Bundle);
        machine.Configure(module);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => machine.Store.AddAsync(_trusted));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(machine.Bundle));
        Assert.Single(Directory.GetFiles(machine.Anchors, "caportal-*"));
    }

    [Fact]
    public async Task Apply_TwoPortalsAndTheCommandByHandAtOnce_AllArrive()
    {
        var machine = await StartAsync(P11KitSandbox.RedHat);
        var certificates = BenchmarkCertificates.Roots("Two portals", 10).Select(c => TestTrustStores.Trusted(c)).ToList();
        LinuxAnchorsTrustStore[] portals = [machine.Store, machine.NewStore()];

        await Parallel.ForEachAsync(certificates.Index(), TestContext.Current.CancellationToken, async (c, _) =>
        {
            await portals[c.Index % 2].AddAsync(c.Item);
            await machine.RunToolAsync();
        });

        Assert.Equal(certificates.Select(c => c.Key).ToHashSet(), (await machine.Store.ReadAsync()).Certificates);
        Assert.Equal([.. Sha256Of(_system), .. certificates.Select(c => c.Key.Sha256)], machine.InBundle().ToHashSet());
    }

    private static HashSet<string> Sha256Of(IEnumerable<X509Certificate2> certificates) => [.. certificates.Select(c => TestTrustStores.KeyOf(c).Sha256)];

    private async Task<P11KitSandbox> StartAsync(string family)
    {
        var machine = new P11KitSandbox(_folder.Path, family);
        await machine.FillAsync(_system, _distrusted);
        return machine;
    }
}
