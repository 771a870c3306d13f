using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.TrustStores;

/// <summary>What is left when a writer is killed, and what others see while it writes.</summary>
public sealed class CrashTests : IDisposable
{
    private const int HangGuard = 900_000;
    // Enough to notice a broken promise soon; the explicit tests look for rare instants.
    private const int Kills = 8;
    private const int ManyKills = 100;
    private const int CertificatesPerWriter = 20;

    private readonly TemporaryDirectory _home = new();
    private readonly List<X509Certificate2> _certificates = [.. Enumerable.Range(0, CertificatesPerWriter).Select(i => TestCertificates.Root($"Root {i}"))];

    public CrashTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");

    public void Dispose()
    {
        _certificates.ForEach(c => c.Dispose());
        _home.Dispose();
    }

    [Theory(Timeout = HangGuard)]
    [InlineData(Kills)]
    [InlineData(ManyKills, Explicit = true)]
    public async Task X509_WriterKilledAgainAndAgain_LeavesNoTornFileAndTheNextReconciliationHeals(int kills)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (stores, pem) = (StoresFolder(), WritePem(_certificates));
        using var foreign = TestCertificates.Root("Foreign");
        var foreignFile = Path.Combine(Directory.CreateDirectory(Path.Combine(stores, "root")).FullName, "foreign.pfx");
        await File.WriteAllBytesAsync(foreignFile, X509StoreFile.Encode(foreign.RawData), cancellationToken);

        for (var i = 0; i < kills; i++)
        {
            await KillWhileWritingAsync(_home.Path, X509TrustStore.Kind, pem, (double)i / kills, i % 2 == 1, cancellationToken);

            var folder = new X509StoreFolder(Path.Combine(stores, "root"));
            Assert.All(folder.Read(), f => Assert.Null(folder.DamageOf(f)));
        }

        await ReconcileInNewProcessAsync(_home.Path, X509TrustStore.Kind, pem, cancellationToken);

        Assert.Equal(
            _certificates.Select(c => $"{c.Thumbprint}.pfx").Append("foreign.pfx").Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(stores, "root")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory(Timeout = HangGuard)]
    [InlineData("bundle", Kills)]
    [InlineData("java/truststore.p12", Kills)]
    [InlineData("bundle", ManyKills, Explicit = true)]
    [InlineData("java/truststore.p12", ManyKills, Explicit = true)]
    public async Task File_WriterKilledAgainAndAgain_LeavesWholeFilesAndTheNextReconciliationHeals(string name, int kills)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (place, pem) = (_home[name], WritePem(_certificates));

        for (var i = 0; i < kills; i++)
        {
            await KillWhileWritingAsync(_home.Path, place, pem, (double)i / kills, i % 2 == 1, cancellationToken);

            var snapshot = await TrustStoreWriter.Open(place).ReadAsync();
            Assert.Empty(snapshot.Damaged);
            Assert.Contains(snapshot.Certificates.Count, (int[])[0, CertificatesPerWriter]);
        }

        await ReconcileInNewProcessAsync(_home.Path, place, pem, cancellationToken);

        var store = TrustStoreWriter.Open(place);
        Assert.Equal(CertificatesPerWriter, (await store.ReadAsync()).Certificates.Count);
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(store.Location(CaStore.Root))!), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact(Timeout = HangGuard)]
    public async Task PemBundle_ReadWhileItIsWritten_IsAlwaysWhole()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var folder = _home["bundle"];
        using var writer = ChildProcess.Start(nameof(TrustStoreWriter), _home.Path, folder, TrustStoreWriter.ForEver, WritePem(_certificates));
        await writer.ReadLineAsync(cancellationToken);
        var path = TestTrustStores.Bundle(folder).Location(CaStore.Root);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(path), TimeSpan.FromMinutes(1)));

        var seen = new HashSet<int>();
        for (var i = 0; i < 2000 || seen.Count < 2 && i < 200_000; i++)
        {
            var bundle = PemBundleFile.Parse(await File.ReadAllBytesAsync(path, cancellationToken));
            Assert.Equal(0, bundle.DamagedBlocks);
            seen.Add(bundle.Certificates.Count);
        }

        Assert.Equal(new HashSet<int> { 0, CertificatesPerWriter }, seen);
    }

    [Theory(Timeout = HangGuard)]
    [InlineData(Kills)]
    [InlineData(ManyKills, Explicit = true)]
    public async Task Anchors_WriterKilledAgainAndAgain_LeavesAWholeBundleAndTheNextReconciliationHeals(int kills)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (sandbox, pem) = (new DebianSandbox(_home["anchors"]), WritePem(_certificates));
        await sandbox.FillAsync();

        for (var i = 0; i < kills; i++)
        {
            await KillWhileWritingAsync(_home.Path, sandbox.Root, pem, (double)i / kills, i % 2 == 1, cancellationToken);

            var bundle = PemFile.Parse(await File.ReadAllBytesAsync(sandbox.Bundle, cancellationToken));
            Assert.Equal(0, bundle.DamagedBlocks);
            Assert.Contains(bundle.Certificates.Count - DebianSandbox.SystemCertificates, (int[])[0, CertificatesPerWriter]);
        }

        await ReconcileInNewProcessAsync(_home.Path, sandbox.Root, pem, cancellationToken);

        Assert.Equal(CertificatesPerWriter, (await sandbox.Store.ReadAsync()).Certificates.Count);
        Assert.Equal(await sandbox.BundleOfTheToolAsync(), await File.ReadAllBytesAsync(sandbox.Bundle, cancellationToken));
        Assert.DoesNotContain(Directory.GetFiles(sandbox.Root, "*", SearchOption.AllDirectories), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact(Timeout = HangGuard)]
    public async Task Anchors_ReadWhileTheyAreWritten_AreAlwaysWhole()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var sandbox = new DebianSandbox(_home["anchors"]);
        await sandbox.FillAsync();
        using var writer = ChildProcess.Start(nameof(TrustStoreWriter), _home.Path, sandbox.Root, TrustStoreWriter.ForEver, WritePem(_certificates));
        await writer.ReadLineAsync(cancellationToken);

        var seen = new HashSet<int>();
        for (var i = 0; i < 1000 || seen.Count < 2 && i < 200_000; i++)
        {
            var bundle = PemFile.Parse(await File.ReadAllBytesAsync(sandbox.Bundle, cancellationToken));
            Assert.Equal(0, bundle.DamagedBlocks);
            seen.Add(bundle.Certificates.Count - DebianSandbox.SystemCertificates);
        }

        Assert.Equal(new HashSet<int> { 0, CertificatesPerWriter }, seen);
    }

    [Theory(Timeout = HangGuard)]
    [InlineData(X509TrustStore.Kind)]
    [InlineData("bundle")]
    [InlineData("java/truststore.p12")]
    public async Task TwoProcesses_AddingTheSameAtOnce_LeaveNoDuplicates(string target)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var pem = WritePem(_certificates);
        var place = target == X509TrustStore.Kind ? target : _home[target];

        await Task.WhenAll(
            ReconcileInNewProcessAsync(_home.Path, place, pem, cancellationToken),
            ReconcileInNewProcessAsync(_home.Path, place, pem, cancellationToken));

        var file = TrustStoreWriter.Open(place).Location(CaStore.Root);
        var installed = Path.GetExtension(file) switch
        {
            ".p12" => X509CertificateLoader.LoadPkcs12CollectionFromFile(file, "changeit").Count,
            ".pem" => File.ReadLines(file).Count(line => line.StartsWith("-----BEGIN", StringComparison.Ordinal)),
            _ => Directory.GetFiles(Path.Combine(StoresFolder(), "root")).Length,
        };
        Assert.Equal(CertificatesPerWriter, installed);
    }

    private string StoresFolder() => _home[".dotnet/corefx/cryptography/x509stores"];

    private string WritePem(IEnumerable<X509Certificate2> certificates)
    {
        var path = _home["certificates.pem"];
        File.WriteAllText(path, string.Join('\n', certificates.Select(c => c.ExportCertificatePem())));
        return path;
    }

    // Adding and removing in turn, each time a little later in it, so that the kills are spread over the whole of the writing.
    private static async Task KillWhileWritingAsync(string home, string place, string pem, double share, bool isAdding, CancellationToken cancellationToken)
    {
        using var writer = ChildProcess.Start(nameof(TrustStoreWriter), home, place, TrustStoreWriter.ForEver, pem);
        Assert.Equal("ready", await writer.ReadLineAsync(cancellationToken));
        for (var i = 0; i <= (isAdding ? 1 : 0); i++)
            await writer.ReadLineAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await writer.ReadLineAsync(cancellationToken);
        SpinWait.SpinUntil(() => false, Stopwatch.GetElapsedTime(started) * share);
        await writer.KillAsync(cancellationToken);
    }

    private static async Task ReconcileInNewProcessAsync(string home, string place, string pem, CancellationToken cancellationToken)
    {
        using var writer = ChildProcess.Start(nameof(TrustStoreWriter), home, place, TrustStoreWriter.Once, pem);
        Assert.Equal(0, await writer.WaitAsync(cancellationToken));
    }
}
