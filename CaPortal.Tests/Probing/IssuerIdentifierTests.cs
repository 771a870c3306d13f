using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Probing;

/// <summary>What certificates say of the keys of their issuers, rightly or not, beside what clients make of it.</summary>
public sealed class IssuerIdentifierTests
{
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Identifier Root").Create();
    private static readonly byte[] Elsewhere = [.. Enumerable.Repeat((byte)1, 20)];

    public static TheoryData<string> Wrong => ["key identifier", "serial number", "issuer"];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Judge_LeafThatItsCaSignedAndThatNamesAnother_IsToBeIssuedAgain(string what)
    {
        using var server = (CertificateTemplate.Server(Root) with { HidesIssuerKey = true, More = [Contradiction(what)] }).Create();

        var judgement = Judge(ServerProbing.Set([Root]), server);

        Assert.False(ChainClients.DotNetAccepts([server], Root));
        Assert.False(await ChainClients.OpenSslAcceptsAsync([server], [Root], "-partial_chain"));
        Assert.Equal((TrustVerdict.UnknownIssuer, null), (judgement.Verdict, judgement.Missing));
        Assert.Contains("signed by “Identifier Root”, but it names", judgement.Message, StringComparison.Ordinal);
        Assert.Contains(what, judgement.Message, StringComparison.Ordinal);
        Assert.Contains("“localhost” issued again", judgement.Advice, StringComparison.Ordinal);
        Assert.Equal(2, judgement.Path.Count);
        Assert.DoesNotContain("another key", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_LeafThatNamesItsCaByIssuerAndSerialNumber_IsTrusted()
    {
        var right = X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(
            new X500DistinguishedName("CN=identifier  ROOT"),
            Root.SerialNumberBytes.Span);
        using var server = (CertificateTemplate.Server(Root) with { HidesIssuerKey = true, More = [right] }).Create();

        Assert.True(ChainClients.DotNetAccepts([server], Root));
        Assert.True(await ChainClients.OpenSslAcceptsAsync([server], [Root]));
        Assert.Equal(TrustVerdict.Trusted, Judge(ServerProbing.Set([Root]), server).Verdict);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Judge_RootThatNamesAnotherIssuer_StaysARootThatSomeClientsRefuse(string what)
    {
        using var root = (CertificateTemplate.Ca("Odd Root") with { More = [Contradiction(what)] }).Create();
        using var server = (CertificateTemplate.Server(root) with { HidesIssuerKey = true }).Create();

        var trusted = Judge(ServerProbing.Set([root]), server);
        var presented = Judge(ServerProbing.Set(), server, root);

        Assert.False(ChainClients.DotNetAccepts([server], root));
        Assert.False(await ChainClients.OpenSslAcceptsAsync([server], [root]));
        Assert.True(await ChainClients.OpenSslAcceptsAsync([server], [root], "-partial_chain"));
        Assert.Equal((TrustVerdict.DependsOnClient, root.Sha256()), (trusted.Verdict, trusted.Anchor?.Facts.Sha256));
        Assert.Contains("“Odd Root” is self-signed, but it names", trusted.Message, StringComparison.Ordinal);
        Assert.Null(presented.Missing);
        Assert.Equal([2, 2], [trusted.Path.Count, presented.Path.Count]);
        var facts = ServerProbing.Presented(root).Facts!;
        Assert.Equal((true, CaStore.Root), (facts.IsSelfSigned, facts.SuggestedStore));
    }

    [Fact]
    public void Judge_NamesakeWithAnotherKeyAndWithoutIdentifiers_IsAnUnknownIssuerAndNoForgery()
    {
        using var namesake = CertificateTemplate.Ca("Identifier Root").Create();
        using var server = (CertificateTemplate.Server(Root) with { HidesIssuerKey = true }).Create();

        var known = Judge(ServerProbing.Set([namesake]), server);
        var sent = Judge(ServerProbing.Set(), server, namesake);

        Assert.Equal((TrustVerdict.UnknownIssuer, "Identifier Root"), (known.Verdict, known.Missing?.Name));
        Assert.Contains("known here has another key", known.Message, StringComparison.Ordinal);
        Assert.Contains("the server sends has another key", sent.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("forged", $"{known.Message} {sent.Message}", StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_SignatureThatIsNotOfTheNamedKey_IsForged()
    {
        using var server = CertificateTemplate.Server(Root).Create();
        var changed = server.RawData;
        changed[^1] ^= 1;

        var judgement = ServerProbing.Judge.Judge([ServerProbing.Presented(changed)], "localhost", ServerProbing.Set([Root]), ServerProbing.Now);

        Assert.Equal(TrustVerdict.WeakSignature, judgement.Verdict);
        Assert.Contains("damaged or forged", judgement.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judge_CrossCertificateOfTheSameNameWithoutIdentifiers_IsNoForgery()
    {
        using var other = CertificateTemplate.Ca("Twin").Create();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var cross = Cross(other, key);
        using var server = ServerOf(cross);

        var asRoot = Judge(ServerProbing.Set([cross]), server);
        var alone = Judge(ServerProbing.Set(), server, cross);

        // As a root it is an anchor to all: no client verifies the signature of a root.
        Assert.True(ChainClients.DotNetAccepts([server], cross));
        Assert.True(await ChainClients.OpenSslAcceptsAsync([server], [cross]));
        Assert.Equal(TrustVerdict.Trusted, asRoot.Verdict);
        Assert.Equal((TrustVerdict.UnknownIssuer, "Twin"), (alone.Verdict, alone.Missing?.Name));
        Assert.Contains("may be a cross certificate", alone.Message, StringComparison.Ordinal);
        var facts = ServerProbing.Presented(cross).Facts!;
        Assert.Equal((false, CaStore.CertificateAuthority), (facts.IsSelfSigned, facts.SuggestedStore));
        Assert.False(asRoot.Path[1].Problems.Any());
    }

    private static X509AuthorityKeyIdentifierExtension Contradiction(string what) =>
        what switch
        {
            "key identifier" => X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Elsewhere),
            "serial number" => X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(Root.IssuerName, [5]),
            _ => X509AuthorityKeyIdentifierExtension.CreateFromIssuerNameAndSerialNumber(
                new X500DistinguishedName("CN=Somebody Else"),
                Root.SerialNumberBytes.Span),
        };

    private static X509Certificate2 Cross(X509Certificate2 issuer, ECDsa key)
    {
        var request = new CertificateRequest(issuer.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.Create(issuer, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(2), [7]);
        return made.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 ServerOf(X509Certificate2 issuer) => (CertificateTemplate.Server(issuer) with { HidesIssuerKey = true }).Create();

    private static TrustJudgement Judge(TrustSet set, params X509Certificate2[] chain) =>
        ServerProbing.Judge.Judge([.. chain.Select(ServerProbing.Presented)], "localhost", set, ServerProbing.Now);
}
