using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Org.BouncyCastle.Asn1.Pkcs;

namespace CaPortal.Tests.TrustStores;

/// <summary>What somebody else puts in the place of a trust store's file must neither hold nor end the portal.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileStoreFileTests : IDisposable
{
    private const int HangGuard = 120_000;

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();

    public HostileStoreFileTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes, devices and links are made as on Linux.");

    public static TheoryData<string> Things => ["pipe", "device", "long", "loop"];

    public void Dispose()
    {
        _root.Dispose();
        _folder.Dispose();
    }

    [Theory(Timeout = HangGuard)]
    [MemberData(nameof(Things))]
    public async Task Bundle_SomethingElseInItsPlace_IsToldAndLeftAsItIs(string thing)
    {
        var store = TestTrustStores.Bundle(_folder.Path);
        await PutAsync(_folder["roots.pem"], thing, TestContext.Current.CancellationToken);

        await IsSaidAsync(store);
    }

    [Theory(Timeout = HangGuard)]
    [MemberData(nameof(Things))]
    public async Task JavaTruststore_SomethingElseInItsPlace_IsToldAndLeftAsItIs(string thing)
    {
        var store = TestTrustStores.JavaTruststore(_folder["truststore.p12"]);
        await PutAsync(_folder["truststore.p12"], thing, TestContext.Current.CancellationToken);

        await IsSaidAsync(store);
    }

    [Theory(Timeout = HangGuard)]
    [MemberData(nameof(Things))]
    public async Task X509_SomethingElseAmongItsFiles_IsDamage(string thing)
    {
        var store = new X509TrustStore(StoreLocation.CurrentUser, _folder.Path);
        Directory.CreateDirectory(_folder["root"]);
        await PutAsync(_folder["root/other.pfx"], thing, TestContext.Current.CancellationToken);

        Assert.Contains("other.pfx", Assert.Single((await store.ReadAsync()).Damaged), StringComparison.Ordinal);
    }

    [Theory(Timeout = HangGuard)]
    [InlineData("pipe")]
    [InlineData("device")]
    [InlineData("loop")]
    public async Task Anchors_SomethingElseAmongItsFiles_IsPassedOverAsTheToolDoes(string thing)
    {
        var debian = new DebianSandbox(_folder.Path);
        await debian.FillAsync();
        await PutAsync(Path.Combine(debian.Local, "other.crt"), thing, TestContext.Current.CancellationToken);

        await debian.Store.AddAsync(TestTrustStores.Trusted(_root));

        Assert.Contains(TestTrustStores.KeyOf(_root), (await debian.Store.ReadAsync()).Certificates);
    }

    [Fact(Timeout = HangGuard)]
    public async Task X509_FilesThatTakeForeverOrHoldSomethingElse_AreDamage()
    {
        Directory.CreateDirectory(_folder["root"]);
        var store = new X509TrustStore(StoreLocation.CurrentUser, _folder.Path);
        await File.WriteAllBytesAsync(_folder["root/forever.pfx"], WithEndlessMac(X509StoreFile.Encode(_root.RawData)), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_folder["root/number.pfx"], WithNumberForCertificate(), TestContext.Current.CancellationToken);

        Assert.Equal(2, (await store.ReadAsync()).Damaged.Count);
    }

    [Fact(Timeout = HangGuard)]
    public async Task JavaTruststore_ThatTakesForever_IsToldAndLeftAsItIs()
    {
        var store = TestTrustStores.JavaTruststore(_folder["truststore.p12"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));
        await File.WriteAllBytesAsync(
            _folder["truststore.p12"],
            WithEndlessMac(await File.ReadAllBytesAsync(_folder["truststore.p12"], TestContext.Current.CancellationToken)),
            TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<TrustStoreException>(store.ReadAsync);

        Assert.Contains("2,147,483,647 password iterations", refusal.Message, StringComparison.Ordinal);
    }

    private async Task IsSaidAsync(ITrustStore store)
    {
        await Assert.ThrowsAsync<TrustStoreException>(store.ReadAsync);
        await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(TestTrustStores.Trusted(_root)));
    }

    private static async Task PutAsync(string path, string thing, CancellationToken cancellationToken)
    {
        switch (thing)
        {
            case "pipe":
                await Tool.RunAsync("mkfifo", [path], cancellationToken);
                break;
            case "device":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "loop":
                File.CreateSymbolicLink(path, path);
                break;
            default:
                using (var file = File.Create(path))
                    file.SetLength(RegularFile.MaxBytes + 1);
                break;
        }
    }

    private static byte[] WithEndlessMac(byte[] file)
    {
        var pfx = Pfx.GetInstance(file);
        return new Pfx(pfx.AuthSafe, new MacData(pfx.MacData.Mac, pfx.MacData.GetSalt(), int.MaxValue)).GetDerEncoded();
    }

    private static byte[] WithNumberForCertificate()
    {
        var contents = new Pkcs12SafeContents();
        contents.AddSafeBag(new Pkcs12CertBag(new Oid("1.2.840.113549.1.9.22.1"), new byte[] { 2, 1, 5 }));
        var file = new Pkcs12Builder();
        file.AddSafeContentsUnencrypted(contents);
        file.SealWithMac("", HashAlgorithmName.SHA256, 1);
        return file.Encode();
    }
}
