using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Probing;
using CaPortal.Tests.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Benchmarks;

/// <summary>What deleting a CA certificate does to 1,000 back-ends that all depend on it, beside judging all of them one by one.</summary>
public sealed class EffectBenchmark(ITestOutputHelper output)
{
    private const int Count = 1_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Effect_OfDeletingTheCaOfThousandBackEnds()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Benchmark Root");
        using var issuing = TestCertificates.Intermediate(root, "Benchmark Issuing");
        await core.AddAsync([root, .. BenchmarkCertificates.Roots("Others", 100)]);
        var chains = await FillAsync(core, issuing);
        var service = core.Get<BackEndService>();
        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(root)], Cancellation);
        var unrelated = core.PlanAll(await core.InspectAsync(TestFiles.Pem(BenchmarkCertificates.Roots("Unrelated", 1))));

        var started = Stopwatch.GetTimestamp();
        await service.PrepareAsync(Cancellation);
        var prepared = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var initial = await MeasureAsync(() => service.EffectOfAsync(plan, Cancellation), Count);
        var warm = new List<double>();
        for (var round = 0; round < 9; round++)
            warm.Add(await MeasureAsync(() => service.EffectOfAsync(plan, Cancellation), Count));
        var nothing = await MeasureAsync(() => service.EffectOfAsync(unrelated, Cancellation), 0);

        var set = (await core.Get<CurrentTrust>().GetAsync(Cancellation)).Set;
        var without = set.With(new HashSet<CaCertificateKey> { TestCore.KeyOf(root) }, []);
        var judge = new ChainJudge(ServerProbing.Clients);
        var now = TimeProvider.System.GetUtcNow();
        var first = OneByOne();
        var second = OneByOne();
        output.WriteLine(
            $"{Count} back-ends: prepared behind the start in {prepared:0} ms; effect at first {initial:0} ms, "
                + $"then median {warm.Order().ElementAt(4):0} ms (worst {warm.Max():0}), of an unrelated change {nothing:0} ms; "
                + $"judging all one by one with and without the change: {first:0} ms, again {second:0} ms");

        double OneByOne()
        {
            var begun = Stopwatch.GetTimestamp();
            foreach (var chain in chains)
            {
                Assert.Equal(TrustVerdict.Trusted, judge.Judge(chain, "localhost", set, now).Verdict);
                Assert.Equal(TrustVerdict.UnknownIssuer, judge.Judge(chain, "localhost", without, now).Verdict);
            }

            return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }
    }

    [Fact(Explicit = true)]
    public async Task Effect_OfAddingTheCaOfThousandBackEnds()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Benchmark Root");
        using var issuing = TestCertificates.Intermediate(root, "Benchmark Issuing");
        await core.AddAsync([.. BenchmarkCertificates.Roots("Others", 100)]);
        var chains = await FillAsync(core, issuing);
        var service = core.Get<BackEndService>();
        await service.PrepareAsync(Cancellation);
        var plan = core.PlanAll(await core.InspectAsync(TestFiles.Pem(root)));

        var initial = await MeasureAsync(() => service.EffectOfAsync(plan, Cancellation), Count);
        var again = await MeasureAsync(() => service.EffectOfAsync(plan, Cancellation), Count);
        output.WriteLine($"{Count} back-ends become trusted: effect at first {initial:0} ms, then {again:0} ms");

        foreach (var engine in ServerProbing.Clients.Counted)
        {
            var started = Stopwatch.GetTimestamp();
            foreach (var chain in chains)
                Assert.True(
                    engine.Ask(new ClientQuestion([.. chain.Select(c => c.Der)], "localhost", [root.RawData], [], TimeProvider.System.GetUtcNow()))!.IsAccepted
                );
            output.WriteLine($"{engine.Title}: {Stopwatch.GetElapsedTime(started).TotalMilliseconds / Count:0.00} ms a question");
        }
    }

    private static async Task<double> MeasureAsync(Func<Task<IReadOnlyList<BackEndEffect>>> work, int expected)
    {
        var started = Stopwatch.GetTimestamp();
        var effects = await work();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Assert.Equal(expected, effects.Count);
        return elapsed;
    }

    private static async Task<IReadOnlyList<IReadOnlyList<PresentedCertificate>>> FillAsync(TestCore core, X509Certificate2 issuing)
    {
        using var key = RSA.Create(2048);
        var issuer = Presented(issuing.RawData);
        var leaves = Enumerable.Range(0, Count).Select(i => Presented(Leaf(issuing, key, i))).ToList();
        await core.WriteAsync(async db =>
        {
            db.AddRange(
                leaves
                    .Prepend(issuer)
                    .Select(c => new PresentedBlob
                    {
                        Sha256 = c.Sha256,
                        Der = c.Der.ToArray(),
                        NotAfter = c.Facts!.NotAfter,
                        Facts = c.Facts,
                    }));
            for (var i = 0; i < Count; i++)
            {
                var row = new BackEnd { Host = $"h{i}.corp", Port = 443, ServerName = "localhost", Name = "", NameOrder = "", SearchText = "", AddedBy = "" };
                BackEndRows.Describe(row, new BackEndDraft(new BackEndAddress($"h{i}.corp", 443, "localhost"), null));
                row.Chain.Add(new BackEndChainLink { Position = 0, Sha256 = leaves[i].Sha256 });
                row.Chain.Add(new BackEndChainLink { Position = 1, Sha256 = issuer.Sha256 });
                db.Add(row);
            }

            return await db.SaveChangesAsync(Cancellation);
        });
        return [.. leaves.Select(l => (IReadOnlyList<PresentedCertificate>)[l, issuer])];
    }

    private static byte[] Leaf(X509Certificate2 issuing, RSA key, int number)
    {
        var request = new CertificateRequest($"CN=h{number}.corp", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuing, true, false));
        using var signer = issuing.GetECDsaPrivateKey()!;
        using var issued = request.Create(
            issuing.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signer),
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1),
            RandomNumberGenerator.GetBytes(16));
        return issued.RawData;
    }

    private static PresentedCertificate Presented(byte[] der) => new(Thumbprints.Sha256(der), der, CertificateFactsReader.Read(der).Facts);
}
