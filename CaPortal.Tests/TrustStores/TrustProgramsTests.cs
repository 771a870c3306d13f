using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.PemBundle;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

/// <summary>Whether real programs, asked again, say what is true about the trust stores.</summary>
public sealed class TrustProgramsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root($"Root {Guid.NewGuid()}");
    private readonly X509Certificate2 _other = TestCertificates.Root($"Other {Guid.NewGuid()}");
    private readonly X509Certificate2 _intermediate;

    public TrustProgramsTests() => _intermediate = TestCertificates.Intermediate(_root, $"Intermediate {Guid.NewGuid()}");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds => [X509TrustStore.Kind, PemBundleTrustStore.Kind, JavaTruststoreTrustStore.Kind];

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _intermediate.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Prove_AddedAndRemoved_ProgramAgrees(string kind)
    {
        var store = Open(kind);
        var all = All(store);

        await store.AddAsync(all);
        var added = await ProveAsync(store, all, [TestTrustStores.Trusted(_other)]);
        await store.RemoveAsync(all);
        var removed = await ProveAsync(store, [], all);

        Assert.All([added, removed], v => Assert.Equal((ProgramAnswer.Agrees, null), (v.Answer, v.Detail)));
        Assert.Equal([all.Count + 1, all.Count], [added.Asked, removed.Asked]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Prove_TrustStoreThatSaysOtherwiseThanItsFiles_ProgramDiffers(string kind)
    {
        var store = Open(kind);
        var all = All(store);
        await store.AddAsync(TestTrustStores.Trusted(_other));

        // What it claims to hold is not there, and what it claims to have removed is.
        var verdict = await ProveAsync(new Claiming(store, [.. all.Select(c => c.Key)]), all, [TestTrustStores.Trusted(_other)]);
        await store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.Equal(ProgramAnswer.Differs, verdict.Answer);
        Assert.Contains($"does not trust '{_root.Subject}'", verdict.Detail, StringComparison.Ordinal);
        Assert.Contains($"still trusts '{_other.Subject}'", verdict.Detail, StringComparison.Ordinal);
        Assert.Equal(store.Holds(CaStore.CertificateAuthority), verdict.Detail!.Contains(_intermediate.Subject, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Prove_ProgramThatStillTrustsWhatWasRemoved_TrustsItElsewhere(string kind)
    {
        var store = Open(kind);
        await store.AddAsync(TestTrustStores.Trusted(_other));

        var verdict = await ProveAsync(new Claiming(store, []), [], [TestTrustStores.Trusted(_other)]);
        await store.RemoveAsync(TestTrustStores.Trusted(_other));

        Assert.Equal(ProgramAnswer.TrustsElsewhere, verdict.Answer);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Prove_ExpiredRoot_IsTrustedAllTheSame(string kind)
    {
        var store = Open(kind);
        using var expired = TestCertificates.Root($"Expired {Guid.NewGuid()}", TestCertificates.Yesterday.AddYears(-2), TestCertificates.Yesterday);
        await store.AddAsync(TestTrustStores.Trusted(expired));

        var verdict = await ProveAsync(store, [TestTrustStores.Trusted(expired)], []);
        await store.RemoveAsync(TestTrustStores.Trusted(expired));

        Assert.Equal((ProgramAnswer.Agrees, null), (verdict.Answer, verdict.Detail));
    }

    [Fact]
    public async Task Prove_Many_AsksAboutASample()
    {
        var store = Open(PemBundleTrustStore.Kind);
        var all = BenchmarkCertificates.Roots("Sample", 60).Select(c => TestTrustStores.Trusted(c)).ToList();
        await store.AddAsync(all[..30]);

        var verdict = await ProveAsync(store, all[..30], all[30..]);

        Assert.Equal((ProgramAnswer.Agrees, TrustPrograms.MaxCertificates), (verdict.Answer, verdict.Asked));
    }

    [Fact]
    public async Task Prove_NothingThatConcernsIt_AsksNothing()
    {
        var readers = ReadersOf(Open(JavaTruststoreTrustStore.Kind));

        Assert.Empty(
            await readers.ProveAsync([TestTrustStores.Trusted(_root)], [TestTrustStores.Trusted(_intermediate, CaStore.CertificateAuthority)], Cancellation));
    }

    [Fact]
    public async Task Prove_TrustStoreThatCannotBeRead_IsToldAndNothingThrown()
    {
        var store = Open(JavaTruststoreTrustStore.Kind);
        await File.WriteAllTextAsync(store.Location(CaStore.Root), "<html>", Cancellation);

        var verdict = await ProveAsync(store, [TestTrustStores.Trusted(_root)], []);

        Assert.Equal(ProgramAnswer.None, verdict.Answer);
        Assert.Contains("cannot be read", verdict.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustProbe_OfThePortalItself_AnswersAndEnds()
    {
        var question = _folder["question"];
        await File.WriteAllLinesAsync(question, [TrustProbe.Question(TestTrustStores.Trusted(_root))], Cancellation);
        await using var portal = new ProcessUnderTest([TrustProbe.Verb, question]);

        Assert.Equal("untrusted", await portal.NextLineAsync(Cancellation));
        Assert.Equal(0, await portal.ExitCodeAsync(Cancellation));
    }

    private List<TrustedCertificate> All(ITrustStore store) =>
        [
            .. ((TrustedCertificate[])[TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_intermediate, CaStore.CertificateAuthority)]).Where(c =>
                store.Holds(c.Key.Store)),
        ];

    private ITrustStore Open(string kind)
    {
        switch (kind)
        {
            case X509TrustStore.Kind:
                Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");
                return TestTrustStores.X509();
            case PemBundleTrustStore.Kind:
                Tool.Require("openssl");
                return TestTrustStores.Bundle(_folder["bundle"]);
            default:
                Tool.Require("keytool");
                return TestTrustStores.JavaTruststore(_folder["truststore.p12"]);
        }
    }

    private static async Task<ProgramVerdict> ProveAsync(
        ITrustStore store, IReadOnlyCollection<TrustedCertificate> present, IReadOnlyCollection<TrustedCertificate> absent) =>
        Assert.Single(await ReadersOf(store).ProveAsync(present, absent, Cancellation));

    private static TrustPrograms ReadersOf(ITrustStore store)
    {
        var options = new CoreOptions { TrustStores = { store.Name } };
        return new TrustPrograms(
            [new DotNetProgram(), new OpenSslProgram(), new JavaProgram(Options.Create(options))],
            new TrustStoreSelection(Options.Create(options), [], [store]),
            TimeProvider.System);
    }

    /// <summary>A trust store that claims to hold something else than it does.</summary>
    private sealed class Claiming(ITrustStore store, HashSet<CaCertificateKey> claimed) : ITrustStore
    {
        public string Name => store.Name;

        public string Title => store.Title;

        public bool IsShared => store.IsShared;

        public bool IsReadByDotNet => store.IsReadByDotNet;

        public bool Holds(CaStore which) => store.Holds(which);

        public string Location(CaStore which) => store.Location(which);

        public string? PemFile(CaStore which) => store.PemFile(which);

        public TrustStoreState GetState() => store.GetState();

        public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(new TrustStoreSnapshot(claimed, []));

        public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken) =>
            store.LoadAsync(keys, cancellationToken);

        public Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken) => store.ApplyAsync(change, cancellationToken);
    }
}
