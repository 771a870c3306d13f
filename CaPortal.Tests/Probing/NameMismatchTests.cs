using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>What is said where a certificate is not, or not rightly, for the name that it is asked for.</summary>
public sealed class NameMismatchTests
{
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Name Root").Create();
    private static readonly X509Certificate2 Intermediate = CertificateTemplate.Ca("Name Issuing", Root).Create();

    [Fact]
    public async Task Judge_CommonNameAlone_IsANameToClients()
    {
        using var certificate = (CertificateTemplate.Server(Intermediate) with { Dns = [], Addresses = [] }).Create();
        await using var server = new TlsServer(certificate, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]));
        var other = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]), "other.corp");

        Assert.Equal(TrustVerdict.Trusted, judgement.Verdict);
        Assert.Equal(TrustVerdict.NameMismatch, other.Verdict);
        Assert.Contains("localhost, its common name", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_AddressAsADnsName_SaysThatItIsOfTheWrongType()
    {
        using var certificate = (CertificateTemplate.Server(Intermediate) with { Dns = ["127.0.0.1"], Addresses = [] }).Create();
        await using var server = new TlsServer(certificate, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]), "127.0.0.1");

        Assert.Equal(TrustVerdict.NameMismatch, judgement.Verdict);
        Assert.Equal("The certificate has 127.0.0.1 as a DNS name: for an IP address, clients accept only an entry of the type IP address.", judgement.Message);
    }

    [Fact]
    public async Task Judge_DefaultCertificateForAnAddress_SaysAtOnceThatTrustIsNotEnough()
    {
        using var certificate = (CertificateTemplate.Server(null) with { Dns = ["default.invalid"], Addresses = [] }).Create();
        await using var server = new TlsServer(certificate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set(), "127.0.0.1");

        Assert.Equal((TrustVerdict.UntrustedRoot, null), (judgement.Verdict, judgement.TrustableSha256));
        Assert.Contains("not for 127.0.0.1", judgement.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("add it to the trusted roots", judgement.Advice, StringComparison.Ordinal);
    }
}
