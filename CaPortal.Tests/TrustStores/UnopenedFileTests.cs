using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

/// <summary>What real programs say of files that they cannot open, and of those that they can.</summary>
public sealed class UnopenedFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Ask_GnuTlsAndABundleThatItCanOpen_SaysWhatItTrusts()
    {
        Tool.Require("certtool");
        var store = TestTrustStores.Bundle(_folder["trust"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));

        var answers = await new GnuTlsProgram().AskAsync(store, [TestTrustStores.Trusted(_root), TestTrustStores.Trusted(_other)], Cancellation);
        await store.RemoveAsync(TestTrustStores.Trusted(_root));
        var afterwards = await new GnuTlsProgram().AskAsync(store, [TestTrustStores.Trusted(_root)], Cancellation);

        Assert.Equal([(TestTrustStores.KeyOf(_root), true), (TestTrustStores.KeyOf(_other), false)], answers.Select(a => (a.Key, a.Value)));
        Assert.Equal([false], afterwards.Values);
    }

    [Theory]
    [InlineData("GnuTLS", "alternative name that is too long")]
    [InlineData("OpenSSL", "garbage")]
    public async Task Ask_BundleThatAProgramCannotOpen_SaysSo(string program, string defect)
    {
        Tool.Require(program == "GnuTLS" ? "certtool" : "openssl");
        var store = TestTrustStores.Bundle(_folder["trust"]);
        await store.AddAsync(TestTrustStores.Trusted(_root));
        var poison = MalformedCertificates.ByDefect.GetValueOrDefault(defect) ?? [0x30, 1, 1];
        await File.AppendAllTextAsync(store.Location(CaStore.Root), PemEncoding.WriteString("CERTIFICATE", poison) + "\n", Cancellation);

        await AssertUnopenedAsync(program == "GnuTLS" ? new GnuTlsProgram() : new OpenSslProgram(), store, program);
    }

    [Fact]
    public async Task Ask_TruststoreThatJavaCannotOpen_SaysSo()
    {
        Tool.Require("keytool");
        var store = TestTrustStores.JavaTruststore(_folder["trust.p12"]);
        var poison = MalformedCertificates.ByDefect["directory name of something else"];
        await store.AddAsync(
            TestTrustStores.Trusted(_root),
            new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(poison)), poison, "Poison", default, default));

        await AssertUnopenedAsync(new JavaProgram(Options.Create(new CoreOptions())), store, "Java");
    }

    private async Task AssertUnopenedAsync(ITrustProgram reader, ITrustStore store, string program)
    {
        var readers = new TrustPrograms(
            [reader], new TrustStoreSelection(Options.Create(new CoreOptions { TrustStores = { store.Name } }), [], [store]), TimeProvider.System);

        var verdict = Assert.Single(await readers.ProveAsync([TestTrustStores.Trusted(_root)], [], Cancellation));

        Assert.Equal((ProgramAnswer.CannotOpen, $"{program} cannot open '{store.Location(CaStore.Root)}'."), (verdict.Answer, verdict.Detail));
    }
}
