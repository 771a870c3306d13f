using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

public sealed class TrustStoreSelectionTests
{
    [Theory]
    [InlineData(new string[0], new[] { "x509", "pem-bundle" })]
    [InlineData(new[] { "pem-bundle" }, new[] { "pem-bundle" })]
    [InlineData(new[] { "pem-bundle", "x509" }, new[] { "pem-bundle", "x509" })]
    public void Enabled_Settings_NameThem(string[] settings, string[] expected)
    {
        using var services = ServicesWith(o => settings.ToList().ForEach(o.TrustStores.Add));

        Assert.Equal(expected, services.GetRequiredService<TrustStoreSelection>().Enabled.Select(s => s.Name));
    }

    [Fact]
    public void Enabled_ScopeOfTheMachine_LeavesOutTheStoresOfAnAccount()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the X.509 stores of the machine can be written.");
        using var services = ServicesWith(o => o.Scope = TrustScope.Machine);

        var enabled = services.GetRequiredService<TrustStoreSelection>().Enabled;

        Assert.DoesNotContain("x509", enabled.Select(s => s.Name));
        Assert.Contains("linux-anchors", enabled.Select(s => s.Name));
        Assert.Equal("/var/lib/caportal/trust/roots.pem", enabled.Single(s => s.Name == "pem-bundle").Location(CaStore.Root));
    }

    [Fact]
    public void Options_WrongTrustStores_AreAllNamedWithTheirKeyAndTheKnownKinds()
    {
        using var services = ServicesWith(o =>
        {
            o.TrustStores.Add("X509");
            o.TrustStores.Add("pem-bundle");
            o.TrustStores.Add("pem-bundle");
        });

        var failures = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<CoreOptions>>().Value).Failures.ToList();

        Assert.Equal(2, failures.Count);
        Assert.Contains("CaPortal:TrustStores:0 is 'X509'", failures[0], StringComparison.Ordinal);
        Assert.Contains("x509, linux-anchors, pem-bundle, java-truststore", failures[0], StringComparison.Ordinal);
        Assert.Contains("CaPortal:TrustStores:2", failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Registration_Kinds_HaveTheNamesOfTheirTrustStores()
    {
        using var services = ServicesWith(_ => { });

        Assert.Equal(services.GetServices<TrustStoreKind>().Select(k => k.Name), services.GetServices<ITrustStore>().Select(s => s.Name));
    }

    private static ServiceProvider ServicesWith(Action<CoreOptions> configure) =>
        new ServiceCollection().AddLogging().AddCaPortalCore().Configure(configure).BuildServiceProvider();
}
