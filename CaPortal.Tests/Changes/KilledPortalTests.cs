using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.Changes;

/// <summary>The whole portal killed again and again while it writes every kind of file, and others read these files.</summary>
public sealed class KilledPortalTests : IDisposable
{
    private const int Certificates = 50;

    private readonly TemporaryDirectory _folder = new();
    private readonly List<X509Certificate2> _certificates = [.. Enumerable.Range(0, Certificates).Select(i => TestCertificates.Root($"Root {i}"))];

    public void Dispose()
    {
        _certificates.ForEach(c => c.Dispose());
        _folder.Dispose();
    }

    [Theory(Timeout = 900_000)]
    [InlineData(2)]
    [InlineData(100, Explicit = true)]
    public async Task Portal_KilledAtAnyInstant_IsAsItShouldBeAfterEveryStartAndNobodyEverReadATornFile(int kills)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux do all kinds keep files, and can a test have a certificate store of its own.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var sandbox = new DebianSandbox(_folder["machine"]);
        await sandbox.FillAsync();
        var (data, pem) = (_folder["data"], _folder["certificates.pem"]);
        await File.WriteAllBytesAsync(pem, TestFiles.Pem([.. _certificates]), cancellationToken);

        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readers = Task.Run(() => ReadForEver(sandbox, data, done.Token), cancellationToken);
        var cycle = TimeSpan.Zero;
        for (var i = 0; i < kills; i++)
        {
            using var portal = ChildProcess.Start(nameof(RestlessPortal), _folder.Path, data, sandbox.Root, pem);
            Assert.Equal(RestlessPortal.Ready, await portal.ReadLineAsync(cancellationToken));
            var started = Stopwatch.GetTimestamp();
            if (i == 0)
            {
                Assert.Equal("again", await portal.ReadLineAsync(cancellationToken));
                cycle = Stopwatch.GetElapsedTime(started);
            }

            // Each time a little later, so that the kills are spread over a whole round of adding and deleting.
            SpinWait.SpinUntil(() => readers.IsCompleted, cycle * i / kills);
            await portal.KillAsync(cancellationToken);
        }

        await done.CancelAsync();
        Assert.InRange(await readers, 1, int.MaxValue);
        await AssertHealedAsync(sandbox, data, cancellationToken);
    }

    private async Task AssertHealedAsync(DebianSandbox sandbox, string data, CancellationToken cancellationToken)
    {
        // In this process the account's own store is another one.
        using (var portal = ChildProcess.Start(nameof(RestlessPortal), _folder.Path, data, sandbox.Root, _folder["certificates.pem"]))
        {
            Assert.Equal(RestlessPortal.Ready, await portal.ReadLineAsync(cancellationToken));
            await portal.KillAsync(cancellationToken);
        }

        await using var core = await RestlessPortal.StartAsync(data, sandbox);
        await core.MaintainAsync();
        await core.DeleteAsync([.. (await core.ListAsync(new() { Top = Certificates })).Select(c => c.Key)]);
        Assert.IsType<CaPortal.Core.Changes.ChangeOutcome.Applied>(await core.AddAsync([.. _certificates]));
        var wanted = _certificates.Select(c => Thumbprints.Sha256(c.RawData)).Order(StringComparer.Ordinal);
        foreach (var outcome in await core.MaintainAsync())
            Assert.Equal((outcome.Name, TrustStoreResult.Installed, null), (outcome.Name, outcome.Result, outcome.Error));
        Assert.Equal(wanted, PemBundleFile.Parse(await File.ReadAllBytesAsync(core.RootsFile, cancellationToken)).Certificates.Order(StringComparer.Ordinal));
        foreach (var folder in (string[])[data, Path.Combine(data, "trust"), sandbox.Local, sandbox.Links])
            Assert.DoesNotContain(Directory.GetFiles(folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    /// <summary>Reads what the portal writes, as other programs do.</summary>
    /// <returns>How many times everything was read.</returns>
    private int ReadForEver(DebianSandbox sandbox, string data, CancellationToken cancellationToken)
    {
        var x509 = new X509StoreFolder(_folder[".dotnet/corefx/cryptography/x509stores/root"]);
        var (roots, truststore) = (Path.Combine(data, "trust", "roots.pem"), Path.Combine(data, "trust", "truststore.p12"));
        var rounds = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (File.Exists(roots))
                Assert.False(PemBundleFile.Parse(File.ReadAllBytes(roots)).IsDamaged);
            if (File.Exists(truststore))
                Assert.Contains(JavaTruststore.Parse(File.ReadAllBytes(truststore), "changeit").Certificates.Count, (int[])[0, Certificates]);
            var bundle = PemFile.Parse(File.ReadAllBytes(sandbox.Bundle));
            Assert.Equal(0, bundle.DamagedBlocks);
            Assert.Contains(bundle.Certificates.Count - DebianSandbox.SystemCertificates, (int[])[0, Certificates]);
            Assert.All(x509.Read(), f => Assert.Null(x509.DamageOf(f)));
            rounds++;
        }

        return rounds;
    }
}
