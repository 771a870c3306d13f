using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.BackEnds;

/// <summary>What is made of what the address in a certificate gives: only what issued it is offered.</summary>
public sealed class FetchedIssuerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetch_CertificateOfAnother_IsNotOfferedAndItsNameIsSaid()
    {
        await using var lab = await StartAsync();
        using var other = TestCertificates.Root("VC AiaRoot");

        var fetched = await FetchAsync(lab, other.RawData);

        Assert.Null(fetched.Content);
        Assert.Equal(
            "What the address gave is “VC AiaRoot”, which did not issue “localhost”. Nothing is offered; ask the owner of the CA for the right certificate.",
            fetched.Problem);
        Assert.Contains("did not issue", Assert.Single(await lab.ActivityAsync("FetchIssuer")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_CertificateWithTheNameOfTheIssuerAndItsKeyIdentifier_IsNotOffered()
    {
        await using var lab = await StartAsync();
        var identifier = lab.Issuing.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single();
        using var namesake = NamesakeOf(lab.Issuing, identifier);
        Assert.Equal(identifier.SubjectKeyIdentifier, namesake.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier);

        var fetched = await FetchAsync(lab, namesake.RawData);

        Assert.Null(fetched.Content);
        Assert.Contains("did not issue", fetched.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_NoCertificate_IsSaid()
    {
        await using var lab = await StartAsync();

        Assert.Contains("holds no certificate", (await FetchAsync(lab, "<html>Moved</html>"u8.ToArray())).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DER")]
    [InlineData("PEM")]
    [InlineData("PKCS#7")]
    public async Task Fetch_TheIssuer_IsGivenAsItIs(string format)
    {
        await using var lab = await StartAsync();
        var content = format switch
        {
            "DER" => lab.Issuing.RawData,
            "PEM" => TestFiles.Pem(lab.Issuing, lab.Root),
            _ => new X509Certificate2Collection { lab.Root, lab.Issuing }.Export(X509ContentType.Pkcs7)!,
        };

        var fetched = await FetchAsync(lab, content);

        Assert.Null(fetched.Problem);
        Assert.Equal(content, fetched.Content?.ToArray());
    }

    [Fact]
    public async Task Fetch_OthersBesideTheIssuer_AreLeftOut()
    {
        await using var lab = await StartAsync();
        using var other = TestCertificates.Root("VC AiaRoot");

        var fetched = await FetchAsync(lab, TestFiles.Pem(other, lab.Root, lab.Issuing));

        var offered = new X509Certificate2Collection();
        offered.ImportFromPem(Encoding.ASCII.GetString(fetched.Content!.Value.Span));
        Assert.Equal(["Lab Issuing", "Lab Root"], offered.Select(c => c.GetNameInfo(X509NameType.SimpleName, forIssuer: false)));
    }

    [Fact]
    public async Task Fetch_FirstAddressGivesAnother_TheNextIsAsked()
    {
        await using var lab = await StartAsync();
        using var other = TestCertificates.Root("VC AiaRoot");
        await using var wrong = TcpServer.AnswerHttp(other.RawData);
        await using var right = TcpServer.AnswerHttp(lab.Issuing.RawData);
        using var closed = new ClosedPort();
        string[] urls = [$"http://127.0.0.1:{closed.Number}/", $"http://127.0.0.1:{wrong.Port}/", $"http://127.0.0.1:{right.Port}/"];

        var fetched = (await lab.Service.FetchIssuerAsync(BackEndLab.Presented(lab.Server), urls, TestCore.Anna, Cancellation))!;

        Assert.Equal((null, urls[2]), (fetched.Problem, fetched.Url));
        Assert.Equal(lab.Issuing.RawData, fetched.Content?.ToArray());
        Assert.Equal(3, (await lab.ActivityAsync("FetchIssuer")).Count);
    }

    // Addresses in certificates lead to this machine only where the settings say so.
    private static Task<BackEndLab> StartAsync() => BackEndLab.StartAsync(configure: o => o.BackEnds.Allowed.Networks.Add("127.0.0.0/8"));

    private static async Task<IssuerFetch> FetchAsync(BackEndLab lab, byte[] content)
    {
        await using var server = TcpServer.AnswerHttp(content);
        return (await lab.Service.FetchIssuerAsync(BackEndLab.Presented(lab.Server), [$"http://127.0.0.1:{server.Port}/ca.cer"], TestCore.Anna, Cancellation))!;
    }

    private static X509Certificate2 NamesakeOf(X509Certificate2 issuer, X509SubjectKeyIdentifierExtension identifier)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(issuer.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(identifier);
        return request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));
    }
}
