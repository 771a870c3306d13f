using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

public sealed class X509StoreFolderTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly X509StoreFolder _folder;

    public X509StoreFolderTests() => _folder = new X509StoreFolder(_temporary.Path);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Change_NewCertificate_IsTheFileThatDotNetWrites()
    {
        Change(add: [_root]);

        using var loaded = X509CertificateLoader.LoadPkcs12FromFile(_temporary[$"{_root.Thumbprint}.pfx"], "");
        Assert.Equal(_root.RawData, loaded.RawData);
        Assert.False(loaded.HasPrivateKey);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(_temporary[$"{_root.Thumbprint}.pfx"]));
    }

    [Fact]
    public async Task Change_CertificateWithPrivateKey_NeverWritesTheKey()
    {
        Tool.Require("openssl");
        Assert.True(_root.HasPrivateKey);

        Change(add: [_root]);

        var file = Assert.Single(Directory.GetFiles(_temporary.Path));
        var (exitCode, output) = await Tool.RunAsync(
            "openssl", ["pkcs12", "-in", file, "-passin", "pass:", "-nodes"], TestContext.Current.CancellationToken);
        Assert.Equal(0, exitCode);
        Assert.Contains("BEGIN CERTIFICATE", output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Change_SameAgain_WritesNothing()
    {
        Change(add: [_root]);

        Assert.False(Change(add: [_root]));
    }

    [Fact]
    public void Change_TornFileOfTheCertificate_IsReplaced()
    {
        File.WriteAllBytes(_temporary[$"{_root.Thumbprint}.pfx"], [0x30, 0x82]);
        File.WriteAllBytes(_temporary[$"{_root.Thumbprint}.1.pfx"], []);
        Assert.Equal(2, Damages().Count());

        Change(add: [_root]);

        Assert.Empty(Damages());
        Assert.Equal([$"{_root.Thumbprint}.pfx"], Files());
    }

    [Fact]
    public void Change_EmptyFilesUnderEveryNameOfTheCertificate_DoNotKeepItOut()
    {
        foreach (var name in Enumerable.Range(0, 10).Select(i => i == 0 ? $"{_root.Thumbprint}.pfx" : $"{_root.Thumbprint}.{i}.pfx"))
            File.WriteAllBytes(_temporary[name], []);

        Change(add: [_root]);

        Assert.Equal([$"{_root.Thumbprint}.pfx"], Files());
    }

    [Fact]
    public void Change_NameTakenByAnotherCertificate_UsesTheNextName()
    {
        File.WriteAllBytes(_temporary[$"{_root.Thumbprint}.pfx"], X509StoreFile.Encode(_other.RawData));

        Change(add: [_root]);

        Assert.Equal([$"{_root.Thumbprint}.1.pfx", $"{_root.Thumbprint}.pfx"], Files());
        Assert.Equal(
            [TestTrustStores.KeyOf(_other).Sha256, TestTrustStores.KeyOf(_root).Sha256],
            [Sha256Of($"{_root.Thumbprint}.pfx"), Sha256Of($"{_root.Thumbprint}.1.pfx")]);
    }

    [Fact]
    public void Change_SecondCopies_AreRemovedButNotAPrivateKey()
    {
        var (copy, withKey) = (_temporary[$"{_root.Thumbprint}.1.pfx"], _temporary[$"{_root.Thumbprint}.2.pfx"]);
        Change(add: [_root]);
        File.Copy(_temporary[$"{_root.Thumbprint}.pfx"], copy);
        File.WriteAllBytes(withKey, _root.Export(X509ContentType.Pkcs12, ""));

        Change();

        Assert.False(File.Exists(copy));
        Assert.True(File.Exists(withKey));
    }

    [Fact]
    public void Change_FilesOfOthers_Stay()
    {
        string[] others = ["notes.txt", "broken.pfx", $"{_other.Thumbprint}.pfx"];
        File.WriteAllText(_temporary[others[0]], "");
        File.WriteAllText(_temporary[others[1]], "not a certificate");
        File.WriteAllBytes(_temporary[others[2]], X509StoreFile.Encode(_other.RawData));

        Change(add: [_root]);
        Change(remove: [_root]);

        Assert.Equal(others.Order(StringComparer.Ordinal), Files());
        Assert.Contains("broken.pfx", Assert.Single(Damages()), StringComparison.Ordinal);
    }

    [Fact]
    public void Change_Removed_DeletesEveryCopy()
    {
        Change(add: [_root, _other]);
        File.WriteAllBytes(_temporary["by-hand.pfx"], X509StoreFile.Encode(_root.RawData));

        Change(remove: [_root]);

        Assert.Equal([$"{_other.Thumbprint}.pfx"], Files());
    }

    [Fact]
    public void Touch_Folder_IsNewerThanAnyFileInIt()
    {
        Change(add: [_root]);
        Directory.SetLastWriteTimeUtc(_temporary.Path, DateTime.UnixEpoch);

        _folder.Touch();

        Assert.True(Directory.GetLastWriteTimeUtc(_temporary.Path) >= File.GetLastWriteTimeUtc(_temporary[$"{_root.Thumbprint}.pfx"]));
    }

    [Theory]
    [MemberData(nameof(ReadableForms))]
    public void Read_EveryFormThatDotNetReads_IsSeen(string form)
    {
        File.WriteAllBytes(_temporary["any.pfx"], Encode(form));

        Assert.Equal(TestTrustStores.KeyOf(_root).Sha256, Sha256Of("any.pfx"));
    }

    public static TheoryData<string> ReadableForms => ["bare", "without-mac", "with-key", "legacy-encryption"];

    [Fact]
    public void Read_UnchangedFile_IsNotReadAgainUntilThatIsAskedFor()
    {
        var path = _temporary["a.pfx"];
        File.WriteAllBytes(path, X509StoreFile.Encode(_root.RawData));
        SwappedFileTests.Settle(path);
        var first = _folder.Read()[0];

        Assert.Same(first, _folder.Read()[0]);
        _folder.Forget();
        Assert.NotSame(first, _folder.Read()[0]);
    }

    [Fact]
    public void Read_FileChangedWithinTheClocksTick_IsSeen()
    {
        var path = _temporary["a.pfx"];
        var (first, second) = (X509StoreFile.Encode(_root.RawData), X509StoreFile.Encode(_other.RawData));
        File.WriteAllBytes(path, first);
        var written = File.GetLastWriteTimeUtc(path);
        _folder.Read();

        File.WriteAllBytes(path, second);
        File.SetLastWriteTimeUtc(path, written);

        Assert.Equal(TestTrustStores.KeyOf(_other).Sha256, _folder.Read()[0].Sha256);
    }

    private byte[] Encode(string form)
    {
        using var bare = X509CertificateLoader.LoadCertificate(_root.RawData);
        var contents = new Pkcs12SafeContents();
        contents.AddCertificate(bare);
        var file = new Pkcs12Builder();
        switch (form)
        {
            case "bare":
                file.AddSafeContentsUnencrypted(contents);
                file.SealWithMac("", HashAlgorithmName.SHA1, 1);
                return file.Encode();
            case "without-mac":
                file.AddSafeContentsUnencrypted(contents);
                file.SealWithoutIntegrity();
                return file.Encode();
            case "legacy-encryption":
                return bare.Export(X509ContentType.Pkcs12, "");
            default:
                return _root.Export(X509ContentType.Pkcs12, "");
        }
    }

    private bool Change(IEnumerable<X509Certificate2>? add = null, IEnumerable<X509Certificate2>? remove = null)
    {
        var changes = new FileChanges();
        _folder.Change(
            (add ?? []).Select(c => TestTrustStores.Trusted(c)), (remove ?? []).Select(c => TestTrustStores.KeyOf(c).Sha256).ToHashSet(), changes);
        return changes.Commit();
    }

    private IEnumerable<string> Damages() => _folder.Read().Select(_folder.DamageOf).OfType<string>();

    private string? Sha256Of(string name) => Assert.Single(_folder.Read(), f => f.Name == name).Sha256;

    private IEnumerable<string?> Files() => Directory.GetFiles(_temporary.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
