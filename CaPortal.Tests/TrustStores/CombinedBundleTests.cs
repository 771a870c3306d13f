using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

/// <summary>The file <c>roots+system.pem</c>, for programs whose setting takes a file in place of the operating system's list.</summary>
public sealed class CombinedBundleTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _own = TestCertificates.Root("Own");
    private readonly X509Certificate2 _public = TestCertificates.Root("Public");
    private readonly X509Certificate2 _later = TestCertificates.Root("Public later");
    private PemBundleTrustStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string SystemList => _folder["system.crt"];

    private string Roots => _folder["trust/roots.pem"];

    private string Combined => _folder["trust/roots+system.pem"];

    public async ValueTask InitializeAsync()
    {
        await TestFiles.AppendAsync(SystemList, _public);
        _store = NewStore();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        _own.Dispose();
        _public.Dispose();
        _later.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_AlwaysWritesItBesideWithTheSystemsRoots()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));

        AssertHolds(Roots, _own);
        AssertHolds(Combined, _own, _public);
        Assert.Equal([TestTrustStores.KeyOf(_own)], (await _store.ReadAsync()).Certificates);

        await _store.RemoveAsync(TestTrustStores.Trusted(_own));
        AssertHolds(Combined, _public);
    }

    [Fact]
    public async Task Remove_OfARootThatTheSystemStillHas_KeepsItUntilItIsGoneThere()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own), TestTrustStores.Trusted(_public));

        await _store.RemoveAsync(TestTrustStores.Trusted(_public));

        AssertHolds(Roots, _own);
        AssertHolds(Combined, _own, _public);
        await File.WriteAllTextAsync(SystemList, "", Cancellation);
        Assert.NotNull(await _store.FollowUpAsync(Cancellation));
        AssertHolds(Combined, _own);
    }

    [Fact]
    public async Task Remove_OnADiskThatHasNoRoomForIt_TakesItOutOfTheOthersAndSaysSo()
    {
        await using var disk = await SmallDisk.MountAsync("size=640k");
        var store = NewStore(Path.Combine(disk.Path, "trust"), new OperatingSystemRoots(TimeProvider.System));
        await store.AddAsync(TestTrustStores.Trusted(_own));
        SmallDisk.Fill(Path.Combine(disk.Path, "filler"));
        await using (var full = File.OpenWrite(Path.Combine(disk.Path, "filler")))
            full.SetLength(full.Length - 4 * Environment.SystemPageSize);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.RemoveAsync(TestTrustStores.Trusted(_own)));

        Assert.Contains("no space left", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("roots+system.pem'. It holds what it held before; the other files are changed.", failure.Message, StringComparison.Ordinal);
        Assert.Equal([failure.Message], (await store.ReadAsync()).Damaged);
        Assert.Empty((await store.ReadAsync()).Certificates);
        Assert.NotNull(store.FollowUpTitle);
        await Assert.ThrowsAsync<TrustStoreException>(() => store.FollowUpAsync(Cancellation));
        File.Delete(Path.Combine(disk.Path, "filler"));
        Assert.NotNull(await store.FollowUpAsync(Cancellation));
        Assert.DoesNotContain(_own.ExportCertificatePem(), await File.ReadAllTextAsync(Path.Combine(disk.Path, "trust/roots+system.pem"), Cancellation));
    }

    [Fact]
    public async Task Heal_OnceThereIsRoomAgain_DoesNotWaitForThePause()
    {
        await using var disk = await SmallDisk.MountAsync("size=640k");
        var filler = Path.Combine(disk.Path, "filler");
        var store = NewStore(Path.Combine(disk.Path, "trust"), new OperatingSystemRoots(TimeProvider.System));
        var reconciler = TestTrustStores.ReconcilerOf(FakeTime.FromNow(), store);
        await store.AddAsync(TestTrustStores.Trusted(_own));
        SmallDisk.Fill(filler);
        await using (var full = File.OpenWrite(filler))
            full.SetLength(full.Length - 4 * Environment.SystemPageSize);
        var desired = TestTrustStores.Desired([]) with { Withdrawn = new HashSet<CaCertificateKey> { TestTrustStores.KeyOf(_own) } };

        Assert.Equal(TrustStoreResult.Failed, Assert.Single(await reconciler.HealAsync(desired, [], Cancellation)).Result);
        Assert.Equal(TrustStoreResult.Failed, Assert.Single(await reconciler.HealAsync(desired, [], Cancellation)).Result);
        File.Delete(filler);
        await store.FollowUpAsync(Cancellation);

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(await reconciler.HealAsync(desired, [], Cancellation)).Result);
    }

    [Fact]
    public async Task Programs_WithItsLine_TrustThePrivateAndThePublicServer()
    {
        Tool.Require("curl");
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        foreach (var root in new[] { _own, _public })
        {
            using var certificate = TestCertificates.Server(root);
            await using var server = new TlsServer(certificate);
            var (accepted, output) = await Tool.RunAsync("curl", ["-sS", "--cacert", Combined, $"https://localhost:{server.Port}/"], Cancellation);
            Assert.True(accepted == 0, output);
        }
    }

    [Fact]
    public async Task FollowUp_SystemsListChanged_RenewsIt()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        Assert.Null(_store.FollowUpTitle);
        await TestFiles.AppendAsync(SystemList, _later);

        Assert.NotNull(_store.FollowUpTitle);
        Assert.NotNull(await _store.FollowUpAsync(Cancellation));
        AssertHolds(Combined, _own, _public, _later);
        Assert.Null(_store.FollowUpTitle);
    }

    [Fact]
    public async Task FollowUp_OthersAddedToTheRoots_TakesTheirsToo()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        await TestFiles.AppendAsync(Roots, _later);

        Assert.Empty((await _store.ReadAsync()).Damaged);
        Assert.NotNull(await _store.FollowUpAsync(Cancellation));
        AssertHolds(Combined, _own, _later, _public);
        Assert.Null(_store.FollowUpTitle);

        // What is taken out there is drift.
        await File.WriteAllTextAsync(Roots, "", Cancellation);
        Assert.Empty((await _store.ReadAsync()).Damaged);
        Assert.Null(_store.FollowUpTitle);
    }

    [Fact]
    public async Task FollowUp_OfAVersionThatHadNone_WritesItWithoutCallingThatDamage()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        File.Delete(Combined);
        var updated = NewStore();
        Assert.Empty((await updated.ReadAsync()).Damaged);

        Assert.NotNull(await updated.FollowUpAsync(Cancellation));
        AssertHolds(Combined, _own, _public);
    }

    [Fact]
    public async Task FollowUp_AtAStartWithADriftedFile_LeavesThatAsItIs()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        await File.WriteAllTextAsync(Roots, $"# Of somebody else\n{_own.ExportCertificatePem()}\n", Cancellation);
        var before = await File.ReadAllTextAsync(Roots, Cancellation);
        File.Delete(Combined);
        var updated = NewStore();

        Assert.NotNull(await updated.FollowUpAsync(Cancellation));

        Assert.Equal(before, await File.ReadAllTextAsync(Roots, Cancellation));
        AssertHolds(Combined, _own, _public);
    }

    [Fact]
    public async Task Apply_WhereTheSystemsListCannotBeRead_ChangesTheRootsAndSaysSoBehind()
    {
        var store = NewStore(_folder["trust"], new OperatingSystemRoots(
            TimeProvider.System, _folder["absent.crt"], () => throw new System.Security.Cryptography.CryptographicException("No.")));

        await store.AddAsync(TestTrustStores.Trusted(_own));
        AssertHolds(Roots, _own);
        Assert.NotNull(store.FollowUpTitle);
        Assert.Null(store.FileForPrograms.Combined);
        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.FollowUpAsync(Cancellation));
        Assert.Contains("roots+system.pem' is not renewed", failure.Message, StringComparison.Ordinal);
        File.Delete(Roots);
        Assert.Null(await store.FollowUpAsync(Cancellation));
    }

    [Fact]
    public async Task FileForPrograms_WithoutRootsOfTheSystem_DoesNotOfferIt()
    {
        Assert.Null(NewStore(_folder["trust"], new OperatingSystemRoots(TimeProvider.System, null, () => [])).FileForPrograms.Combined);
        Assert.Equal(Combined, _store.FileForPrograms.Combined);
        await File.WriteAllTextAsync(SystemList, "", Cancellation);
        await _store.AddAsync(TestTrustStores.Trusted(_own));

        Assert.Null(_store.FileForPrograms.Combined);
    }

    [Fact]
    public async Task Read_WhileItIsWritten_NeverSaysThatSomebodyElseChangedIt()
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
            {
                await _store.AddAsync(TestTrustStores.Trusted(_later));
                await _store.RemoveAsync(TestTrustStores.Trusted(_later));
            }
        }, Cancellation);

        while (!writing.IsCompleted)
            Assert.Empty((await _store.ReadAsync()).Damaged);
        await writing;
    }

    [Fact]
    public async Task OpenSsl_AskedAboutIt_SeesWhatTheSystemsSectionStillHas()
    {
        Tool.Require("openssl");
        var program = new CaPortal.Core.TrustStores.Programs.OpenSslProgram();
        await _store.AddAsync(TestTrustStores.Trusted(_own), TestTrustStores.Trusted(_public));
        await _store.RemoveAsync(TestTrustStores.Trusted(_own), TestTrustStores.Trusted(_public));
        var asked = new[] { TestTrustStores.Trusted(_own), TestTrustStores.Trusted(_public) };

        var answers = await program.AskAboutCombinedAsync(_store, asked, Cancellation);

        Assert.Equal([false, true], asked.Select(c => answers[c.Key]));
    }

    [Fact]
    public void FollowUp_WhereNothingWasAddedYet_MakesNoFiles()
    {
        Assert.Null(_store.FollowUpTitle);
        Assert.False(Directory.Exists(_folder["trust"]));
    }

    [Theory]
    [InlineData("gone", "is missing")]
    [InlineData("cut", "certificate blocks that cannot be read")]
    [InlineData("without", "does not hold what CaPortal wrote")]
    [InlineData("with another", "does not hold what CaPortal wrote")]
    [InlineData("with another root of the system", "does not hold what CaPortal wrote")]
    public async Task Read_SomebodyElseChangedIt_SaysSoAndTheNextChangePutsItRight(string how, string damage)
    {
        await _store.AddAsync(TestTrustStores.Trusted(_own));
        switch (how)
        {
            case "gone":
                File.Delete(Combined);
                break;
            case "cut":
                await File.WriteAllTextAsync(Combined, (await File.ReadAllTextAsync(Combined, Cancellation))[..^200], Cancellation);
                break;
            case "without":
                await File.WriteAllTextAsync(Combined, "", Cancellation);
                break;
            case "with another root of the system":
                const string End = "# == End of the roots of the operating system ==";
                var text = await File.ReadAllTextAsync(Combined, Cancellation);
                await File.WriteAllTextAsync(Combined, text.Replace(End, $"{_later.ExportCertificatePem()}\n{End}", StringComparison.Ordinal), Cancellation);
                break;
            default:
                await TestFiles.AppendAsync(Combined, _later);
                break;
        }

        Assert.Contains(damage, Assert.Single((await _store.ReadAsync()).Damaged), StringComparison.Ordinal);

        await _store.AddAsync();
        Assert.Empty((await _store.ReadAsync()).Damaged);
        AssertHolds(Combined, _own, _public);
    }

    private PemBundleTrustStore NewStore() => NewStore(_folder["trust"], new OperatingSystemRoots(TimeProvider.System, SystemList));

    private static PemBundleTrustStore NewStore(string folder, OperatingSystemRoots systemRoots) =>
        new(Options.Create(new CoreOptions { PemBundle = new() { Directory = folder } }), systemRoots);

    private static void AssertHolds(string file, params X509Certificate2[] expected)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(file);
        Assert.Equal(expected.Select(c => c.Thumbprint).Order(), found.Select(c => c.Thumbprint).Order());
    }
}
