using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores;
using CaPortal.Tests.TrustStores.LinuxAnchors;

namespace CaPortal.Tests.Benchmarks;

/// <summary>
/// From the beginning of a change to the first handshake that a fresh <c>curl</c> accepts, beside putting the same files
/// there and running <c>update-ca-certificates</c>. Run it with
/// <c>CaPortal.Tests -explicit only -class CaPortal.Tests.Benchmarks.LinuxAnchorsBenchmark</c> after a Release build.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxAnchorsBenchmark(ITestOutputHelper output)
{
    private const int Rounds = 5;
    private const string SystemList = "/usr/share/ca-certificates/mozilla";

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(100)]
    public async Task FirstHandshakeOfAFreshCurl(int count)
    {
        Tool.Require("curl");
        Assert.SkipUnless(Directory.Exists(SystemList), "The package ca-certificates is not installed.");
        using var root = TestCertificates.Root();
        using var certificate = TestCertificates.Server(root);
        await using var server = new TlsServer(certificate);
        X509Certificate2[] roots = [.. BenchmarkCertificates.Roots("Others", count - 1), root];
        var trusted = roots.Select(c => TestTrustStores.Trusted(c)).ToList();

        var (ours, behind, tools) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            // The first round warms up both.
            var (direct, followUp) = await MeasureOursAsync(trusted, server);
            var tool = await MeasureToolAsync(roots, server);
            if (round > 0)
            {
                ours.Add(direct);
                behind.Add(followUp);
                tools.Add(tool);
            }
        }

        output.WriteLine($"{count} roots, until a fresh curl accepts (median of {Rounds})");
        output.WriteLine($"  CaPortal                           {Median(ours),8:F0} ms");
        output.WriteLine($"  files and update-ca-certificates   {Median(tools),8:F0} ms, {Median(tools) / Median(ours):F1} times as long");
        output.WriteLine($"  CaPortal's own run of it behind    {Median(behind),8:F0} ms");
    }

    private static async Task<(double Direct, double FollowUp)> MeasureOursAsync(List<TrustedCertificate> trusted, TlsServer server)
    {
        using var folder = new TemporaryDirectory();
        var sandbox = await FillAsync(folder);
        ITrustStore store = sandbox.Store;
        await store.ReadAsync(); // As the portal has done long since.

        var started = Stopwatch.GetTimestamp();
        await store.AddAsync(trusted);
        await ConnectAsync(sandbox, server);
        var direct = Stopwatch.GetElapsedTime(started).TotalMilliseconds;

        started = Stopwatch.GetTimestamp();
        Assert.Null((await store.FollowUpAsync(TestContext.Current.CancellationToken))!.Warning);
        return (direct, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static async Task<double> MeasureToolAsync(X509Certificate2[] roots, TlsServer server)
    {
        using var folder = new TemporaryDirectory();
        var sandbox = await FillAsync(folder);

        var started = Stopwatch.GetTimestamp();
        foreach (var (i, certificate) in roots.Index())
            sandbox.PutByHand($"root-{i}.crt", certificate);
        await sandbox.RunToolAsync();
        await ConnectAsync(sandbox, server);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    // As many as a real machine has.
    private static async Task<DebianSandbox> FillAsync(TemporaryDirectory folder)
    {
        var sandbox = new DebianSandbox(folder.Path);
        await sandbox.FillAsync(Directory.GetFiles(SystemList, "*.crt"));
        return sandbox;
    }

    private static async Task ConnectAsync(DebianSandbox sandbox, TlsServer server) => await Tool.RunAsync(
        sandbox.Root, "curl", "-sS", "--cacert", sandbox.Bundle, "--capath", "/nowhere", $"https://localhost:{server.Port}/");

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
