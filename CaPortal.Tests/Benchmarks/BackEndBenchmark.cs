using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>Judging 1,000 chains before and after a change, and one handshake beside <see cref="SslStream"/> and <c>openssl s_client</c> alone.</summary>
public sealed class BackEndBenchmark(ITestOutputHelper output)
{
    private const int Count = 1000;
    private const int Rounds = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public void Judge_ThousandChains()
    {
        using var root = CertificateTemplate.Ca("Benchmark Root").Create();
        using var intermediate = CertificateTemplate.Ca("Benchmark Issuing", root).Create();
        var others = BenchmarkCertificates.Roots("Other", 200).Select(c => ServerProbing.Managed(c.RawData, CaStore.Root)).ToList();
        var chains = Enumerable.Range(0, Count)
            .Select(i => new[] { ServerProbing.Presented(CertificateTemplate.Server(intermediate).Create()), ServerProbing.Presented(intermediate) })
            .ToArray();
        var before = new TrustSet([ServerProbing.Managed(root.RawData, CaStore.Root), .. others]);
        var after = before.With(new HashSet<CaCertificateKey> { new(CaStore.Root, root.Sha256()) }, []);
        var changed = new HashSet<string> { ServerProbing.Presented(root).Facts!.SubjectKey };

        // Something else first, so that what is measured is not the compiler.
        var warmUp = new ChainJudge(ServerProbing.Clients);
        for (var i = 0; i < Count; i++)
            warmUp.Judge(chains[i], "localhost", before, ServerProbing.Now);
        foreach (var (name, judge) in ((string, ChainJudge)[])[("cold", new ChainJudge(ServerProbing.Clients)), ("warm", warmUp)])
        {
            var one = Measure(() =>
            {
                foreach (var chain in chains)
                    Assert.Equal(TrustVerdict.Trusted, judge.Judge(chain, "localhost", before, ServerProbing.Now).Verdict);
            });
            output.WriteLine($"{Count} chains, {name}, one thread: {one:0} ms, {Count / one * 1000:0} judgements per second");
        }

        foreach (var (name, judge) in ((string, ChainJudge)[])[("cold", new ChainJudge(ServerProbing.Clients)), ("warm", warmUp)])
        {
            var stopped = 0;
            var both = Measure(() => Parallel.ForEach(chains, chain =>
            {
                if (ChainJudge.CanDiffer(chain, before, after, changed)
                    && judge.Judge(chain, "localhost", before, ServerProbing.Now).Verdict != judge.Judge(chain, "localhost", after, ServerProbing.Now).Verdict)
                    Interlocked.Increment(ref stopped);
            }));
            Assert.Equal(Count, stopped);
            output.WriteLine($"Effect on {Count} back-ends that all stop, {name}, {Environment.ProcessorCount} cores: {both:0} ms");
        }

        var unrelated = new HashSet<string> { others[0].Facts.SubjectKey };
        output.WriteLine(
            $"Effect on {Count} back-ends that it does not touch: "
                + $"{Measure(() => Assert.DoesNotContain(chains, c => ChainJudge.CanDiffer(c, before, after, unrelated))):0.0} ms");
    }

    [Fact(Explicit = true)]
    public Task Connect_OneServer() =>
        WithServerAsync(
            async (port, test) =>
            {
                var (ours, alone, openssl) = (new List<double>(), new List<double>(), new List<double>());
                for (var i = 0; i < Rounds; i++)
                {
                    ours.Add(await MeasureAsync(() => test(Cancellation)));
                    alone.Add(await MeasureAsync(() => ShakeHandsAsync(port)));
                    openssl.Add(
                        await MeasureAsync(() =>
                            Tool.RunAsync("openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-servername", "localhost"], Cancellation)));
                }

                output.WriteLine(
                    $"One test, median of {Rounds}: {Median(ours):0.0} ms; SslStream alone {Median(alone):0.0} ms; "
                        + $"openssl s_client with its start {Median(openssl):0.0} ms; added {Median(ours) - Median(alone):0.0} ms");
            });

    [Fact(Explicit = true)]
    public Task Connect_ThousandServers() => WithServerAsync(async (_, test) =>
    {
        var time = await MeasureAsync(() => Parallel.ForEachAsync(
            Enumerable.Range(0, Count),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation },
            async (_, cancellation) => await test(cancellation)));
        output.WriteLine($"{Count} back-ends tested, 8 at once, with the servers on the same {Environment.ProcessorCount} cores: {time:0} ms");
    });

    /// <summary>Measures with a trusted server: its port, and a test of it.</summary>
    private static async Task WithServerAsync(Func<int, Func<CancellationToken, Task>, Task> measure)
    {
        using var root = CertificateTemplate.Ca("Benchmark Root").Create();
        using var intermediate = CertificateTemplate.Ca("Benchmark Issuing", root).Create();
        using var certificate = CertificateTemplate.Server(intermediate).Create();
        await using var server = new TlsServer(certificate, intermediate);
        var (probe, judge, set) = (ServerProbing.Probe(), new ChainJudge(ServerProbing.Clients), ServerProbing.Set([root]));
        var address = new BackEndAddress("127.0.0.1", server.Port, "localhost");
        await measure(server.Port, async cancellation =>
            Assert.Equal(TrustVerdict.Trusted, judge.Judge(await probe.ConnectAsync(address, cancellation), set, ServerProbing.Now).Verdict));
    }

    private static async Task ShakeHandsAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                AllowTlsResume = false,
                CertificateChainPolicy = Policy(),
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
            Cancellation);

        static X509ChainPolicy Policy() =>
            new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
    }

    private static double Measure(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> MeasureAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> times) => times.Order().ElementAt(Rounds / 2);
}
