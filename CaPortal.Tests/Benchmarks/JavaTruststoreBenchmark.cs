using System.Diagnostics;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores;

namespace CaPortal.Tests.Benchmarks;

/// <summary>What a Java truststore of 150 certificates costs, beside one certificate by Java's own tool.</summary>
public sealed class JavaTruststoreBenchmark(ITestOutputHelper output)
{
    private const int Many = 150;
    private const int Rounds = 10;

    [Fact(Explicit = true)]
    public async Task ManyCertificates_BesideOneByKeytool()
    {
        Tool.Require("keytool");
        using var folder = new TemporaryDirectory();
        var certificates = BenchmarkCertificates.Roots("Java", Many);
        var trusted = certificates.Select(c => TestTrustStores.Trusted(c)).ToList();
        await File.WriteAllTextAsync(folder["one.pem"], certificates[0].ExportCertificatePem(), TestContext.Current.CancellationToken);
        await TestTrustStores.JavaTruststore(folder["warm-up.p12"]).AddAsync(trusted);

        var (all, oneMore, keytool) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < Rounds; i++)
        {
            all.Add(await MeasureAsync(() => AddAsync(folder[$"{i}.p12"], trusted)));
            var store = TestTrustStores.JavaTruststore(folder[$"one-more-{i}.p12"]);
            await store.AddAsync(trusted.Skip(1).ToList());
            oneMore.Add(await MeasureAsync(() => store.AddAsync(trusted[0])));
            keytool.Add(
                await MeasureAsync(() =>
                    Tool.RunAsync(
                        folder.Path,
                        "keytool",
                        "-importcert",
                        "-noprompt",
                        "-alias",
                        "one",
                        "-file",
                        "one.pem",
                        "-keystore",
                        $"keytool-{i}.p12",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit")));
        }

        output.WriteLine($"Median of {Rounds}");
        output.WriteLine($"  {Many} certificates, added and read back       {Median(all),8:F1} ms");
        output.WriteLine($"  one more where there are {Many - 1}                 {Median(oneMore),8:F1} ms");
        output.WriteLine($"  one certificate by keytool -importcert        {Median(keytool),8:F1} ms");
        Assert.True(Median(all) < Median(keytool));
        Array.ForEach(certificates, c => c.Dispose());
    }

    private static async Task AddAsync(string file, List<TrustedCertificate> certificates)
    {
        var store = TestTrustStores.JavaTruststore(file);
        await store.AddAsync(certificates);
        Assert.Equal(Many, (await store.ReadAsync()).Certificates.Count);
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> times) => times.Order().ElementAt(Rounds / 2);
}
