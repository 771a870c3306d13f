using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>
/// From an upload to the verified answer: reading, checks, database, both trust stores, reading back. Beside it, what
/// the writes to the two trust stores cost without CaPortal.
/// </summary>
public sealed class SaveBenchmark(ITestOutputHelper output)
{
    private const int Rounds = 50;
    private const int Many = 1000;

    [Fact(Explicit = true)]
    public async Task Save_OneCertificate()
    {
        await using var core = await TestCore.StartAsync(configure: o => o.TrustStores.Insert(0, "x509"));
        var (ours, alone) = (new List<double>(), new List<double>());
        foreach (var certificate in BenchmarkCertificates.Roots("One", Rounds))
        {
            ours.Add(await MeasureAsync(() => SaveAsync(core, certificate)));
            alone.Add(await MeasureAsync(() => WriteAlone(core, certificate)));
        }

        var (ourMedian, aloneMedian) = (Median(ours), Median(alone));
        output.WriteLine(
            $"Save of one certificate, median of {Rounds}: {ourMedian:0.0} ms; X509Store.Add and bundle (write, fsync, rename) alone: "
                + $"{aloneMedian:0.0} ms; ratio {ourMedian / aloneMedian:0.00}");
    }

    [Fact(Explicit = true)]
    public async Task Upload_ThousandCertificates()
    {
        await using (var warmUp = await TestCore.StartAsync(configure: o => o.TrustStores.Insert(0, "x509")))
            await SaveAsync(warmUp, BenchmarkCertificates.Roots("Warm-up", 20));

        await using var bundleOnly = await TestCore.StartAsync();
        var certificates = BenchmarkCertificates.Roots("Bundle", Many);
        output.WriteLine($"{Many} certificates in one upload, pem-bundle: {await MeasureAsync(() => SaveAsync(bundleOnly, certificates)):0} ms");

        await using var both = await TestCore.StartAsync(configure: o => o.TrustStores.Insert(0, "x509"));
        certificates = BenchmarkCertificates.Roots("Both", Many);
        var ours = await MeasureAsync(() => SaveAsync(both, certificates));
        var raw = await MeasureAsync(() => AddWithDotNet("caportal-benchmark-raw", certificates));
        output.WriteLine(
            $"{Many} certificates in one upload, x509 and pem-bundle: {ours:0} ms; X509Store.Add of the same alone: {raw:0} ms; ratio {ours / raw:0.00}");
    }

    private static async Task SaveAsync(TestCore core, params X509Certificate2[] certificates) =>
        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(certificates)).IsInstalled);

    private static async Task WriteAlone(TestCore core, X509Certificate2 certificate)
    {
        await AddWithDotNet("caportal-benchmark-one", certificate);
        await DurableFile.WriteAsync(Path.Combine(core.DataDirectory, "alone.pem"), await File.ReadAllBytesAsync(core.RootsFile));
    }

    private static Task AddWithDotNet(string name, params X509Certificate2[] certificates)
    {
        using var store = new X509Store(name, StoreLocation.CurrentUser, OpenFlags.ReadWrite);
        foreach (var certificate in certificates)
        {
            using var publicPart = X509CertificateLoader.LoadCertificate(certificate.RawDataMemory.Span);
            store.Add(publicPart);
        }

        return Task.CompletedTask;
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> times) => times.Order().ElementAt(Rounds / 2);
}
