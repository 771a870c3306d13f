using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1.X509;
using X509Extension = System.Security.Cryptography.X509Certificates.X509Extension;

namespace CaPortal.Tests.Probing;

public sealed class SubjectNamesTests
{
    [Theory]
    [InlineData("payments.corp", "payments.corp", true)]
    [InlineData("PAYMENTS.corp", "payments.corp", true)]
    [InlineData("payments.corp", "a.payments.corp", false)]
    [InlineData("*.corp", "payments.corp", true)]
    [InlineData("*.corp", "corp", false)]
    [InlineData("*.corp", "a.payments.corp", false)]
    [InlineData("*.payments.corp", "a.payments.corp", true)]
    [InlineData("p*.corp", "payments.corp", false)]
    [InlineData("*s.corp", "payments.corp", false)]
    [InlineData("a.*.corp", "a.b.corp", false)]
    [InlineData("*", "localhost", false)]
    [InlineData("*.*.corp", "a.b.corp", false)]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", true)]
    [InlineData("*.example", "xn--bcher-kva.example", true)]
    public void Match_Name_IsWhatDotNetSays(string inCertificate, string name, bool expected)
    {
        using var certificate = (CertificateTemplate.Server(null) with { Dns = [inCertificate], Addresses = [] }).Create();

        Assert.Equal(expected, SubjectNames.Read(EncodedCertificate.Read(certificate.RawData)).Match(name));
        Assert.Equal(expected, certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false));
    }

    [Theory]
    [InlineData("*.payments.corp", "*.payments.corp")]
    [InlineData("::1", "::1")]
    [InlineData(" localhost", "“ localhost”")]
    [InlineData("localhost ", "“localhost ”")]
    [InlineData("localhost.", "“localhost.”")]
    [InlineData("", "“”")]
    [InlineData("a, b and 3 more", "“a, b and 3 more”")]
    public void Shown_NameThatTheWordsAroundItWouldHide_IsQuoted(string name, string shown) =>
        Assert.Equal($"a.corp, {shown}", new SubjectNames(["a.corp", name], [], []).Shown());

    [Theory]
    [InlineData("CN=localhost", null, "localhost", true)]
    [InlineData("CN=LOCALHOST, O=Corp", null, "localhost", true)]
    [InlineData("CN=localhost", "email:a@b.c", "localhost", true)]
    [InlineData("CN=localhost", "URI:http://localhost/", "localhost", true)]
    [InlineData("CN=localhost", "DNS:other", "localhost", false)]
    [InlineData("CN=localhost", "IP:127.0.0.1", "localhost", false)] // curl refuses it
    [InlineData("CN=other, CN=localhost", null, "localhost", false)] // .NET refuses it
    [InlineData("CN=*.corp", null, "a.corp", false)] // .NET refuses it
    [InlineData("CN=127.0.0.1", null, "127.0.0.1", false)] // OpenSSL and Java refuse it
    [InlineData("O=localhost", null, "localhost", false)]
    public async Task MatchesByCommonName_IsWhatAllClientsSay(string subject, string? alternative, string name, bool expected)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        string[] extension = alternative is null ? [] : ["-addext", $"subjectAltName={alternative}"];
        var parts = string.Concat(subject.Split(", ").Select(part => $"/{part}"));
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            [
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                parts,
                .. extension,
                "-keyout",
                "key.pem",
                "-out",
                "server.pem",
            ]);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(folder["server.pem"]);
        var names = SubjectNames.Read(EncodedCertificate.Read(certificate.RawData));

        Assert.Equal(expected, names.MatchesByCommonName(name));
        Assert.False(names.Match(name));
        if (expected)
        {
            Assert.True(certificate.MatchesHostname(name));
            await Tool.RunAsync(folder.Path, "openssl", "verify", "-CAfile", "server.pem", "-verify_hostname", name, "server.pem");
        }
    }

    [Fact]
    public void Shown_ManyAndLongNames_IsBounded()
    {
        var names = new GeneralNames([.. Enumerable.Range(0, 200).Select(i => new GeneralName(GeneralName.DnsName, $"{i}{new string('a', 500)}"))]);
        using var certificate = (
            CertificateTemplate.Server(null) with
            {
                Dns = [],
                Addresses = [],
                More = [new("2.5.29.17", names.GetDerEncoded(), false)],
            }
        ).Create();

        var shown = SubjectNames.Read(EncodedCertificate.Read(certificate.RawData)).Shown();

        Assert.EndsWith("and 195 more", shown, StringComparison.Ordinal);
        Assert.True(shown!.Length < 400);
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 0x80 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x82, 0x05, 0x61 })]
    [InlineData(new byte[] { 0x30, 0x03, 0x87, 0x01, 0x7F })]
    [InlineData(new byte[] { 0x30, 0x03, 0x82, 0x01, 0xFF })]
    [InlineData(new byte[] { 0x04, 0x00 })]
    public void Read_OddExtension_HasNoNames(byte[] extension)
    {
        using var certificate = (
            CertificateTemplate.Server(null) with
            {
                Dns = [],
                Addresses = [],
                More = [new X509Extension("2.5.29.17", extension, false)],
            }
        ).Create();

        var names = SubjectNames.Read(EncodedCertificate.Read(certificate.RawData));

        Assert.Null(names.Shown());
        Assert.False(names.Match("localhost"));
        Assert.False(names.Match("127.0.0.1"));
    }
}
