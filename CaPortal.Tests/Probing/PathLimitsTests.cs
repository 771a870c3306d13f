using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>How many certificates count, and what is said where there are more.</summary>
public sealed class PathLimitsTests
{
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Limit Root").Create();
    private static readonly X509Certificate2 Intermediate = CertificateTemplate.Ca("Limit Issuing", Root).Create();
    private static readonly X509Certificate2 Server = CertificateTemplate.Server(Intermediate).Create();

    [Fact]
    public async Task Judge_SixtyCertificatesSent_AllCount()
    {
        // The issuer is the last of them.
        var others = Enumerable.Range(0, 58).Select(i => CertificateTemplate.Ca($"Beside {i}").Create()).ToList();
        using var server = await OpenSslServer.StartAsync(Server, [.. others, Intermediate]);

        Assert.Equal(TrustVerdict.Trusted, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]))).Verdict);
        Assert.True(ChainClients.DotNetAccepts([Server, .. others, Intermediate], Root));
    }

    [Fact]
    public void Judge_ChainThatIsLongerThanCaPortalFollows_IsTrustedAsClientsDoElseSaysSo()
    {
        var chain = new List<X509Certificate2> { Root };
        for (var i = 0; i < 33; i++)
            chain.Insert(0, CertificateTemplate.Ca($"Long {i}", chain[0]).Create());
        using var server = CertificateTemplate.Server(chain[0]).Create();

        // What comes next was sent, so it must not be said to be in no store, nor be offered.
        var trusted = Judge(ServerProbing.Set([Root]), [server, .. chain]);
        var untrusted = Judge(ServerProbing.Set(), [server, .. chain]);

        Assert.Equal((TrustVerdict.Trusted, null), (trusted.Verdict, trusted.Missing));
        Assert.Equal((TrustVerdict.UnknownIssuer, null), (untrusted.Verdict, untrusted.Missing));
        Assert.Contains("CaPortal follows at most 32 certificates", untrusted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_CertificatesThatAllNameEachOther_IsBounded()
    {
        // 31 certificates of one name and one key: each can be the issuer of each.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var first = (
            CertificateTemplate.Ca("Tangle", Root) with
            {
                Key = () => ECDsa.Create(key.ExportParameters(true)),
                HidesIssuerKey = true,
            }
        ).Create();
        var tangle = Enumerable
            .Range(0, 31)
            .Select(_ =>
                (CertificateTemplate.Ca("Tangle", first) with { Key = () => ECDsa.Create(key.ExportParameters(true)), HidesIssuerKey = true }).Create())
            .ToArray();
        using var server = CertificateTemplate.Server(tangle[0]).Create();

        var judgement = Judge(ServerProbing.Set([Root]), [server, .. tangle]);

        Assert.NotEqual(TrustVerdict.Trusted, judgement.Verdict);
        Assert.True(judgement.Path.Count <= 32);
    }

    private static TrustJudgement Judge(TrustSet set, params X509Certificate2[] chain) =>
        ServerProbing.Judge.Judge([.. chain.Select(ServerProbing.Presented)], "localhost", set, ServerProbing.Now);
}
