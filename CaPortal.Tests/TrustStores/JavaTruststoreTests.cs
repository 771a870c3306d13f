using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Math;

namespace CaPortal.Tests.TrustStores;

public sealed class JavaTruststoreTests : IDisposable
{
    private const int HangGuard = 300_000;
    private const string Password = "changeit";

    // Java knows some of each family, and does not know others.
    private static readonly string[] Curves =
    [
        "secp256k1",
        "secp112r1",
        "prime239v1",
        "brainpoolP512r1",
        "brainpoolP512t1",
        "brainpoolP160r1",
        "brainpoolP224t1",
        "c2pnb163v1",
        "FRP256v1",
    ];

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly JavaTruststoreTrustStore _store;
    private readonly string _file;

    public JavaTruststoreTests()
    {
        _file = _folder["truststore.p12"];
        _store = TestTrustStores.JavaTruststore(_file);
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Apply_Roots_AreListedByKeytoolAsTrusted()
    {
        Tool.Require("keytool");
        using var intermediate = TestCertificates.Intermediate(_root);

        await _store.AddAsync(
            TestTrustStores.Trusted(_root),
            TestTrustStores.Trusted(_other),
            TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority));

        var listed = await KeytoolAsync("-list");
        foreach (var root in (X509Certificate2[])[_root, _other])
            Assert.Contains($"caportal-{TestTrustStores.KeyOf(root).Sha256}, ", listed, StringComparison.Ordinal);
        Assert.Equal(2, listed.Split("trustedCertEntry").Length - 1);
        Assert.Equal(new HashSet<CaCertificateKey> { TestTrustStores.KeyOf(_root), TestTrustStores.KeyOf(_other) }, (await _store.ReadAsync()).Certificates);
    }

    /// <summary>In one part they would take .NET a time that grows with the square of their number.</summary>
    [Fact]
    public async Task Apply_ManyRoots_AreWrittenInPartsThatKeytoolReads()
    {
        Tool.Require("keytool");
        var roots = BenchmarkCertificates.Roots("Many", 1_001);

        await _store.AddAsync([.. roots.Select(r => TestTrustStores.Trusted(r))]);

        Assert.Equal(3, Pkcs12Info.Decode(await File.ReadAllBytesAsync(_file, TestContext.Current.CancellationToken), out _).AuthenticatedSafe.Count);
        Assert.Equal(roots.Length, (await KeytoolAsync("-list")).Split("trustedCertEntry").Length - 1);
        Assert.Equal(roots.Select(r => TestTrustStores.KeyOf(r)).ToHashSet(), (await _store.ReadAsync()).Certificates);
        Array.ForEach(roots, r => r.Dispose());
    }

    [Fact]
    public async Task Apply_NothingAtAll_CreatesAFileThatEverybodyMayRead()
    {
        await _store.AddAsync();

        Assert.Empty((await _store.ReadAsync()).Certificates);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(_file));
    }

    [Fact]
    public async Task Apply_SameAgain_DoesNotRewriteTheFile()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root));
        var before = File.ReadAllBytes(_file);

        await _store.AddAsync(TestTrustStores.Trusted(_root));
        await _store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.Equal(before, File.ReadAllBytes(_file));
    }

    [Fact]
    public async Task Apply_EntriesOfOthers_StayWithTheirAlias()
    {
        Tool.Require("keytool");
        await File.WriteAllTextAsync(_folder["other.pem"], _other.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await KeytoolAsync("-importcert", "-noprompt", "-alias", "put-here-by-hand", "-file", "other.pem");

        await _store.AddAsync(TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other));
        await _store.RemoveAsync(TestTrustStores.Trusted(_root));

        var listed = await KeytoolAsync("-list");
        Assert.Contains("put-here-by-hand, ", listed, StringComparison.Ordinal);
        Assert.Equal(1, listed.Split("trustedCertEntry").Length - 1);
        Assert.Equal([TestTrustStores.KeyOf(_other)], (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_CertificateThatIsThereButNotTrusted_BecomesTrusted()
    {
        // What OpenSSL writes has no attribute of Oracle, so that Java passes it over.
        await File.WriteAllBytesAsync(
            _file,
            new X509Certificate2Collection(WithoutKey(_root)).Export(X509ContentType.Pkcs12, Password)!,
            TestContext.Current.CancellationToken);
        Assert.Empty((await _store.ReadAsync()).Certificates);

        await _store.AddAsync(TestTrustStores.Trusted(_root));

        Assert.Equal([TestTrustStores.KeyOf(_root)], (await _store.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData("another password", "password")]
    [InlineData("cut off", "cannot be read")]
    [InlineData("something else", "cannot be read")]
    public async Task Apply_FileThatCannotBeRead_IsToldAndLeftAsItIs(string damage, string message)
    {
        var content = JavaTruststore.Empty.With([TestTrustStores.Trusted(_other)], []).Format(damage == "another password" ? damage : Password);
        if (damage != "another password")
            content = damage == "cut off" ? content[..^100] : "<html>"u8.ToArray();
        await File.WriteAllBytesAsync(_file, content, TestContext.Current.CancellationToken);

        var reading = await Assert.ThrowsAsync<TrustStoreException>(() => _store.ReadAsync());
        var writing = await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(TestTrustStores.Trusted(_root)));

        Assert.All([reading, writing], e => Assert.Contains(message, e.Message, StringComparison.Ordinal));
        Assert.All([reading, writing], e => Assert.Contains("CaPortal:JavaTruststore:Password", e.Advice, StringComparison.Ordinal));
        Assert.All([reading, writing], e => Assert.DoesNotContain(Password, e.ToString(), StringComparison.Ordinal));
        Assert.Equal(content, File.ReadAllBytes(_file));
    }

    [Fact]
    public async Task Apply_EmptyFile_IsToldAndWritten()
    {
        await File.WriteAllBytesAsync(_file, [], TestContext.Current.CancellationToken);

        Assert.Single((await _store.ReadAsync()).Damaged);
        await _store.AddAsync(TestTrustStores.Trusted(_root));

        var healed = await _store.ReadAsync();
        Assert.Empty(healed.Damaged);
        Assert.Equal([TestTrustStores.KeyOf(_root)], healed.Certificates);
    }

    [Fact]
    public async Task Apply_FileWithAPrivateKey_IsLeftAsItIs()
    {
        var content = _root.Export(X509ContentType.Pkcs12, Password);
        await File.WriteAllBytesAsync(_file, content, TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(TestTrustStores.Trusted(_other)));
        await _store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.Contains("private key", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CaPortal:JavaTruststore:File", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(_file));
    }

    [Fact]
    public async Task Reconcile_KeyThatJavaCannotRead_IsLeftOutAndTheOthersAreInstalled()
    {
        using var explicitCurve = X509CertificateLoader.LoadCertificate(BouncyRoots.Create("EC explicit"));
        var reconciler = TestTrustStores.ReconcilerOf(_store);
        var (good, odd) = (TestTrustStores.Trusted(_root), TestTrustStores.Trusted(explicitCurve));

        var outcome = Assert.Single(await reconciler.ReconcileAsync(TestTrustStores.Desired([good, odd]), null, TestContext.Current.CancellationToken));

        Assert.Equal(TrustStoreResult.Installed, outcome.Result);
        Assert.Equal([odd.Key], outcome.LeftOut);
        Assert.Equal([good.Key], (await _store.ReadAsync()).Certificates);
    }

    /// <summary>Java opens no truststore with a certificate that it cannot decode: each such one must be known here.</summary>
    [Fact(Timeout = HangGuard)]
    public async Task Certificates_ThatKeepJavaFromOpeningATruststore_AreRefused()
    {
        Tool.Require("javac");
        const string Load = """
            import java.io.*; import java.security.*;
            public class Load {
                public static void main(String[] args) throws Exception {
                    for (int i = 0; new File(i + ".p12").exists(); i++) {
                        try (InputStream in = new FileInputStream(i + ".p12")) {
                            KeyStore store = KeyStore.getInstance("PKCS12");
                            store.load(in, "changeit".toCharArray());
                            System.out.println(store.size() == 1 ? "read" : "lost");
                        } catch (Exception e) { System.out.println("refused"); }
                    }
                }
            }
            """;
        var certificates = MalformedCertificates.ByDefect.Concat(MalformedCertificates.Harmless)
            .Concat(BouncyRoots.Algorithms.Keys.Select(a => KeyValuePair.Create(a, BouncyRoots.Create(a))))
            .Concat(Curves.Select(c => KeyValuePair.Create(c, BouncyRoots.Create(BouncyRoots.EcKeys(ECNamedCurveTable.GetOid(c)), "SHA256WITHECDSA"))))
            .Append(KeyValuePair.Create("RSA exponent of 1", RsaRoot(2048, BigInteger.One)))
            .Append(KeyValuePair.Create("RSA exponent of 66 bits", RsaRoot(4096, BigInteger.One.ShiftLeft(65).Add(BigInteger.One)))).ToList();
        foreach (var (i, (_, der)) in certificates.Index())
            await File.WriteAllBytesAsync(
                _folder[$"{i}.p12"],
                JavaTruststore.Empty.With([new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, "", default, default)], []).Format(Password),
                TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["Load.java"], Load, TestContext.Current.CancellationToken);

        var verdicts = (await Tool.RunAsync(_folder.Path, "java", "Load.java")).Split('\n');

        Assert.Equal(certificates.Count, verdicts.Count(v => v.Length > 0));
        Assert.Empty(certificates.Zip(verdicts).Where(c => c.Second.Trim() != "read" && !IsKeptOut(c.First.Value)).Select(c => $"{c.First.Key}: {c.Second}"));
        Assert.Empty(
            certificates
                .Zip(verdicts)
                .Where(c => c.Second.Trim() == "read" && IsKeptOut(c.First.Value) && !BreaksReaders(c.First.Value))
                .Select(c => $"{c.First.Key} is kept out without need"));

        static bool IsKeptOut(byte[] der) => BreaksReaders(der) || !JavaKeys.CanRead(der);
        static bool BreaksReaders(byte[] der) =>
            CertificateFactsReader.Read(der).Facts is null || Inspection.Check(der).Any(f => f.Code == FindingCode.BreaksReaders);
    }

    [Fact]
    public async Task AddedAndRemoved_JavaProgramTrustsInBetween()
    {
        Tool.Require("javac");
        using var server = TestCertificates.Server(_root);
        await using var tls = new TlsServer(server);
        var client = await JavaClient.CompileAsync(_folder.Path);

        await _store.AddAsync(TestTrustStores.Trusted(_other));
        Assert.Equal(TlsClient.Refused, await client.ConnectAsync(_store, tls.Port));
        await _store.AddAsync(TestTrustStores.Trusted(_root));
        Assert.Equal(TlsClient.Trusted, await client.ConnectAsync(_store, tls.Port));
        await _store.RemoveAsync(TestTrustStores.Trusted(_root));
        Assert.Equal(TlsClient.Refused, await client.ConnectAsync(_store, tls.Port));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("pässword")]
    public void Options_PasswordThatJavaDoesNotTake_IsNamed(string password)
    {
        using var services = new ServiceCollection().AddLogging().AddCaPortalCore()
            .Configure<CoreOptions>(o => o.JavaTruststore.Password = password).BuildServiceProvider();

        var failure = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<CoreOptions>>().Value);

        Assert.Contains("CaPortal:JavaTruststore:Password", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password, failure.Message, StringComparison.Ordinal);
    }

    private static byte[] RsaRoot(int bits, BigInteger exponent) =>
        BouncyRoots.WithPublicKey(new RsaPublicKeyStructure(BigInteger.One.ShiftLeft(bits - 1).Add(BigInteger.One), exponent));

    private Task<string> KeytoolAsync(string command, params string[] arguments) =>
        Tool.RunAsync(_folder.Path, "keytool", [command, .. arguments, "-keystore", "truststore.p12", "-storetype", "PKCS12", "-storepass", Password]);

    private static X509Certificate2 WithoutKey(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);
}
