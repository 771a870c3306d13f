using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

/// <summary>What a server sends and what a client trusts.</summary>
/// <param name="Name">What is special.</param>
/// <param name="Sent">What the server sends; the first has a key.</param>
/// <param name="Roots">What the client trusts.</param>
internal sealed record ServerCase(string Name, X509Certificate2[] Sent, params X509Certificate2[] Roots)
{
    private static readonly DateTimeOffset LongAgo = TestCertificates.Yesterday.AddYears(-3);
    private static readonly DateTimeOffset Ended = TestCertificates.Yesterday.AddHours(1);
    private static readonly X509Certificate2 Root = CertificateTemplate.Ca("Case Root").Create();
    private static readonly X509Certificate2 Issuing = CertificateTemplate.Ca("Case Issuing", Root).Create();
    private static readonly X509Certificate2 SelfSigned = TestCertificates.SelfSignedServer();

    private static X509Extension OtherKey => X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]);

    /// <summary>The name or address that the client calls.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>The intermediates that the list has, which .NET alone looks at.</summary>
    public X509Certificate2[] Intermediates { get; init; } = [];

    public ClientQuestion Question(DateTimeOffset? at = null) =>
        new(Der(Sent), Host, Der(Roots), Der(Intermediates), at ?? TimeProvider.System.GetUtcNow());

    /// <summary>A server that sends exactly this.</summary>
    public Task<OpenSslServer> ServeAsync() => OpenSslServer.StartAsync(Sent[0], Sent[1..], "-www", "-cipher", "DEFAULT@SECLEVEL=0");

    /// <summary>The roots as a PEM file.</summary>
    public string WriteRoots(TemporaryDirectory folder)
    {
        var file = folder[$"{Name}.pem"];
        File.WriteAllLines(file, Roots.Select(r => r.ExportCertificatePem()));
        return file;
    }

    public static ServerCase Plain { get; } = Of("plain", CertificateTemplate.Server(Issuing));

    public static ServerCase CrossSigned { get; } = TwoCrossSigned();

    /// <summary>One of each kind in which clients differ or have gone wrong.</summary>
    public static IReadOnlyList<ServerCase> All { get; } =
    [
        Plain,
        .. ServerNameCases.All(Named),
        .. Listed(),
        new("missing intermediate", [CertificateTemplate.Server(Issuing).Create()], Root),
        CrossSigned,
        Of("common name only", new CertificateTemplate("localhost") { Issuer = Issuing }),
        Of("wrong name", new CertificateTemplate("other.example") { Issuer = Issuing, Dns = ["other.example"] }),
        Of("wrong common name only", new CertificateTemplate("other.example") { Issuer = Issuing }),
        Of("address", CertificateTemplate.Server(Issuing)) with { Host = "127.0.0.1" },
        Of("address as a DNS name", new CertificateTemplate("127.0.0.1") { Issuer = Issuing, Dns = ["127.0.0.1"] }) with { Host = "127.0.0.1" },
        Of("expired", CertificateTemplate.Server(Issuing) with { NotBefore = LongAgo, NotAfter = Ended }),
        Of("not yet valid", CertificateTemplate.Server(Issuing) with { NotBefore = TestCertificates.Yesterday.AddDays(30) }),
        By("expired intermediate", CertificateTemplate.Ca("Case Expired", Root) with { NotBefore = LongAgo, NotAfter = Ended }),
        DirectlyBy("expired root", CertificateTemplate.Ca("Case Expired Root") with { NotBefore = LongAgo, NotAfter = Ended }),
        By(
            "name constraints",
            CertificateTemplate.Ca("Case Constrained", Root) with
            {
                More = [Extension("2.5.29.30", [0x30, 17, 0xA0, 15, 0x30, 13, 0x82, 11, .. "example.com"u8])],
            }),
        PathTooLong(),
        DirectlyBy("SHA-1", CertificateTemplate.Ca("Case RSA Root") with { Key = () => RSA.Create(2048) }, s => s with { IsSha1 = true }),
        Of("RSA 1024", CertificateTemplate.Server(Issuing) with { Key = () => RSA.Create(1024) }),
        By("Brainpool", CertificateTemplate.Ca("Case Brainpool", Root) with { Key = () => ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1) }),
        Of("server's key on Brainpool", CertificateTemplate.Server(Issuing) with { Key = () => ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1) }),
        Of("unknown critical extension", CertificateTemplate.Server(Issuing) with { More = [Extension("1.3.6.1.4.1.99999.1", [5, 0])] }),
        Of("for clients only", CertificateTemplate.Server(Issuing) with { Purposes = ["1.3.6.1.5.5.7.3.2"] }),
        Of("for any purpose", CertificateTemplate.Server(Issuing) with { Purposes = ["2.5.29.37.0"] }),
        DirectlyBy("root that is no CA", new CertificateTemplate("Case No CA Root")),
        By("intermediate that is no CA", new CertificateTemplate("Case No CA") { Issuer = Root }),
        DirectlyBy("root without basic constraints", BareRoot()),
        Of("wrong key identifier", CertificateTemplate.Server(Issuing) with { HidesIssuerKey = true, More = [OtherKey] }),
        DirectlyBy("wrong key identifier of the root", Root, s => s with { HidesIssuerKey = true, More = [OtherKey] }),
        new(
            "namesake",
            [(CertificateTemplate.Server(CertificateTemplate.Ca("Case Namesake").Create()) with { HidesIssuerKey = true }).Create()],
            CertificateTemplate.Ca("Case Namesake").Create()),
        new("self-signed and trusted", [SelfSigned], SelfSigned),
        new("self-signed", [SelfSigned], Root),
        new("nothing trusted", [CertificateTemplate.Server(Issuing).Create(), Issuing]),
        new("100 sent", [CertificateTemplate.Server(Issuing).Create(), .. Enumerable.Repeat(Issuing, 99)], Root),
        Of("64 KB", CertificateTemplate.Server(Issuing) with { More = [new X509Extension("1.3.6.1.4.1.99999.2", new byte[64 * 1024], false)] }),
    ];

    private static IReadOnlyList<ReadOnlyMemory<byte>> Der(X509Certificate2[] certificates) => [.. certificates.Select(c => (ReadOnlyMemory<byte>)c.RawData)];

    private static ServerCase Of(string name, CertificateTemplate server) => new(name, [server.Create(), Issuing], Root);

    private static ServerCase Named(string name, string host, Func<CertificateTemplate, CertificateTemplate> change) =>
        Of(name, change(new CertificateTemplate("other.example") { Issuer = Issuing })) with { Host = host };

    /// <summary>An intermediate of the list beside the one of its name that the server sends, or does not send.</summary>
    private static IEnumerable<ServerCase> Listed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(true);
        var template = CertificateTemplate.Ca("Case Listed", Root) with { Key = () => ECDsa.Create(parameters) };
        var good = template.Create();
        X509Certificate2[] sent = [CertificateTemplate.Server(good).Create(), good];
        var namesake = CertificateTemplate.Ca("Case Listed", Root).Create();
        var unknown = (template with { Issuer = CertificateTemplate.Ca("Case Unknown Root").Create() }).Create();
        yield return new("intermediate in the list alone", sent[..1], Root) { Intermediates = [good] };
        yield return new("intermediate in the list too", sent, Root) { Intermediates = [good] };
        yield return new("expired one in the list", sent, Root) { Intermediates = [(template with { NotBefore = LongAgo, NotAfter = Ended }).Create()] };
        yield return new("one of an unknown root in the list", sent, Root) { Intermediates = [unknown] };
        yield return new("one for other uses in the list", sent, Root) { Intermediates = [(template with { Purposes = ["1.3.6.1.5.5.7.3.2"] }).Create()] };
        yield return new("good one in the list, one of an unknown root sent", [sent[0], unknown], Root) { Intermediates = [good] };
        yield return new("another key in the list", [(CertificateTemplate.Server(good) with { HidesIssuerKey = true }).Create(), good], Root)
        {
            Intermediates = [namesake],
        };
    }

    private static ServerCase By(string name, CertificateTemplate intermediate)
    {
        var issuer = intermediate.Create();
        return new(name, [CertificateTemplate.Server(issuer).Create(), issuer], Root);
    }

    private static ServerCase DirectlyBy(string name, CertificateTemplate root, Func<CertificateTemplate, CertificateTemplate>? change = null) =>
        DirectlyBy(name, root.Create(), change);

    private static ServerCase DirectlyBy(string name, X509Certificate2 root, Func<CertificateTemplate, CertificateTemplate>? change = null)
    {
        var server = CertificateTemplate.Server(root);
        return new(name, [(change is null ? server : change(server)).Create()], root);
    }

    /// <summary>The one of an unknown root is sent first.</summary>
    private static ServerCase TwoCrossSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(true);
        var unknown = (
            CertificateTemplate.Ca("Case Cross", CertificateTemplate.Ca("Case Unknown Root").Create()) with
            {
                Key = () => ECDsa.Create(parameters),
            }
        ).Create();
        var known = (CertificateTemplate.Ca("Case Cross", Root) with { Key = () => ECDsa.Create(parameters) }).Create();
        return new("cross-signed", [CertificateTemplate.Server(known).Create(), unknown, known], Root);
    }

    private static ServerCase PathTooLong()
    {
        var last = (CertificateTemplate.Ca("Case Last", Root) with { PathLength = 0 }).Create();
        var more = CertificateTemplate.Ca("Case One More", last).Create();
        return new("path length", [CertificateTemplate.Server(more).Create(), more, last], Root);
    }

    private static X509Certificate2 BareRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=Case Bare Root", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1));
    }

    private static X509Extension Extension(string oid, byte[] value) => new(oid, value, true);
}
