using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class AppleProfileFormatTests : IDisposable
{
    private const string DocumentType = """<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">""";

    private readonly X509Certificate2 _first = TestCertificates.Root("First");
    private readonly X509Certificate2 _second = TestCertificates.Root("Second");
    private readonly X509Certificate2 _third = TestCertificates.Root("Third");

    private string Payloads =>
        Payload("com.apple.security.root", _first.RawData)
        + Payload("com.apple.security.pem", Encoding.ASCII.GetBytes(_second.ExportCertificatePem()))
        + Payload("com.apple.security.pkcs12", Pkcs12("inside"), "inside");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_Profile_GivesEveryCertificateAndWhereItIs(bool isSigned)
    {
        var profile = Profile(Payloads);

        var result = await Reader.ReadAsync(isSigned ? Signed(profile) : profile);

        Assert.Equal(("Apple configuration profile", PasswordState.NotNeeded), (result.Format, result.Password));
        var items = result.Items.Where(i => i.Facts is not null).ToList();
        Assert.Equal(["First", "Second", "Third"], items.Select(i => i.Facts!.Name));
        Assert.Equal(["PayloadContent[0]", "PayloadContent[1]", "PayloadContent[2]"], items.Select(i => i.Position));
        Assert.Equal(isSigned ? 1 : 0, result.Items.Count(i => i.Kind == "Signature"));
        Assert.DoesNotContain(result.Items, i => i.Findings.Any(f => f.Severity != FindingSeverity.Information));
    }

    [Fact]
    public async Task Read_Pkcs12WithoutItsPassword_AsksForIt()
    {
        var profile = Profile(Payload("com.apple.security.root", _first.RawData) + Payload("com.apple.security.pkcs12", Pkcs12("typed"), "not this"));

        var without = await Reader.ReadAsync(profile);
        var with = await Reader.ReadAsync(profile, "typed");

        Assert.Equal((PasswordState.Needed, 1), (without.Password, without.Certificates().Length));
        Assert.Equal((PasswordState.NotNeeded, 2), (with.Password, with.Certificates().Length));
    }

    [Fact]
    public async Task Read_DamagedData_IsAnItemBesideTheOthers()
    {
        var profile = Encoding.UTF8.GetString(Profile(Payloads)).Replace(Convert.ToBase64String(_first.RawData)[..20], "MII???");

        var result = await Reader.ReadAsync(profile);

        Assert.Equal(2, result.Certificates().Length);
        Assert.True(result.Items.Single(i => i.Position == "PayloadContent[0]").Has(FindingCode.NotACertificate));
    }

    [Theory]
    [InlineData("""<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/hostname">]>""", "&x;")]
    [InlineData("""<!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>""", "&x;")]
    [InlineData("""<!DOCTYPE plist SYSTEM "http://127.0.0.1:9/external.dtd">""", "&x;")]
    public async Task Read_Entity_IsDamageAndNeverFollowed(string documentType, string reference)
    {
        var text = Encoding
            .UTF8.GetString(Profile(Payload("com.apple.security.root", _first.RawData) + $"<dict><key>x</key><string>{reference}</string></dict>"))
            .Replace(DocumentType, documentType);

        var result = await Reader.ReadAsync(text);

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.True(result.Items[1].Has(FindingCode.NotACertificate));
        Assert.Equal("Damaged property list", result.Items[1].Kind);
    }

    [Fact]
    public async Task Read_NestedTooDeep_IsDamage()
    {
        var profile = Profile(Payload("com.apple.security.root", _first.RawData) + string.Concat(Enumerable.Repeat("<array>", 500_000)));

        var result = await Reader.ReadAsync(profile);

        Assert.Equal([_first.RawData], result.Certificates());
        Assert.Contains("nested deeper", result.Items[1].Findings[0].Message);
    }

    [Fact]
    public async Task Read_PropertyListWithoutData_IsNamed() =>
        Assert.Equal("Property list", Assert.Single((await Reader.ReadAsync(Profile("<dict><key>a</key><true/></dict>"))).Items).Kind);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Read_CutAnywhere_LosesNothingInSilence(bool isSigned)
    {
        var profile = Profile(Payload("com.apple.security.root", _first.RawData));
        return CutFiles.AssertSaidAsync(isSigned ? Signed(profile) : profile, 1);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _third.Dispose();
    }

    private byte[] Pkcs12(string password) =>
        new X509Certificate2Collection(X509CertificateLoader.LoadCertificate(_third.RawData)).ExportPkcs12(
            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2000),
            password);

    private static byte[] Signed(byte[] profile)
    {
        using var root = TestCertificates.Root("Signer's CA");
        using var signer = TestCertificates.Server(root, "signer");
        var cms = new SignedCms(new ContentInfo(profile));
        cms.ComputeSignature(new CmsSigner(signer) { IncludeOption = X509IncludeOption.EndCertOnly });
        return cms.Encode();
    }

    private static byte[] Profile(string payloads) => Encoding.UTF8.GetBytes($"""
        <?xml version="1.0" encoding="UTF-8"?>
        {DocumentType}
        <plist version="1.0">
        <dict>
            <key>PayloadContent</key>
            <array>{payloads}</array>
            <key>PayloadType</key>
            <string>Configuration</string>
        </dict>
        </plist>
        """);

    private static string Payload(string type, byte[] content, string? password = null) => $"""
        <dict>
            {(password is null ? "" : $"<key>Password</key><string>{password}</string>")}
            <key>PayloadContent</key>
            <data>
            {Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks)}
            </data>
            <key>PayloadType</key>
            <string>{type}</string>
        </dict>
        """;
}
