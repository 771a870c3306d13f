using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

public sealed class PemBundleTrustStoreTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly PemBundleTrustStore _store;
    private readonly string _roots;

    public PemBundleTrustStoreTests()
    {
        _store = TestTrustStores.Bundle(_folder.Path);
        _roots = _store.Location(CaStore.Root);
    }

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Apply_NothingAtAll_CreatesFilesThatProgramsCanBeConfiguredWith()
    {
        await _store.AddAsync();

        foreach (var path in Enum.GetValues<CaStore>().Select(_store.Location))
        {
            Assert.All(File.ReadAllLines(path), line => Assert.StartsWith("#", line, StringComparison.Ordinal));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(path));
        }

        Assert.Empty((await _store.ReadAsync()).Damaged);
    }

    [Fact]
    public async Task Apply_BothStores_EachHasItsFile()
    {
        using var intermediate = TestCertificates.Intermediate(_root);

        await _store.AddAsync(TestTrustStores.Trusted(_root), TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority));

        Assert.Equal([_root.Thumbprint], ThumbprintsIn(_roots));
        Assert.Equal([intermediate.Thumbprint], ThumbprintsIn(_store.Location(CaStore.CertificateAuthority)));
    }

    [Fact]
    public async Task Apply_Added_CommentNamesSubjectValidityAndHash()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root));

        var text = await File.ReadAllTextAsync(_roots, TestContext.Current.CancellationToken);
        Assert.Contains($"\n# Subject: {_root.Subject}\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"\n# Valid: {_root.NotBefore.ToUniversalTime():yyyy-MM-dd} to {_root.NotAfter.ToUniversalTime():yyyy-MM-dd}\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains($"\n# SHA-256: {TestTrustStores.KeyOf(_root).Sha256}\n-----BEGIN CERTIFICATE-----\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CN=line\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("CN=return\r# Subject: another")]
    [InlineData("CN=line separator\u2028# == End of the roots of the operating system ==")]
    [InlineData("CN=next line\u0085bidi\u202Eterces")]
    [InlineData("CN=dashes ----------------------")]
    public async Task Apply_HostileSubject_StaysOneCommentLine(string subject)
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root) with { Subject = subject });

        var text = await File.ReadAllTextAsync(_roots, TestContext.Current.CancellationToken);
        Assert.Single(text.Split('\n'), line => line.StartsWith("# Subject: ", StringComparison.Ordinal));
        Assert.Equal(4, text.Split("-----").Length - 1);
        Assert.DoesNotContain(text, c => c is '\r' or '\u0085' or '\u2028' or '\u202E');
        Assert.Equal([_root.Thumbprint], ThumbprintsIn(_roots));
    }

    [Fact]
    public async Task Apply_DamagedAgainAndAgain_KeepsTheNewestCopiesAlone()
    {
        for (var i = 0; i < PemBundleTrustStore.MaxDamaged + 3; i++)
        {
            await File.WriteAllTextAsync(_roots, $"garbage {i}", TestContext.Current.CancellationToken);
            await _store.AddAsync(TestTrustStores.Trusted(_root));
        }

        var copies = Directory.GetFiles(_folder.Path, "*.damaged-*").Select(File.ReadAllText).ToList();
        Assert.Equal(PemBundleTrustStore.MaxDamaged, copies.Count);
        Assert.Contains($"garbage {PemBundleTrustStore.MaxDamaged + 2}", copies);
        Assert.DoesNotContain("garbage 0", copies);
    }

    [Fact]
    public async Task Apply_OrderOfAdding_MakesNoDifference()
    {
        using var second = new TemporaryDirectory();
        var other = TestTrustStores.Bundle(second.Path);

        await _store.AddAsync(TestTrustStores.Trusted(_root));
        await _store.AddAsync(TestTrustStores.Trusted(_other));
        await other.AddAsync(TestTrustStores.Trusted(_other), TestTrustStores.Trusted(_root));

        Assert.Equal(File.ReadAllBytes(other.Location(CaStore.Root)), File.ReadAllBytes(_roots));
    }

    [Fact]
    public async Task Apply_SameAgain_DoesNotRewriteTheFile()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root));
        File.SetLastWriteTimeUtc(_roots, DateTime.UnixEpoch);

        await _store.AddAsync(TestTrustStores.Trusted(_root));

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_roots));
    }

    [Fact]
    public async Task Apply_CertificatesOfOthers_StayWithTheirComment()
    {
        await File.WriteAllTextAsync(
            _roots,
            $"\uFEFF# Heading\r\n\r\n# Put here by hand\r\n{_other.ExportCertificatePem()}",
            TestContext.Current.CancellationToken);

        await _store.AddAsync(TestTrustStores.Trusted(_root));
        await _store.RemoveAsync(TestTrustStores.Trusted(_root));

        Assert.Equal([_other.Thumbprint], ThumbprintsIn(_roots));
        Assert.Contains("# Put here by hand\n-----BEGIN", await File.ReadAllTextAsync(_roots, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains(TestTrustStores.KeyOf(_other), (await _store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_BlocksOfOtherKinds_Stay()
    {
        const string Parameters = "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----";
        await File.WriteAllTextAsync(_roots, Parameters, TestContext.Current.CancellationToken);

        await _store.AddAsync(TestTrustStores.Trusted(_root));
        await _store.AddAsync(TestTrustStores.Trusted(_other));

        Assert.Contains(Parameters, await File.ReadAllTextAsync(_roots, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("broken off")]
    [InlineData("not base64")]
    [InlineData("not a certificate")]
    [InlineData("trailing bytes")]
    [InlineData("something else")]
    public async Task Apply_DamagedFile_IsKeptAsideAndRepaired(string damage)
    {
        var pem = _root.ExportCertificatePem();
        var damaged = Encoding.UTF8.GetBytes(damage switch
        {
            "broken off" => $"{_other.ExportCertificatePem()}\n{pem[..^40]}",
            "not base64" => "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n" + _other.ExportCertificatePem(),
            "not a certificate" => PemEncoding.WriteString("CERTIFICATE", "text"u8) + "\n" + _other.ExportCertificatePem(),
            "trailing bytes" => PemEncoding.WriteString("CERTIFICATE", [.. _root.RawData, 0]) + "\n" + _other.ExportCertificatePem(),
            _ => "<html>",
        });
        await File.WriteAllBytesAsync(_roots, damaged, TestContext.Current.CancellationToken);

        var found = await _store.ReadAsync();
        await _store.AddAsync(TestTrustStores.Trusted(_root));

        Assert.Contains(_roots, Assert.Single(found.Damaged), StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllBytes($"{_roots}.damaged-{Thumbprints.Sha256(damaged)[..8]}"));
        Assert.Equal(
            new HashSet<string>(damage == "something else" ? [_root.Thumbprint] : [_root.Thumbprint, _other.Thumbprint]), ThumbprintsIn(_roots).ToHashSet());
        Assert.Empty((await _store.ReadAsync()).Damaged);
    }

    [Fact]
    public async Task Apply_CertificateThatCannotBeLoaded_LeavesBothFilesAsTheyWere()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root));
        var before = File.ReadAllBytes(_roots);
        using var intermediate = TestCertificates.Intermediate(_root);
        var der = intermediate.RawData.AsMemory(..^10);
        var broken = TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority) with
        {
            Der = der,
            Key = new CaCertificateKey(CaStore.CertificateAuthority, Thumbprints.Sha256(der.Span)),
        };

        await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(TestTrustStores.Trusted(_other), broken));

        Assert.Equal(before, File.ReadAllBytes(_roots));
    }

    [Fact]
    public async Task Apply_SecondFileCannotBeReplaced_RestoresTheFirst()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_root));
        var before = File.ReadAllBytes(_roots);
        var intermediates = _store.Location(CaStore.CertificateAuthority);
        File.Delete(intermediates);
        Directory.CreateDirectory(intermediates);
        using var intermediate = TestCertificates.Intermediate(_root);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() =>
            _store.AddAsync(TestTrustStores.Trusted(_other), TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority)));

        Assert.NotEmpty(failure.Advice);
        Assert.Equal(before, File.ReadAllBytes(_roots));
    }

    [Fact]
    public async Task Apply_FolderRemoved_CreatesItAgain()
    {
        var store = TestTrustStores.Bundle(_folder["a/b"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));
        Directory.Delete(_folder["a"], recursive: true);

        await store.AddAsync(TestTrustStores.Trusted(_root));

        Assert.Equal([_root.Thumbprint], ThumbprintsIn(store.Location(CaStore.Root)));
    }

    [Fact]
    public async Task Apply_SystemRootsIncluded_AreThereAndNotCountedAndGoWithTheSetting()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var system = await new OperatingSystemRoots(TimeProvider.System).GetAsync(cancellationToken);
        Assert.SkipWhen(system.Count == 0, "This machine has no root certificates of its own.");
        var joined = TestTrustStores.Bundle(_folder.Path, includeSystemRoots: true);

        await joined.AddAsync(TestTrustStores.Trusted(_root));
        await joined.AddAsync(TestTrustStores.Trusted(_other));
        Assert.Equal(system.Count + 2, ThumbprintsIn(_roots).Count());
        Assert.Equal(2, (await joined.ReadAsync()).Certificates.Count);

        await _store.AddAsync();
        Assert.Equal(2, ThumbprintsIn(_roots).Count());
    }

    [Fact]
    public async Task Apply_SystemRootUnderManagement_IsInTheFileOnce()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var system = await new OperatingSystemRoots(TimeProvider.System).GetAsync(cancellationToken);
        Assert.SkipWhen(system.Count == 0, "This machine has no root certificates of its own.");
        using var known = X509CertificateLoader.LoadCertificate(system[0].Der.Span);
        var joined = TestTrustStores.Bundle(_folder.Path, includeSystemRoots: true);

        await joined.AddAsync(TestTrustStores.Trusted(known));
        Assert.Equal(system.Count, ThumbprintsIn(_roots).Count());

        await joined.RemoveAsync(TestTrustStores.Trusted(known));
        Assert.Equal(system.Count, ThumbprintsIn(_roots).Count());
        Assert.Empty((await joined.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\n")]
    [InlineData("-----BEGIN ")]
    [InlineData("-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN A-----\n-----END ")]
    public void Parse_ManyUnfinishedBlocks_TakesLinearTime(string part)
    {
        var file = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(part, 200_000)));

        Assert.Empty(PemBundleFile.Parse(file).Certificates);
    }

    [Fact]
    public void GetState_FolderCannotBeCreated_SaysWhy()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows tells only on writing.");

        var state = TestTrustStores.Bundle(_folder["file/trust"]).GetState();

        Assert.False(state.IsEnabled);
        Assert.Contains("is a file", state.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task ReadOnlyFolder_StateAndWriting_SayWhatToDo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.UserName == "root", "Root and Windows write to folders that are read-only.");
        File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Assert.Contains("may not write", _store.GetState().Reason, StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<TrustStoreException>(() => _store.AddAsync(TestTrustStores.Trusted(_root)));
            Assert.Contains("may not write", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_folder.Path, AtomicFile.PublicFolder);
        }
    }

    [Fact]
    public async Task GetState_FolderMissingOnAReadOnlyDisk_SaysWhichIsToBeCreated()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can mount a read-only disk.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        var (exitCode, output) = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", "ro", "none", disk], cancellationToken);
        Assert.SkipUnless(exitCode == 0, $"A disk cannot be mounted here: {output}");
        try
        {
            var state = TestTrustStores.Bundle(Path.Combine(disk, "caportal", "trust")).GetState();

            Assert.Equal(
                $"The folder '{disk}/caportal/trust' does not exist, and the account that the portal runs as may not create it in '{disk}'.",
                state.Reason);
            Assert.Equal("Create it, and give it to that account.", state.Advice);
        }
        finally
        {
            await Tool.RunAsync("umount", [disk], CancellationToken.None);
        }
    }

    [Fact]
    public async Task FollowUp_OperatingSystemsListChanged_RenewsItsRootsOnce()
    {
        var list = Path.Combine(_folder.Path, "system.crt");
        await TestFiles.AppendAsync(list, _root, _other);
        var store = new PemBundleTrustStore(
            Options.Create(
                new CoreOptions
                {
                    PemBundle = new() { Directory = _folder.Path, IncludeSystemRoots = true },
                }),
            new OperatingSystemRoots(TimeProvider.System, list));
        await store.AddAsync();
        Assert.Equal(2, ThumbprintsIn(_roots).Count());
        await File.WriteAllBytesAsync(list, TestFiles.Pem(_other), TestContext.Current.CancellationToken);

        Assert.NotNull(await store.FollowUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal([_other.Thumbprint], ThumbprintsIn(_roots));
        Assert.Null(store.FollowUpTitle);
        Assert.Null(await store.FollowUpAsync(TestContext.Current.CancellationToken));
    }

    private static IEnumerable<string> ThumbprintsIn(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Select(c => c.Thumbprint);
    }
}
