using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>Servers that ask for a certificate of the client, or insist on one: with TLS 1.2 in the handshake, with TLS 1.3 after it.</summary>
public sealed class ClientCertificateTests
{
    private static readonly X509Certificate2 Root = TestCertificates.Root();
    private static readonly X509Certificate2 Intermediate = TestCertificates.Intermediate(Root);
    private static readonly X509Certificate2 Server = TestCertificates.Server(Intermediate);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Connect_ClientCertificateAskedFor_IsSaidAndNoFailure(SslProtocols protocol)
    {
        await using var server = new TlsServer(AskingForClients(protocol, demanded: false), Server, Intermediate);

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Null(contact.Failure);
        Assert.True(contact.AsksForClientCertificate);
        Assert.Equal(2, contact.Chain.Count);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Connect_ClientCertificateDemanded_IsAFailureWithTheChain(SslProtocols protocol)
    {
        await using var server = new TlsServer(AskingForClients(protocol, demanded: true), Server, Intermediate);

        AssertClientCertificateRequired(await ServerProbing.ConnectToDemandingAsync(server.Port));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Connect_OpenSslDemandsClientCertificate_IsAFailureWithTheChain(string protocol)
    {
        using var server = await OpenSslServer.StartAsync(Server, [Intermediate], protocol, "-Verify", "1");

        AssertClientCertificateRequired(await ServerProbing.ConnectToDemandingAsync(server.Port));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Connect_OpenSslAsksForClientCertificate_IsNoFailure(string protocol)
    {
        using var server = await OpenSslServer.StartAsync(Server, [Intermediate], protocol, "-verify", "1");

        var contact = await ServerProbing.ConnectAsync(server.Port);

        Assert.Null(contact.Failure);
        Assert.True(contact.AsksForClientCertificate);
    }

    private static SslServerAuthenticationOptions AskingForClients(SslProtocols protocol, bool demanded) => new()
    {
        EnabledSslProtocols = protocol,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => !demanded || certificate is not null,
    };

    private static void AssertClientCertificateRequired(ProbeContact contact)
    {
        ServerProbing.AssertFailure(TrustVerdict.ClientCertificateRequired, contact);
        Assert.True(contact.AsksForClientCertificate);
        Assert.Equal([Server.Sha256(), Intermediate.Sha256()], contact.Chain.Select(c => c.Sha256));
        Assert.Equal(TrustVerdict.ClientCertificateRequired, ServerProbing.Judge.Judge(contact, ServerProbing.Set([Root]), ServerProbing.Now).Verdict);
        Assert.Equal(TrustVerdict.UnknownIssuer, ServerProbing.Judge.Judge(contact, ServerProbing.Set(), ServerProbing.Now).Verdict);
    }
}
