using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.TrustStores;

public sealed class OperatingSystemRootsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Get_EachRoot_IsThereOnceWithItsHash()
    {
        var roots = await new OperatingSystemRoots(_time).GetAsync(TestContext.Current.CancellationToken);

        Assert.All(roots, r => Assert.Equal(Thumbprints.Sha256(r.Der.Span), r.Sha256));
        Assert.Distinct(roots.Select(r => r.Sha256));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(6, false)]
    public async Task Get_AfterMinutes_ReadsAgainWhenOld(int minutes, bool same)
    {
        var roots = new OperatingSystemRoots(_time);
        var first = await roots.GetAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(minutes));

        Assert.Equal(same, ReferenceEquals(first, await roots.GetAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Get_ListChanged_ReadsItAtOnce()
    {
        using var folder = new TemporaryDirectory();
        using var one = TestCertificates.Root("One");
        using var two = TestCertificates.Root("Two");
        await TestFiles.AppendAsync(folder["bundle.crt"], one);
        var roots = new OperatingSystemRoots(_time, folder["bundle.crt"]);
        Assert.Equal(Thumbprints.Sha256(one.RawData), Assert.Single(await roots.GetAsync(TestContext.Current.CancellationToken)).Sha256);

        await TestFiles.AppendAsync(folder["bundle.crt"], two);

        Assert.Equal(2, (await roots.GetAsync(TestContext.Current.CancellationToken)).Count);
    }
}
