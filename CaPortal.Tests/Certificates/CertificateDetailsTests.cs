using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using DisplayText = CaPortal.Core.Certificates.DisplayText;

namespace CaPortal.Tests.Certificates;

public sealed class CertificateDetailsTests
{
    [Theory]
    [InlineData("SM2", "SM2 (256 bits)")]
    [InlineData("EC P-224", "EC (P-224, 224 bits)")]
    public void Read_Key_SaysEachThingOnce(string algorithm, string expected)
    {
        var der = BouncyRoots.Create(algorithm);

        Assert.Contains(Read(der).General, f => (f.Label, f.Value) == ("Public key", expected));
    }

    private static readonly GeneralName Directory = new(new X509Name("CN=Corp, O=Corp"));

    public static TheoryData<string, string, string, string[]> Rows => new()
    {
        { "2.5.29.19", Hex(new BasicConstraints(3)), "Basic constraints", ["CA: yes", "Intermediates that may follow: 3"] },
        { "2.5.29.19", Hex(new BasicConstraints(true)), "Basic constraints", ["CA: yes", "Intermediates that may follow: any number"] },
        { "2.5.29.19", Hex(new BasicConstraints(false)), "Basic constraints", ["CA: no"] },
        { "2.5.29.15", Hex(new KeyUsage(KeyUsage.KeyCertSign | KeyUsage.CrlSign | KeyUsage.DecipherOnly)), "Key usage",
            ["Certificate signing", "CRL signing", "Decipher only"] },
        { "2.5.29.37", Hex(new DerSequence(KeyPurposeID.id_kp_serverAuth, new DerObjectIdentifier("1.2.3.4"))), "Extended key usage", ["TLS server "
            + "authentication (1.3.6.1.5.5.7.3.1)", "1.2.3.4"] },
        {
            "2.5.29.17",
            Hex(new GeneralNames(
            [
                new(GeneralName.DnsName, "pki.example"), new(GeneralName.Rfc822Name, "pki@example"), new(GeneralName.IPAddress, "127.0.0.1"),
                new(GeneralName.IPAddress, "::1"), new(GeneralName.UniformResourceIdentifier, "https://pki.example"), Directory,
                new(GeneralName.RegisteredID, "1.2.3.4"),
            ])),
            "Subject alternative names",
            ["DNS: pki.example", "E-mail: pki@example", "IP: 127.0.0.1", "IP: ::1", "https://pki.example", "Name: O=Corp,CN=Corp", "Registered ID: 1.2.3.4"]
        },
        { "2.5.29.14", "0404DEADBEEF", "Subject key identifier", ["DEADBEEF"] },
        { "2.5.29.35", Hex(new AuthorityKeyIdentifier([0xDE, 0xAD], new GeneralNames(Directory), Org.BouncyCastle.Math.BigInteger.ValueOf(0x1234))),
            "Authority key identifier", ["Key: DEAD", "Issuer: Name: O=Corp,CN=Corp", "Serial number: 1234"] },
        {
            "1.3.6.1.5.5.7.1.1",
            Hex(new DerSequence(
                new AccessDescription(AccessDescription.IdADOcsp, new GeneralName(GeneralName.UniformResourceIdentifier, "http://ocsp.example")),
                new AccessDescription(AccessDescription.IdADCAIssuers, new GeneralName(GeneralName.UniformResourceIdentifier, "http://pki.example/ca.crt")))),
            "Authority information access",
            ["OCSP: http://ocsp.example", "Issuer: http://pki.example/ca.crt"]
        },
        {
            "2.5.29.31",
            Hex(new CrlDistPoint([new DistributionPoint(new DistributionPointName(new GeneralNames(
                new GeneralName(GeneralName.UniformResourceIdentifier, "http://pki.example/ca.crl"))), null, null)])),
            "CRL distribution points",
            ["http://pki.example/ca.crl"]
        },
        {
            "2.5.29.32",
            Hex(new CertificatePolicies(
            [
                new PolicyInformation(new DerObjectIdentifier("2.5.29.32.0")),
                new PolicyInformation(new DerObjectIdentifier("1.2.3.4"), new DerSequence(
                    new PolicyQualifierInfo("http://pki.example/cps"),
                    new PolicyQualifierInfo(PolicyQualifierID.IdQtUnotice, new UserNotice(null, "Be careful")))),
            ])),
            "Certificate policies",
            ["Any policy (2.5.29.32.0)", "1.2.3.4", "  Statement: http://pki.example/cps", "  Notice: Be careful"]
        },
        {
            "2.5.29.30",
            Hex(new DerSequence(
                new DerTaggedObject(false, 0, new DerSequence(new GeneralSubtree(new GeneralName(GeneralName.DnsName, "corp.example")))),
                new DerTaggedObject(false, 1, new DerSequence(new GeneralSubtree(new GeneralName(GeneralName.IPAddress, "10.0.0.0/8")))))),
            "Name constraints",
            ["Permitted: DNS: corp.example", "Excluded: IP: 10.0.0.0 mask 255.0.0.0"]
        },
        { "2.5.29.36", "3006800100810102", "Policy constraints", ["Explicit policy needed after 0 more certificates", "Policy mapping inhibited after 2 "
            + "more certificates"] },
        { "2.5.29.33", "300C300A06032A030406032A0305", "Policy mappings", ["1.2.3.4 is taken as 1.2.3.5"] },
        { "2.5.29.54", "020105", "Inhibit any policy", ["After 5 more certificates"] },
        { "1.3.6.1.4.1.311.21.1", "0203020003", "Microsoft CA version", ["Certificate 3, key 2"] },
        { "1.3.6.1.4.1.311.20.2", "1E0400430041", "Certificate template name", ["CA"] },
        { "1.3.6.1.4.1.311.21.7", "300B06032A0304020164020105", "Certificate template", ["Template: 1.2.3.4", "Version: 100.5"] },
        { "2.16.840.1.113730.1.1", "03020007", "Netscape certificate type", ["TLS CA", "S/MIME CA", "Object signing CA"] },
        { "2.16.840.1.113730.1.13", "160568656C6C6F", "Netscape comment", ["hello"] },
        { "2.5.29.16", "3022800F32303236303130313030303030305A810F32303331303130313030303030305A", "Private key usage period",
            ["From 2026-01-01 00:00:00 UTC", "To 2031-01-01 00:00:00 UTC"] },
        { "2.5.29.9",
            Hex(new DerSequence(new DerSequence(X509Name.CountryOfCitizenship, new DerSet(new DerPrintableString("DE"), new DerPrintableString("FR"))))),
            "Subject directory attributes", ["Country of citizenship: DE, FR"] },
        { "1.3.6.1.5.5.7.1.24", "3003020105", "TLS feature", ["status_request: a stapled OCSP response"] },
        { "1.3.6.1.5.5.7.1.24", "30060201110201FF", "TLS feature",
            ["status_request_v2: stapled OCSP responses for the chain", "TLS extension -1"] },
        {
            "1.3.6.1.5.5.7.1.3",
            Hex(new DerSequence(
                new DerSequence(new DerObjectIdentifier("0.4.0.1862.1.1")),
                new DerSequence(
                    new DerObjectIdentifier("0.4.0.1862.1.2"), new DerSequence(new DerPrintableString("EUR"), DerInteger.ValueOf(1), DerInteger.ValueOf(6))),
                new DerSequence(new DerObjectIdentifier("0.4.0.1862.1.3"), DerInteger.ValueOf(20)),
                new DerSequence(new DerObjectIdentifier("0.4.0.1862.1.6"), new DerSequence(new DerObjectIdentifier("0.4.0.1862.1.6.3"))))),
            "Qualified certificate statements",
            [
                "Qualified certificate (0.4.0.1862.1.1)", "Limit of the value of a transaction (0.4.0.1862.1.2): 1 × 10^6 EUR",
                "Years for which the CA keeps its records (0.4.0.1862.1.3): 20",
                "Type of certificate (0.4.0.1862.1.6): Website authentication",
            ]
        },
        { "1.3.6.1.4.1.311.21.10", Hex(new DerSequence(new DerSequence(KeyPurposeID.id_kp_serverAuth), new DerSequence(new DerObjectIdentifier("1.2.3.4")))),
            "Microsoft application policies", ["TLS server authentication (1.3.6.1.5.5.7.3.1)", "1.2.3.4"] },
        { "2.5.29.32", Hex(new CertificatePolicies(new PolicyInformation(new DerObjectIdentifier("2.23.140.1.2.2")))), "Certificate policies",
            ["Organization validated (2.23.140.1.2.2)"] },
        { "1.3.6.1.4.1.11129.2.4.2", Timestamps(Timestamp(1767225600000)), "Signed certificate timestamps",
            [$"Promised 2026-01-01 00:00:00 UTC by log {new string('7', 64)} (not verified)"] },
        { "1.3.6.1.4.1.11129.2.4.2", Timestamps(Timestamp(ulong.MaxValue), [9, 9], [0]), "Signed certificate timestamps",
            [$"Promised an impossible time by log {new string('7', 64)} (not verified)", "A timestamp of an unknown version",
                "A timestamp of an unknown version"] },
        { "1.3.6.1.4.1.11129.2.4.2", "040400020009", "Signed certificate timestamps", ["The rest cannot be read."] },
        { "1.3.6.1.4.1.11129.2.4.2", "0403000900", "Signed certificate timestamps", ["It cannot be read."] },
        { "1.3.6.1.4.1.11129.2.4.3", "0500", "Certificate transparency poison",
            ["A draft that a CA sends to certificate transparency logs. No client takes it"] },
        { "1.3.6.1.4.1.99999.1", "000102030405060708090A0B0C0D0E0F10", "1.3.6.1.4.1.99999.1", ["00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", "10"] },
        { "2.5.29.19", "FFFF", "Basic constraints", ["FF FF"] },
    };

    /// <summary>A timestamp of version 1 (RFC 6962 §3.2), without extensions.</summary>
    private static byte[] Timestamp(ulong milliseconds)
    {
        var at = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(at, milliseconds);
        return [0, .. Enumerable.Repeat((byte)0x77, 32), .. at, 0, 0, 4, 3, 0, 2, 0x30, 0x00];
    }

    private static string Timestamps(params byte[][] timestamps)
    {
        byte[] list = [.. timestamps.SelectMany(t => (byte[])[(byte)(t.Length >> 8), (byte)t.Length, .. t])];
        return Hex(new DerOctetString([(byte)(list.Length >> 8), (byte)list.Length, .. list]));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Read_Extension_IsReadable(string oid, string value, string name, string[] lines)
    {
        var der = new RawCertificate { Extensions = [RawCertificate.Extension(oid, Convert.FromHexString(value))] }.Build();

        var extension = Assert.Single(Read(der).Extensions);

        Assert.Equal((oid, name, true), (extension.Oid, extension.Name, extension.IsCritical));
        Assert.Equal(lines, extension.Text.Split('\n'));
    }

    [Fact]
    public void Read_General_HasEveryFact()
    {
        using var root = TestCertificates.Root();
        var facts = Inspection.Facts(root);

        var general = Read(root.RawData).General.ToDictionary(detail => detail.Label, detail => detail.Value);

        Assert.Equal(facts.Subject, general["Subject"]);
        Assert.Equal(facts.Sha256, general["Thumbprint (SHA-256)"]);
        Assert.Equal("EC (P-256, 256 bits)", general["Public key"]);
        Assert.EndsWith("UTC", general["Valid to"], StringComparison.Ordinal);
        Assert.Equal("3", general["Version"]);
    }

    [Fact]
    public void Read_HostileTexts_AreVisibleAndBounded()
    {
        var name = new GeneralName(GeneralName.UniformResourceIdentifier, "http://a\u001Bb/" + new string('x', 10_000));
        var der = new RawCertificate
        {
            Extensions =
            [
                RawCertificate.Extension("2.5.29.17", new GeneralNames([.. Enumerable.Repeat(name, 300)]).GetDerEncoded()),
                RawCertificate.Extension("1.2.3.4", new byte[60_000]),
            ],
        }.Build();

        var extensions = Read(der).Extensions;

        Assert.All(extensions, extension => Assert.All(extension.Text.Split('\n'), line => Assert.False(DisplayText.HasInvisible(line))));
        Assert.InRange(extensions[0].Text.Length, 1, 110_000);
        Assert.EndsWith("…", extensions[0].Text, StringComparison.Ordinal);
        Assert.EndsWith("(60,000 bytes in all)", extensions[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeeplyNestedExtension_IsDumped()
    {
        var der = new RawCertificate { Extensions = [RawCertificate.Extension("2.5.29.17", RawCertificate.Nested(15_000))] }.Build();

        Assert.StartsWith("30 82", Assert.Single(Read(der).Extensions).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ThousandExtensions_ShowsTheFirstAndCountsTheOthers()
    {
        var details = Read(MalformedCertificates.Harmless["1,000 extensions"]);

        Assert.Equal((CertificateDetails.MaxExtensions, 1000 - CertificateDetails.MaxExtensions), (details.Extensions.Count, details.OmittedExtensions));
    }

    [Fact]
    public void Read_EveryTruncation_NeverThrows()
    {
        using var root = TestCertificates.Root();
        var facts = Inspection.Facts(root);

        for (var length = 0; length < root.RawData.Length; length++)
            Assert.NotEmpty(CertificateDetails.Read(facts, root.RawData.AsMemory(0, length)).General);
    }

    private static CertificateDetails Read(byte[] der) => CertificateDetails.Read(Inspection.Facts(der), der);

    private static string Hex(Asn1Encodable value) => Convert.ToHexString(value.GetDerEncoded());
}
