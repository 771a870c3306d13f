using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>What a trust store holds can be had back from it, regardless of who put it there.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task Load_PemBundle_ReturnsTheBytesOfThoseThatAreThere()
    {
        using var folder = new TemporaryDirectory();
        await Load_ReturnsTheBytesOfThoseThatAreThere(TestTrustStores.Bundle(folder.Path));
    }

    [Fact]
    public async Task Load_JavaTruststore_ReturnsTheBytesOfThoseThatAreThere()
    {
        using var folder = new TemporaryDirectory();
        await Load_ReturnsTheBytesOfThoseThatAreThere(TestTrustStores.JavaTruststore(folder["truststore.p12"]));
    }

    [Fact]
    public Task Load_X509_ReturnsTheBytesOfThoseThatAreThere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can a test have a certificate store of its own.");
        return Load_ReturnsTheBytesOfThoseThatAreThere(TestTrustStores.X509());
    }

    private static async Task Load_ReturnsTheBytesOfThoseThatAreThere(ITrustStore store)
    {
        using var root = TestCertificates.Root($"Load {Guid.NewGuid()}");
        using var intermediate = TestCertificates.Intermediate(root);
        using var absent = TestCertificates.Root("Absent");
        TrustedCertificate[] added =
        [
            .. ((TrustedCertificate[])[TestTrustStores.Trusted(root), TestTrustStores.Trusted(intermediate, CaStore.CertificateAuthority)]).Where(c =>
                store.Holds(c.Key.Store)),
        ];
        await store.AddAsync(added);

        var loaded = await store.LoadAsync(
            added.Select(c => c.Key).Append(TestTrustStores.KeyOf(absent)).ToHashSet(), TestContext.Current.CancellationToken);

        Assert.Equal(
            added.Select(c => (c.Key, Convert.ToHexString(c.Der.Span))),
            loaded.OrderBy(c => c.Key.Store).Select(c => (c.Key, Convert.ToHexString(c.Der.Span))));
        Assert.All(loaded, c => Assert.True(File.Exists(c.Place)));
    }
}
