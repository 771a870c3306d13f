using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Clients;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>Chains that have a good path, and that clients refuse all the same, because they take another one.</summary>
public sealed class ClientVerdictTests
{
    private static readonly DateTimeOffset LongAgo = TestCertificates.Yesterday.AddYears(-2);
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Client Root").Create();
    private static readonly X509Certificate2 Issuing = CertificateTemplate.Ca("Client Issuing", Root).Create();
    private static readonly X509Certificate2 Server = CertificateTemplate.Server(Issuing).Create();

    [Fact]
    public void Judge_TwoCrossSignedIntermediatesSent_IsRefusedUntilTheServerSendsTheRightOneAlone()
    {
        var (wrong, right) = CrossSigned();
        using var server = CertificateTemplate.Server(right).Create();
        var set = ServerProbing.Set([Root]);

        var judgement = Judge(set, server, wrong, right);

        Assert.Equal(TrustVerdict.UnknownIssuer, judgement.Verdict);
        Assert.StartsWith(
            $".NET, OpenSSL and curl refuse it: no trusted issuer of “Crossed” (SHA-256 {wrong.Sha256()[..8]}…) is found",
            judgement.Message,
            StringComparison.Ordinal);
        Assert.StartsWith("Have the server send only its own certificate and “Crossed” (SHA-256 ", judgement.Advice, StringComparison.Ordinal);
        Assert.Contains(right.Sha256()[..8], judgement.Advice, StringComparison.Ordinal);
        Assert.All(judgement.Clients, c => Assert.Equal((true, false), (c.Counts, c.IsAccepted)));
        Assert.Equal(TrustVerdict.Trusted, Judge(set, server, right).Verdict);
    }

    [Fact]
    public void Judge_TwoCrossSignedIntermediatesInTheList_IsCuredByDeletingTheOtherAndSendingTheRightOne()
    {
        var (wrong, right) = CrossSigned();
        using var server = CertificateTemplate.Server(right).Create();

        var judgement = Judge(ServerProbing.Set([Root], [wrong, right]), server);

        Assert.NotEqual(TrustVerdict.Trusted, judgement.Verdict);
        Assert.Contains("depending on which of the CA certificates of one name is taken first", judgement.Message, StringComparison.Ordinal);
        Assert.Equal(
            $"Delete “Crossed” (SHA-256 {wrong.Sha256()[..8]}…) from the intermediates, where it is in the way. Have the server send “Crossed” too.",
            judgement.Advice);
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([Root], [right]), server, right).Verdict);
    }

    [Fact]
    public void Judge_ExpiredRootBesideItsCrossSignedRenewal_IsCuredByDeletingTheExpiredOne()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(true);
        using var expired = (
            CertificateTemplate.Ca("Old Root") with
            {
                Key = () => ECDsa.Create(parameters),
                NotBefore = LongAgo,
                NotAfter = LongAgo.AddYears(1),
            }
        ).Create();
        using var renewal = (CertificateTemplate.Ca("Old Root", Root) with { Key = () => ECDsa.Create(parameters) }).Create();
        using var server = CertificateTemplate.Server(renewal).Create();

        var judgement = Judge(ServerProbing.Set([Root, expired]), server, renewal);

        Assert.NotEqual(TrustVerdict.Trusted, judgement.Verdict);
        Assert.StartsWith("Delete “Old Root”, which expired on ", judgement.Advice, StringComparison.Ordinal);
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([Root]), server, renewal).Verdict);
    }

    [Fact]
    public void Judge_NamesakeWithAnotherKeyAndNoIdentifiers_IsNotTrustedAnyMore()
    {
        var (real, server) = Bare("Namesake");
        var (other, _) = Bare("Namesake");

        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([real]), server).Verdict);
        foreach (var set in (TrustSet[])[ServerProbing.Set([real, other]), ServerProbing.Set([other, real])])
        {
            var judgement = Judge(set, server);
            Assert.NotEqual(TrustVerdict.Trusted, judgement.Verdict);
            Assert.Contains("depending on which of the CA certificates of one name is taken first", judgement.Message, StringComparison.Ordinal);
            Assert.StartsWith("Delete “Namesake” (SHA-256 ", judgement.Advice, StringComparison.Ordinal);
            Assert.Contains(other.Sha256()[..8], judgement.Advice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Judge_ClientsThatCount_MakeTheVerdict()
    {
        // Python 3.13 wants an authority key identifier.
        using var server = (CertificateTemplate.Server(Issuing) with { HidesIssuerKey = true }).Create();
        PresentedCertificate[] chain = [ServerProbing.Presented(server), ServerProbing.Presented(Issuing)];
        TrustJudgement For(ClientChoice choice) => ServerProbing.Judge.Judge(chain, "localhost", ServerProbing.Set([Root]), ServerProbing.Now, choice);

        var all = For(new ClientChoice(null, AsksAll: true));
        var withPython = For(new ClientChoice([ClientNames.DotNet, ClientNames.Python]));

        Assert.Equal(TrustVerdict.Trusted, all.Verdict);
        var python = Assert.Single(all.Clients, c => c.Name == ClientNames.Python);
        Assert.Equal((false, false, ClientProblem.Malformed), (python.Counts, python.IsAccepted, python.Problem));
        Assert.Contains("Missing Authority Key Identifier", python.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(TrustVerdict.DependsOnClient, withPython.Verdict);
        Assert.StartsWith(".NET accepts it, Python 3.13 refuses it: “localhost” breaks a rule that is enforced", withPython.Message, StringComparison.Ordinal);
        Assert.Equal([ClientNames.DotNet, ClientNames.Python], withPython.Clients.Select(c => c.Name));
        Assert.Equal(TrustVerdict.WeakKey, JudgementOfWeakKeyFor([ClientNames.OpenSsl]).Verdict);
        Assert.Equal(
            "The key of “localhost” is an RSA key of 1024 bits, where at least 2048 are needed; many clients refuse it.",
            JudgementOfWeakKeyFor([ClientNames.OpenSsl]).Message);
        Assert.Equal(TrustVerdict.Trusted, JudgementOfWeakKeyFor([ClientNames.DotNet]).Verdict);
    }

    [Fact]
    public void Judge_IntermediateFromTheListAlone_SaysWhoTakesIt()
    {
        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(Server)],
            "localhost",
            ServerProbing.Set([Root], [Issuing]),
            ServerProbing.Now,
            new ClientChoice(null, AsksAll: true));

        Assert.Equal(TrustVerdict.DependsOnClient, judgement.Verdict);
        Assert.All(judgement.Clients.Where(c => c.IsAccepted is not null), c =>
            Assert.Equal(
                c.Name == ClientNames.DotNet ? (true, "It takes an intermediate from the list, which the server does not send.") : (false, null),
                (c.IsAccepted!.Value, c.Remark)));
        Assert.All(
            ServerProbing
                .Judge.Judge(
                    [ServerProbing.Presented(Server), ServerProbing.Presented(Issuing)],
                    "localhost",
                    ServerProbing.Set([Root], [Issuing]),
                    ServerProbing.Now,
                    new ClientChoice(null, AsksAll: true))
                .Clients,
            c => Assert.Null(c.Remark));
    }

    [Fact]
    public void Judge_CommonNameAlone_NamesTheClientsElsewhereThatRefuseIt()
    {
        using var server = (CertificateTemplate.Server(Issuing) with { Dns = [], Addresses = [] }).Create();

        var judgement = ServerProbing.Judge.Judge(
            [ServerProbing.Presented(server), ServerProbing.Presented(Issuing)],
            "localhost",
            ServerProbing.Set([Root]),
            ServerProbing.Now,
            new ClientChoice(null, AsksAll: true));

        Assert.Equal(TrustVerdict.Trusted, judgement.Verdict);
        var restriction = Assert.Single(judgement.Restrictions, r => r.Message.Contains("common name", StringComparison.Ordinal));
        Assert.Equal(server.Sha256(), restriction.Sha256);
        Assert.Contains(restriction.Clients, c => c.StartsWith("Go ", StringComparison.Ordinal));

        // Python is asked itself.
        Assert.DoesNotContain(judgement.Restrictions, r => r.Clients.All(c => c.StartsWith("Python", StringComparison.Ordinal)));
    }

    [Fact]
    public void Judge_NoNameLeadsToARoot_AsksNobody()
    {
        var engine = new CountingEngine();
        var judge = new ChainJudge(new ClientPanel([engine], [engine.Name]));
        PresentedCertificate[] chain = [ServerProbing.Presented(Server), ServerProbing.Presented(Issuing)];
        using var unrelated = CertificateTemplate.Ca("Somebody Else").Create();

        Assert.Equal(TrustVerdict.UnknownIssuer, judge.Judge(chain, "localhost", ServerProbing.Set([unrelated]), ServerProbing.Now).Verdict);
        Assert.Equal(0, engine.Asked);

        // What is asked once is known, as long as nothing that can count has changed.
        judge.Judge(chain, "localhost", ServerProbing.Set([Root]), ServerProbing.Now);
        judge.Judge(chain, "localhost", ServerProbing.Set([Root, unrelated]), ServerProbing.Now.AddMinutes(1));
        Assert.Equal(1, engine.Asked);
        judge.Judge(chain, "localhost", ServerProbing.Set([Root]), Root.NotAfter.AddDays(1));
        Assert.Equal(2, engine.Asked);
    }

    [Fact]
    public void Judge_NoAnswerFromAnyClient_IsWhatThePathSays()
    {
        var engine = new CountingEngine { Answer = null };
        var judge = new ChainJudge(new ClientPanel([engine], [engine.Name]));

        var judgement = judge.Judge(
            [ServerProbing.Presented(Server), ServerProbing.Presented(Issuing)],
            "localhost",
            ServerProbing.Set([Root]),
            ServerProbing.Now);

        Assert.Equal((TrustVerdict.Trusted, null), (judgement.Verdict, Assert.Single(judgement.Clients).IsAccepted));
        judge.Judge([ServerProbing.Presented(Server), ServerProbing.Presented(Issuing)], "localhost", ServerProbing.Set([Root]), ServerProbing.Now);
        Assert.Equal(2, engine.Asked);
    }

    private static TrustJudgement JudgementOfWeakKeyFor(string[] clients)
    {
        using var server = (CertificateTemplate.Server(Issuing) with { Key = () => RSA.Create(1024) }).Create();
        return ServerProbing.Judge.Judge(
            [ServerProbing.Presented(server), ServerProbing.Presented(Issuing)],
            "localhost",
            ServerProbing.Set([Root]),
            ServerProbing.Now,
            new ClientChoice(clients));
    }

    private static (X509Certificate2 Wrong, X509Certificate2 Right) CrossSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(true);
        using var unknown = CertificateTemplate.Ca("Unknown Root").Create();
        return (
            (CertificateTemplate.Ca("Crossed", unknown) with { Key = () => ECDsa.Create(parameters) }).Create(),
            (CertificateTemplate.Ca("Crossed", Root) with { Key = () => ECDsa.Create(parameters) }).Create());
    }

    /// <summary>A root and a server's certificate without key identifiers.</summary>
    private static (X509Certificate2 Root, X509Certificate2 Server) Bare(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var root = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(5));
        return (root, (CertificateTemplate.Server(root) with { HidesIssuerKey = true }).Create());
    }

    private static TrustJudgement Judge(TrustSet set, params X509Certificate2[] chain) =>
        ServerProbing.Judge.Judge([.. chain.Select(ServerProbing.Presented)], "localhost", set, ServerProbing.Now);

    private sealed class CountingEngine : IClientEngine
    {
        public int Asked { get; private set; }

        public ClientAnswer? Answer { get; init; } = ClientAnswer.Accepted;

        public string Name => "counting";

        public string Title => "Counting";

        public string Programs => "None";

        public string? Version => "1";

        public ClientAnswer? Ask(ClientQuestion question)
        {
            Asked++;
            return Answer;
        }
    }
}
