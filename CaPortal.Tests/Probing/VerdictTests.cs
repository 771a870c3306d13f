using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>Each verdict about a chain, from a real server on loopback that is in that very state.</summary>
public sealed class VerdictTests
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Verdict Root").Create();
    private static readonly X509Certificate2 Intermediate = CertificateTemplate.Ca("Verdict Issuing", Root).Create();
    private static readonly X509Certificate2 Server = CertificateTemplate.Server(Intermediate).Create();
    private static readonly DateTimeOffset LongAgo = TestCertificates.Yesterday.AddYears(-2);

    [Fact]
    public async Task Judge_WholeChain_IsTrusted()
    {
        await using var server = new TlsServer(Server, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]));

        Assert.Equal(TrustVerdict.Trusted, judgement.Verdict);
        Assert.Null(judgement.Advice);
        Assert.Equal(
            [(Server.Sha256(), PathOrigin.Presented, null), (Intermediate.Sha256(), PathOrigin.Presented, null),
                (Root.Sha256(), PathOrigin.Managed, CaStore.Root)],
            judgement.Path.Select(p => (p.Sha256, p.Origin, p.Store)));
        Assert.All(judgement.Path, p => Assert.Empty(p.Problems));
        Assert.Equal(Root.Sha256(), judgement.Anchor?.Facts.Sha256);
        Assert.Equal(Server.NotAfter.ToUniversalTime(), judgement.ExpiresAt);
        Assert.Null(judgement.Missing);
        Assert.Null(judgement.TrustableSha256);
    }

    [Fact]
    public async Task Judge_IntermediateLeftOut_NamesIt()
    {
        await using var server = new TlsServer(Server);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]));

        Assert.Equal(TrustVerdict.UnknownIssuer, judgement.Verdict);
        Assert.Contains("Verdict Issuing", judgement.Message, StringComparison.Ordinal);
        Assert.Equal("Verdict Issuing", judgement.Missing?.Name);
        Assert.Equal(DistinguishedNames.MatchKey("CN=Verdict Issuing"), judgement.Missing?.SubjectKey);
        Assert.Equal(ServerProbing.Presented(Intermediate).Facts!.SubjectKeyIdentifier, judgement.Missing?.KeyIdentifier);
        Assert.Null(judgement.Anchor);
        Assert.Null(judgement.TrustableSha256);
    }

    [Fact]
    public async Task Judge_IntermediateLeftOutAndInTheSet_IsFoundByDotNetAlone()
    {
        await using var server = new TlsServer(Server);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root], [Intermediate]));

        Assert.Equal(TrustVerdict.DependsOnClient, judgement.Verdict);
        Assert.StartsWith(".NET accepts it, OpenSSL and curl refuse it: no trusted issuer", judgement.Message, StringComparison.Ordinal);
        Assert.Equal("Have the server send “Verdict Issuing” too.", judgement.Advice);
        Assert.Equal((PathOrigin.Managed, CaStore.CertificateAuthority), (judgement.Path[1].Origin, judgement.Path[1].Store));
    }

    [Fact]
    public async Task Judge_UnknownRoot_NamesItAsMissing()
    {
        await using var server = new TlsServer(Server, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set());

        Assert.Equal(TrustVerdict.UnknownIssuer, judgement.Verdict);
        Assert.Equal("Verdict Root", judgement.Missing?.Name);
        Assert.Equal(2, judgement.Path.Count);
    }

    [Fact]
    public async Task Judge_PresentedRootThatIsNotTrusted_CanBeTrusted()
    {
        using var server = await OpenSslServer.StartAsync(Server, [Intermediate, Root]);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set());

        Assert.Equal(TrustVerdict.UntrustedRoot, judgement.Verdict);
        Assert.Equal(Root.Sha256(), judgement.TrustableSha256);
        Assert.Null(judgement.Missing);
        Assert.Null(judgement.Anchor);
        Assert.Equal(TrustVerdict.Trusted, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]))).Verdict);
    }

    [Fact]
    public async Task Judge_RootAmongTheIntermediates_IsNotTrusted()
    {
        await using var server = new TlsServer(Server, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([], [Root]));

        Assert.Equal(TrustVerdict.UntrustedRoot, judgement.Verdict);
        Assert.Contains("move it from the intermediates", judgement.Advice, StringComparison.Ordinal);
        Assert.Null(judgement.TrustableSha256);
    }

    [Fact]
    public async Task Judge_SelfSignedServer_IsTrustedOnlyAsARoot()
    {
        using var certificate = CertificateTemplate.Server(null).Create();
        await using var server = new TlsServer(certificate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]));

        Assert.Equal(TrustVerdict.UntrustedRoot, judgement.Verdict);
        Assert.Contains("self-signed", judgement.Message, StringComparison.Ordinal);
        Assert.Equal(certificate.Sha256(), judgement.TrustableSha256);
        Assert.Equal(TrustVerdict.Trusted, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([certificate]))).Verdict);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Judge_ExpiredCertificate_IsNamed(int which)
    {
        var (root, intermediate, certificate) = Chain((i, t) => i == which ? t with { NotBefore = LongAgo, NotAfter = LongAgo.AddYears(1) } : t);
        await using var server = new TlsServer(certificate, intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root], [intermediate]));

        AssertProblem(TrustVerdict.Expired, which, judgement);
        Assert.Equal(LongAgo.AddYears(1).UtcDateTime, judgement.ExpiresAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Judge_CertificateThatIsNotValidYet_IsNamed(int which)
    {
        var start = TestCertificates.Yesterday.AddDays(10);
        var (root, intermediate, certificate) = Chain((i, t) => i == which ? t with { NotBefore = start } : t);
        await using var server = new TlsServer(certificate, intermediate);

        AssertProblem(TrustVerdict.NotYetValid, which, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root], [intermediate])));

        // The same handshake, judged for a day on which all count.
        Assert.Equal(
            TrustVerdict.Trusted,
            (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root], [intermediate]), at: start.AddDays(1))).Verdict);
    }

    [Fact]
    public async Task Judge_OtherName_SaysWhichNamesItHas()
    {
        await using var server = new TlsServer(Server, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]), "payments.corp");

        AssertProblem(TrustVerdict.NameMismatch, 0, judgement);
        Assert.Equal("The certificate is not for payments.corp but for localhost, 127.0.0.1.", judgement.Message);
    }

    [Theory]
    [InlineData("127.0.0.1", TrustVerdict.Trusted)]
    [InlineData("127.0.0.2", TrustVerdict.NameMismatch)]
    [InlineData("2001:db8::1", TrustVerdict.Trusted)]
    [InlineData("2001:db8::2", TrustVerdict.NameMismatch)]
    public async Task Judge_AddressAsName_MustBeAnAddressOfTheCertificate(string name, TrustVerdict expected)
    {
        using var certificate = (
            CertificateTemplate.Server(Intermediate) with
            {
                Dns = ["127.0.0.2"],
                Addresses = [IPAddress.Loopback, IPAddress.Parse("2001:db8::1")],
            }
        ).Create();
        await using var server = new TlsServer(certificate, Intermediate);

        Assert.Equal(expected, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]), name)).Verdict);
    }

    [Fact]
    public async Task Judge_ExpiredIntermediateThatTheServerSends_IsToBeReplacedThere()
    {
        var (root, intermediate, certificate) = Chain((i, t) => i == 1 ? t with { NotBefore = LongAgo, NotAfter = LongAgo.AddYears(1) } : t);
        await using var server = new TlsServer(certificate, intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root]));

        Assert.Contains("Have the server send the successor", judgement.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("permitted", "localhost", TrustVerdict.Trusted)]
    [InlineData("permitted", "corp", TrustVerdict.NameConstraint)]
    [InlineData("excluded", "localhost", TrustVerdict.NameConstraint)]
    [InlineData("excluded", "corp", TrustVerdict.Trusted)]
    public async Task Judge_NameConstraints_Count(string kind, string name, TrustVerdict expected)
    {
        using var intermediate = (
            CertificateTemplate.Ca("Constrained", Root) with
            {
                More = [Constraint(kind == "permitted" ? (byte)0 : (byte)1, name)],
            }
        ).Create();
        using var certificate = CertificateTemplate.Server(intermediate).Create();
        await using var server = new TlsServer(certificate, intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]));

        Assert.Equal(expected, judgement.Verdict);
        if (expected != TrustVerdict.Trusted)
        {
            AssertProblem(expected, 1, judgement);
            Assert.Contains("localhost", judgement.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Judge_TooManyIntermediates_IsPathLength()
    {
        using var root = (CertificateTemplate.Ca("Short Root") with { PathLength = 0 }).Create();
        using var intermediate = CertificateTemplate.Ca("One too many", root).Create();
        using var certificate = CertificateTemplate.Server(intermediate).Create();
        await using var server = new TlsServer(certificate, intermediate);

        AssertProblem(TrustVerdict.PathLength, 2, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Judge_OtherPurpose_IsNotForServers(int which)
    {
        var (root, intermediate, certificate) = Chain((i, t) => i == which ? t with { Purposes = [ClientAuthentication] } : t);
        await using var server = new TlsServer(certificate, intermediate);

        AssertProblem(TrustVerdict.NotForServerAuth, which, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root])));
    }

    [Fact]
    public async Task Judge_IssuerThatIsNoCa_IsNotForServers()
    {
        using var noCa = (CertificateTemplate.Server(Root) with { Purposes = [] }).Create();
        using var certificate = CertificateTemplate.Server(noCa).Create();
        using var server = await OpenSslServer.StartAsync(certificate, [noCa]);

        AssertProblem(TrustVerdict.NotForServerAuth, 1, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root])));
    }

    [Fact]
    public async Task Judge_CriticalExtensionThatNobodyKnows_IsRefusedAsDotNetDoes()
    {
        using var certificate = (CertificateTemplate.Server(Intermediate) with { More = [new X509Extension("1.3.6.1.4.1.55555.7", [5, 0], true)] }).Create();
        await using var server = new TlsServer(certificate, Intermediate);

        AssertProblem(TrustVerdict.UnusableCertificate, 0, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Judge_Sha1_IsWeak(int which)
    {
        var (root, intermediate, certificate) = Chain((i, t) => t with { Key = () => RSA.Create(2048), IsSha1 = i == which });
        using var server = await OpenSslServer.StartAsync(certificate, [intermediate], "-cipher", "DEFAULT:@SECLEVEL=0");

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root]));

        AssertProblem(TrustVerdict.DependsOnClient, which, judgement);
        Assert.Contains(".NET accepts it, OpenSSL and curl refuse it", judgement.Message, StringComparison.Ordinal);
        Assert.Contains("SHA-1", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_Sha1OnTheRoot_DoesNotMatter()
    {
        var (root, intermediate, certificate) = Chain((i, t) => t with { Key = () => RSA.Create(2048), IsSha1 = i == 2 });
        await using var server = new TlsServer(certificate, intermediate);

        Assert.Equal(TrustVerdict.Trusted, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root]))).Verdict);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Judge_Rsa1024_IsWeak(int which)
    {
        var (root, intermediate, certificate) = Chain((i, t) => i == which ? t with { Key = () => RSA.Create(1024) } : t);
        using var server = await OpenSslServer.StartAsync(certificate, [intermediate], "-cipher", "DEFAULT:@SECLEVEL=0");

        AssertProblem(TrustVerdict.DependsOnClient, which, await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root])));
    }

    [Fact]
    public async Task Judge_P521_IsTrusted()
    {
        var (root, intermediate, certificate) = Chain((_, t) => t with { Key = () => ECDsa.Create(ECCurve.NamedCurves.nistP521) });
        await using var server = new TlsServer(certificate, intermediate);

        Assert.Equal(TrustVerdict.Trusted, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root]))).Verdict);
    }

    [Fact]
    public async Task Judge_Ed25519_IsTrusted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "TLS with Ed25519 is not on every platform.");
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ed25519",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "key.pem",
            "-out",
            "server.pem");
        var (certificate, key) = (File.ReadAllText(folder["server.pem"]), File.ReadAllText(folder["key.pem"]));
        using var root = X509Certificate2.CreateFromPem(certificate);
        using var server = await OpenSslServer.StartAsync(certificate, key, "");

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root]));

        Assert.Equal((TrustVerdict.Trusted, "Ed25519"), (judgement.Verdict, judgement.Path[0].Facts?.KeyAlgorithm));
    }

    [Fact]
    public async Task Judge_OtherCaOfThatNameWithIdentifier_IsAnUnknownIssuer()
    {
        using var other = CertificateTemplate.Ca("Verdict Root").Create();
        await using var server = new TlsServer(Server, Intermediate);

        var judgement = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([other]));

        AssertProblem(TrustVerdict.UnknownIssuer, 1, judgement);
        Assert.Contains("has another key", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_SeveralProblems_TheFirstInOrderIsTheVerdictAndAllAreListed()
    {
        var (root, intermediate, certificate) = Chain((i, t) => i switch
        {
            0 => t with { NotBefore = LongAgo, NotAfter = LongAgo.AddYears(1), Dns = ["other.corp"], Purposes = [ClientAuthentication] },
            1 => t with { NotBefore = TestCertificates.Yesterday.AddDays(10) },
            _ => t,
        });
        await using var server = new TlsServer(certificate, intermediate);

        var untrusted = await ServerProbing.TestAsync(server.Port, ServerProbing.Set());
        var trusted = await ServerProbing.TestAsync(server.Port, ServerProbing.Set([root], [intermediate]));

        Assert.Equal((TrustVerdict.UnknownIssuer, TrustVerdict.Expired), (untrusted.Verdict, trusted.Verdict));
        Assert.Equal([3, 1, 0], trusted.Path.Select(p => p.Problems.Count));
    }

    private static (X509Certificate2 Root, X509Certificate2 Intermediate, X509Certificate2 Server) Chain(
        Func<int, CertificateTemplate, CertificateTemplate> change)
    {
        var root = change(2, CertificateTemplate.Ca("Chain Root")).Create();
        var intermediate = change(1, CertificateTemplate.Ca("Chain Issuing", root)).Create();
        return (root, intermediate, change(0, CertificateTemplate.Server(intermediate)).Create());
    }

    /// <summary>nameConstraints with one DNS name, permitted (0) or excluded (1).</summary>
    private static X509Extension Constraint(byte which, string name)
    {
        byte[] dns = [0x82, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)];
        byte[] trees = [(byte)(0xA0 + which), (byte)(dns.Length + 2), 0x30, (byte)dns.Length, .. dns];
        return new X509Extension("2.5.29.30", [0x30, (byte)trees.Length, .. trees], true);
    }

    private static void AssertProblem(TrustVerdict expected, int index, TrustJudgement judgement)
    {
        Assert.True(
            expected == judgement.Verdict,
            $"{judgement.Verdict}: {judgement.Message} {string.Join(" | ", judgement.Path.SelectMany(p => p.Problems))}");
        Assert.NotEmpty(judgement.Path[index].Problems);
        Assert.All(judgement.Path.Where((_, i) => i != index), p => Assert.Empty(p.Problems));
        Assert.EndsWith(".", judgement.Message, StringComparison.Ordinal);
        Assert.NotNull(judgement.Advice);
    }
}
