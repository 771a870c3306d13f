using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Operators;
using Org.BouncyCastle.X509;
using X509Extension = System.Security.Cryptography.X509Certificates.X509Extension;

namespace CaPortal.Tests.Probing;

/// <summary>What no server has to be started for: paths that can be chosen, what depends on what, odd and hostile chains.</summary>
public sealed class ChainJudgeTests
{
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Judge Root").Create();
    private static readonly X509Certificate2 Intermediate = CertificateTemplate.Ca("Judge Issuing", Root).Create();
    private static readonly X509Certificate2 Server = CertificateTemplate.Server(Intermediate).Create();
    private static readonly DateTimeOffset LongAgo = TestCertificates.Yesterday.AddYears(-2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Judge_ExpiredAndRenewedIntermediate_TakesTheValidOne()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var template = CertificateTemplate.Ca("Renewed", Root) with { Key = () => Copy(key) };
        using var old = (template with { NotBefore = LongAgo, NotAfter = LongAgo.AddYears(1) }).Create();
        using var renewed = template.Create();
        using var server = CertificateTemplate.Server(old).Create();

        Assert.Equal(TrustVerdict.Expired, Judge(ServerProbing.Set([Root]), server, old).Verdict);
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([Root]), server, old, renewed).Verdict);
        var judgement = Judge(ServerProbing.Set([Root], [renewed]), server, old);
        Assert.Equal((TrustVerdict.DependsOnClient, "Have the server send “Renewed” too."), (judgement.Verdict, judgement.Advice));
        Assert.Equal([PathOrigin.Presented, PathOrigin.Managed, PathOrigin.Managed], judgement.Path.Select(p => p.Origin));
    }

    [Fact]
    public void Judge_CrossSignedRoot_EndsAtTheOneThatIsTrusted()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherRoot = CertificateTemplate.Ca("Other Root").Create();
        using var root = (CertificateTemplate.Ca("Crossed Root") with { Key = () => Copy(key) }).Create();
        using var crossed = (CertificateTemplate.Ca("Crossed Root", otherRoot) with { Key = () => Copy(key) }).Create();
        using var intermediate = CertificateTemplate.Ca("Crossed Issuing", root).Create();
        using var server = CertificateTemplate.Server(intermediate).Create();

        var through = Judge(ServerProbing.Set([otherRoot]), server, intermediate, crossed);
        var direct = Judge(ServerProbing.Set([root]), server, intermediate, crossed);
        var both = Judge(ServerProbing.Set([root, otherRoot]), server, intermediate, crossed);
        var neither = Judge(ServerProbing.Set(), server, intermediate, crossed);

        Assert.Equal((TrustVerdict.Trusted, otherRoot.Sha256(), 4), (through.Verdict, through.Anchor?.Facts.Sha256, through.Path.Count));
        Assert.Equal((TrustVerdict.Trusted, root.Sha256(), 3), (direct.Verdict, direct.Anchor?.Facts.Sha256, direct.Path.Count));
        Assert.Equal((TrustVerdict.Trusted, root.Sha256(), 3), (both.Verdict, both.Anchor?.Facts.Sha256, both.Path.Count));
        Assert.Equal((TrustVerdict.UnknownIssuer, "Other Root"), (neither.Verdict, neither.Missing?.Name));
    }

    [Fact]
    public void Judge_ShorterPathThatClientsRefuse_IsNotSavedByTheOther()
    {
        // The extension is one that PathChecks does not look at.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherRoot = CertificateTemplate.Ca("Good Root").Create();
        using var refused = (
            CertificateTemplate.Ca("Twice", Root) with
            {
                Key = () => Copy(key),
                More = [new X509Extension("1.3.6.1.4.1.55555.7", [5, 0], true)],
            }
        ).Create();
        using var middle = CertificateTemplate.Ca("Middle", otherRoot).Create();
        using var good = (CertificateTemplate.Ca("Twice", middle) with { Key = () => Copy(key) }).Create();
        using var server = CertificateTemplate.Server(good).Create();

        var judgement = Judge(ServerProbing.Set([Root, otherRoot]), server, refused, good, middle);

        // Clients take the first and do not come back; what cures it is found with them.
        Assert.Equal(TrustVerdict.UnusableCertificate, judgement.Verdict);
        Assert.StartsWith("Have the server send only its own certificate and “Twice”", judgement.Advice, StringComparison.Ordinal);
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([Root, otherRoot]), server, good, middle).Verdict);
    }

    [Fact]
    public void Judge_OperatingSystemRoot_IsTheAnchor()
    {
        var set = new TrustSet([ServerProbing.Managed(Root.RawData, CaStore.Root, TrustOrigin.OperatingSystem)]);

        var judgement = Judge(set, Server, Intermediate);

        Assert.Equal((TrustVerdict.Trusted, TrustOrigin.OperatingSystem), (judgement.Verdict, judgement.Anchor?.Origin));
        Assert.Equal((PathOrigin.OperatingSystem, null), (judgement.Path[^1].Origin, judgement.Path[^1].Store));
    }

    [Fact]
    public void Judge_IntermediateAmongTheRoots_IsAnAnchorToCurlAlone()
    {
        var judgement = Judge(ServerProbing.Set([Intermediate]), Server, Intermediate);

        Assert.Equal((TrustVerdict.DependsOnClient, "Judge Root"), (judgement.Verdict, judgement.Missing?.Name));
        Assert.StartsWith("curl accepts it, .NET and OpenSSL refuse it:", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_UntrustedRootWithMoreProblems_IsNotFixedByTrust()
    {
        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(Server), ServerProbing.Presented(Intermediate), ServerProbing.Presented(Root)],
            "other.corp",
            ServerProbing.Set(),
            ServerProbing.Now);

        Assert.Equal(TrustVerdict.UntrustedRoot, judgement.Verdict);
        Assert.Null(judgement.TrustableSha256);
        Assert.Single(judgement.Path[0].Problems);
    }

    [Fact]
    public async Task Judge_RootWhoseOwnSignatureIsWrong_IsAnAnchorAsClientsHaveIt()
    {
        var changed = Root.RawData;
        changed[^1] ^= 1;
        using var root = X509CertificateLoader.LoadCertificate(changed);

        Assert.True(ChainClients.DotNetAccepts([Server, Intermediate], root));
        Assert.True(await ChainClients.OpenSslAcceptsAsync([Server, Intermediate], [root]));
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([root]), Server, Intermediate).Verdict);
    }

    [Fact]
    public void Judge_ServerCertificateThatWasChanged_IsForged()
    {
        var changed = Server.RawData;
        changed[^1] ^= 1;

        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(changed), ServerProbing.Presented(Intermediate)],
            "localhost",
            ServerProbing.Set([Root]),
            ServerProbing.Now);

        Assert.Equal(TrustVerdict.WeakSignature, judgement.Verdict);
    }

    [Fact]
    public void Judge_MissingIssuer_SaysWhereItCanBeFetched()
    {
        var access = new X509AuthorityInformationAccessExtension(
            [],
            [
                "ldap://dc.corp/cn=ca",
                "http://pki.corp/ca.cer",
                .. Enumerable.Range(0, 20).Select(i => $"http://pki.corp/{i}"),
                "http://pki.corp/" + new string('a', 5000),
            ]);
        using var server = (CertificateTemplate.Server(Intermediate) with { More = [access] }).Create();

        var missing = Judge(ServerProbing.Set([Root]), server).Missing;

        Assert.Equal("http://pki.corp/ca.cer", missing?.Urls[0]);
        Assert.Equal(5, missing?.Urls.Count);
    }

    [Fact]
    public void Judge_Nothing_IsNoHandshake()
    {
        Assert.Equal(TrustVerdict.HandshakeFailed, ServerProbing.Judge.Judge([], "localhost", ServerProbing.Set(), ServerProbing.Now).Verdict);
        Assert.Equal(
            TrustVerdict.HandshakeFailed,
            ServerProbing.Judge.Judge([ServerProbing.Presented([1, 2, 3])], "localhost", ServerProbing.Set(), ServerProbing.Now).Verdict);
    }

    [Fact]
    public void Judge_OthersThatCannotBeRead_ArePassedOver() =>
        Assert.Equal(
            TrustVerdict.Trusted,
            ServerProbing
                .Judge.Judge(
                    [ServerProbing.Presented(Server), ServerProbing.Presented([1, 2, 3]), ServerProbing.Presented(Intermediate)],
                    "localhost",
                    ServerProbing.Set([Root]),
                    ServerProbing.Now)
                .Verdict);

    [Theory]
    [InlineData("Ed25519")]
    [InlineData("ML-DSA-65")]
    [InlineData("SM2")]
    public void Judge_AlgorithmThatNotAllMachinesHave_IsTrustedOrSaidToBeBeyondThisOne(string algorithm)
    {
        var (keys, signature) = (BouncyRoots.Algorithms[algorithm].Keys(), BouncyRoots.Algorithms[algorithm].Signature);
        var root = BouncyRoots.Create(keys, signature);
        var server = ServerIssuedBy(keys.Private, signature);

        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(server)],
            "localhost",
            new TrustSet([ServerProbing.Managed(root, CaStore.Root)]),
            ServerProbing.Now);

        TestContext.Current.TestOutputHelper?.WriteLine($"{judgement.Verdict}: {judgement.Message}");
        Assert.Equal(2, judgement.Path.Count);
        if (judgement.Verdict != TrustVerdict.Trusted)
        {
            Assert.Equal(TrustVerdict.WeakSignature, judgement.Verdict);
            Assert.Contains("on this machine", judgement.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Judge_KeysThatWouldTakeForEver_AreNotVerified()
    {
        // A modulus of 60,000 bits and an exponent as long.
        var huge = BouncyRoots.WithPublicKey(new RsaPublicKeyStructure(
            Org.BouncyCastle.Math.BigInteger.One.ShiftLeft(60_000).Add(Org.BouncyCastle.Math.BigInteger.One),
            Org.BouncyCastle.Math.BigInteger.One.ShiftLeft(59_999).Add(Org.BouncyCastle.Math.BigInteger.One)));
        var server = ServerIssuedBy(BouncyRoots.RsaKeys(2048).Private, "SHA256WITHRSA");

        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(server), ServerProbing.Presented(huge)],
            "localhost",
            new TrustSet([ServerProbing.Managed(huge, CaStore.Root)]),
            ServerProbing.Now);

        Assert.Equal(TrustVerdict.WeakSignature, judgement.Verdict);
        Assert.Contains("cannot be verified on this machine", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_ManyThreads_AllSeeTheSame()
    {
        var judge = new ChainJudge(ServerProbing.Clients);
        var set = ServerProbing.Set([Root]);
        PresentedCertificate[] chain = [ServerProbing.Presented(Server), ServerProbing.Presented(Intermediate)];

        Parallel.For(0, 2000, i =>
            Assert.Equal(
                i % 2 == 0 ? TrustVerdict.Trusted : TrustVerdict.NameMismatch,
                judge.Judge(chain, i % 2 == 0 ? "localhost" : "other.corp", set, ServerProbing.Now).Verdict));
    }

    [Fact]
    public void CanDiffer_OnlyWhereANameOfThePathHasChanged()
    {
        using var other = CertificateTemplate.Ca("Somebody Else").Create();
        using var unrelated = CertificateTemplate.Server(other).Create();
        PresentedCertificate[] chain = [ServerProbing.Presented(Server), ServerProbing.Presented(Intermediate)];
        var (before, after) = (ServerProbing.Set([Root]), ServerProbing.Set([Root, other]));

        Assert.False(Differs(chain, before, after, other));
        Assert.True(Differs([ServerProbing.Presented(unrelated)], before, after, other));
        Assert.True(Differs(chain, before, ServerProbing.Set(), Root));
        Assert.True(Differs(chain, ServerProbing.Set(), before, Root));
        Assert.True(Differs([ServerProbing.Presented(Server)], ServerProbing.Set([Root]), ServerProbing.Set([Root], [Intermediate]), Intermediate));

        // Over an intermediate that only the set has.
        Assert.True(Differs([ServerProbing.Presented(Server)], ServerProbing.Set([], [Intermediate]), ServerProbing.Set([Root], [Intermediate]), Root));
        Assert.False(Differs([ServerProbing.Presented(Server)], ServerProbing.Set(), ServerProbing.Set([Root]), Root));
        Assert.False(ChainJudge.CanDiffer([], before, after, new HashSet<string>()));
    }

    [Fact]
    public async Task Judge_IntermediateInTheAccountsOwnStore_CompletesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only .NET on Linux keeps the account's stores in the home folder.");

        // .NET by itself finds the intermediate.
        Assert.Equal(("True", nameof(TrustVerdict.UnknownIssuer)), await AskWithStoreAsync(Server, [], Intermediate));

        // .NET by itself prefers the one that is still valid.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var template = CertificateTemplate.Ca("Renewed", Root) with { Key = () => Copy(key) };
        using var old = (template with { NotBefore = LongAgo, NotAfter = LongAgo.AddYears(1) }).Create();
        using var renewed = template.Create();
        using var server = CertificateTemplate.Server(old).Create();
        Assert.Equal(("True", nameof(TrustVerdict.Expired)), await AskWithStoreAsync(server, [old], renewed));
    }

    [Fact]
    public async Task Judge_AddressesInCertificates_AreNotFetched()
    {
        await using var pki = new TcpServer(
            async (socket, stop) =>
            {
                await socket.ReceiveAsync(new byte[4096], stop);
                await socket.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
            });
        using var certificate = (
            CertificateTemplate.Server(Intermediate) with
            {
                More = [new X509AuthorityInformationAccessExtension([], [$"http://127.0.0.1:{pki.Port}/ca.cer"])],
            }
        ).Create();
        await using var server = new TlsServer(certificate);

        Assert.Equal(TrustVerdict.UnknownIssuer, (await ServerProbing.TestAsync(server.Port, ServerProbing.Set([Root]))).Verdict);
        Assert.Equal(0, await pki.ConnectionsAsync());

        // .NET by itself would have gone there.
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck } };
        chain.Build(X509CertificateLoader.LoadCertificate(certificate.RawData));
        Assert.NotEqual(0, await pki.ConnectionsAsync());
    }

    private static TrustJudgement Judge(TrustSet set, params X509Certificate2[] chain) =>
        ServerProbing.Judge.Judge([.. chain.Select(ServerProbing.Presented)], "localhost", set, ServerProbing.Now);

    private static bool Differs(PresentedCertificate[] chain, TrustSet before, TrustSet after, X509Certificate2 changed) =>
        ChainJudge.CanDiffer(chain, before, after, new HashSet<string> { ServerProbing.Presented(changed).Facts!.SubjectKey });

    private static ECDsa Copy(ECDsa key) => ECDsa.Create(key.ExportParameters(true));

    private static byte[] ServerIssuedBy(AsymmetricKeyParameter issuer, string signature)
    {
        var generator = new X509V3CertificateGenerator();
        generator.SetSerialNumber(Org.BouncyCastle.Math.BigInteger.ValueOf(0x5678));
        generator.SetSubjectDN(new X509Name("CN=localhost"));
        generator.SetIssuerDN(new X509Name("CN=Bouncy Root"));
        generator.SetNotBefore(TestCertificates.Yesterday.UtcDateTime);
        generator.SetNotAfter(TestCertificates.Yesterday.UtcDateTime.AddYears(1));
        generator.SetPublicKey(BouncyRoots.EcKeys(Org.BouncyCastle.Asn1.X9.X9ObjectIdentifiers.Prime256v1).Public);
        generator.AddExtension(X509Extensions.SubjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.DnsName, "localhost")));
        return generator.Generate(new Asn1SignatureFactory(signature, issuer)).GetEncoded();
    }

    private static async Task<(string? DotNet, string? Verdict)> AskWithStoreAsync(
        X509Certificate2 server,
        X509Certificate2[] presented,
        X509Certificate2 store)
    {
        using var home = new TemporaryDirectory();
        var files = new List<string>();
        foreach (var (name, certificates) in (ReadOnlySpan<(string, X509Certificate2[])>)
                [("server", [server]), ("root", [Root]), ("presented", presented), ("store", [store])])
        {
            files.Add(home[$"{name}.pem"]);
            File.WriteAllText(files[^1], string.Concat(certificates.Select(c => c.ExportCertificatePem() + "\n")));
        }

        using var process = ChildProcess.Start(nameof(StoresAtHand), home.Path, [.. files]);
        var answers = (await process.ReadLineAsync(Cancellation), await process.ReadLineAsync(Cancellation));
        await process.WaitAsync(Cancellation);
        return answers;
    }
}
