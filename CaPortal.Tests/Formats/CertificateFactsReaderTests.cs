using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

public sealed class CertificateFactsReaderTests
{
    [Fact]
    public void Read_Root_GivesWhatDotNetSays()
    {
        using var root = TestCertificates.Root("Corp Root");

        var facts = Facts(root.RawData);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(root.RawData)), facts.Sha256);
        Assert.Equal(root.Thumbprint, facts.Thumbprint);
        Assert.Equal((3, "CN=Corp Root, O=CaPortal Tests", "Corp Root"), (facts.Version, facts.Subject, facts.Name));
        Assert.Equal((root.Issuer, "Corp Root"), (facts.Issuer, facts.IssuerName));
        Assert.Equal(root.SerialNumber, facts.SerialNumber);
        Assert.Equal((root.NotBefore.ToUniversalTime(), root.NotAfter.ToUniversalTime()), (facts.NotBefore, facts.NotAfter));
        Assert.Equal((DateTimeKind.Utc, DateTimeKind.Utc), (facts.NotBefore.Kind, facts.NotAfter.Kind));
        Assert.Equal(("EC", 256, "P-256", "ECDSA with SHA-256"), (facts.KeyAlgorithm, facts.KeySize, facts.Curve, facts.SignatureAlgorithm));
        Assert.Equal((true, null), (facts.BasicConstraintsCa, facts.PathLength));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, facts.KeyUsage);
        Assert.Equal(root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier, facts.SubjectKeyIdentifier);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(root.PublicKey.ExportSubjectPublicKeyInfo())), facts.PublicKeySha256);
        Assert.True(facts.IsSelfSigned && facts.IsCa);
        Assert.Empty(CertificateFactsReader.Read(root.RawData).Findings);
    }

    [Fact]
    public void Read_Extensions_GivesTheirValues()
    {
        using var root = TestCertificates.Root();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 3, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DecipherOnly | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.2.3.4")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(["http://ocsp.test/"], ["http://ca.test/a.cer", "ldap://ca.test/b"]));
        using var issued = request.Create(root, root.NotBefore, root.NotAfter, [0x80, 0x01]);

        var facts = Facts(issued.RawData);

        Assert.Equal(3, facts.PathLength);
        Assert.Equal(X509KeyUsageFlags.DecipherOnly | X509KeyUsageFlags.DigitalSignature, facts.KeyUsage);
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.2.3.4"], facts.ExtendedKeyUsages);
        Assert.Equal(Facts(root.RawData).SubjectKeyIdentifier, facts.AuthorityKeyIdentifier);
        Assert.Equal(["http://ca.test/a.cer", "ldap://ca.test/b"], facts.IssuerUrls);
        Assert.Equal(issued.SerialNumber, facts.SerialNumber);
        Assert.Equal(384, facts.KeySize);
        Assert.False(facts.IsSelfSigned);
    }

    [Fact]
    public void Read_NoExtensions_LeavesThemUnknown()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("O=Only, C=US", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1));

        var facts = Facts(certificate.RawData);

        Assert.Equal("Only", facts.Name);
        Assert.Null(facts.BasicConstraintsCa);
        Assert.Null(facts.KeyUsage);
        Assert.Null(facts.ExtendedKeyUsages);
        Assert.Null(facts.SubjectKeyIdentifier);
        Assert.Empty(facts.IssuerUrls);
    }

    [Theory]
    [InlineData("CN=\"Smith, John + Co = \"\"x\"\"\", O=a", "Smith, John + Co = \"x\"")]
    [InlineData("CN=#hash, O=a", "#hash")]
    [InlineData("OU=Unit, O=Org", "Unit")]
    [InlineData("O=Org, C=US", "Org")]
    [InlineData("C=US, L=Town", "C=US, L=Town")]
    [InlineData("CN=inner, CN=outer", "inner")]
    public void Read_Subject_HasANameToShow(string subject, string name)
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1));

        Assert.Equal(name, Facts(certificate.RawData).Name);
    }

    [Theory]
    [InlineData(UniversalTagNumber.UTF8String, "Käse 日本")]
    [InlineData(UniversalTagNumber.BMPString, "Käse 日本")]
    [InlineData(UniversalTagNumber.T61String, "Kase")]
    [InlineData(UniversalTagNumber.PrintableString, "Kase")]
    [InlineData(UniversalTagNumber.IA5String, "Kase@x")]
    public void Read_AnyStringType_GivesTheText(UniversalTagNumber type, string text)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        {
            foreach (var (oid, value) in (ReadOnlySpan<(string, string)>)[("2.5.4.3", text), ("2.5.4.10", "Second value")])
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(oid);
                    if (oid == "2.5.4.3")
                        writer.WriteCharacterString(type, value);
                    else
                        writer.WriteCharacterString(UniversalTagNumber.UTF8String, value);
                }
            }
        }

        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest(new X500DistinguishedName(writer.Encode()), key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        Assert.Equal(text, Facts(certificate.RawData).Name);
    }

    [Theory]
    [InlineData("rsa:2048", "-sha256", "RSA", 2048, null, "SHA-256 with RSA")]
    [InlineData("rsa:1024", "-md5", "RSA", 1024, null, "MD5 with RSA")]
    [InlineData("rsa:2048", "-sha384 -sigopt rsa_padding_mode:pss", "RSA", 2048, null, "RSASSA-PSS with SHA-384")]
    [InlineData("rsa-pss -pkeyopt rsa_keygen_bits:2048", "-sha256", "RSASSA-PSS", 2048, null, "RSASSA-PSS with SHA-256")]
    [InlineData("ed25519", "", "Ed25519", null, null, "Ed25519")]
    [InlineData("ed448", "", "Ed448", null, null, "Ed448")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-521", "-sha512", "EC", 521, "P-521", "ECDSA with SHA-512")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", "-sha256", "EC", 256, "brainpoolP256r1", "ECDSA with SHA-256")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:brainpoolP320t1", "-sha256", "EC", 320, "brainpoolP320t1", "ECDSA with SHA-256")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:secp256k1", "-sha1", "EC", 256, "secp256k1", "ECDSA with SHA-1")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:sect283k1", "-sha256", "EC", 283, "sect283k1", "ECDSA with SHA-256")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", "-sha256", "EC", 256, "explicit", "ECDSA with SHA-256")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:sect283k1 -pkeyopt ec_param_enc:explicit", "-sha256", "EC", 283, "explicit", "ECDSA with SHA-256")]
    public async Task Read_AnyAlgorithm_HasAFriendlyName(string key, string digest, string algorithm, int? size, string? curve, string signature)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            [
                "req",
                "-x509",
                "-newkey",
                .. key.Split(' '),
                .. digest.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                "-nodes",
                "-keyout",
                "key.pem",
                "-out",
                "ca.der",
                "-outform",
                "DER",
                "-subj",
                "/CN=x",
            ]);

        var reading = CertificateFactsReader.Read(await File.ReadAllBytesAsync(folder["ca.der"], TestContext.Current.CancellationToken));

        Assert.Equal(
            (algorithm, size, curve, signature),
            (reading.Facts!.KeyAlgorithm, reading.Facts.KeySize, reading.Facts.Curve, reading.Facts.SignatureAlgorithm));
        Assert.Empty(reading.Findings);
    }

    [Theory]
    [InlineData("2.16.840.1.101.3.4.3.17", "ML-DSA-44")]
    [InlineData("2.16.840.1.101.3.4.3.19", "ML-DSA-87")]
    [InlineData("2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s")]
    [InlineData("1.2.643.2.2.19", "GOST R 34.10-2001")]
    [InlineData("1.2.840.10040.4.1", "DSA")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    public void Read_KeyOfAnyOid_HasANameOrTheOid(string oid, string name)
    {
        using var signer = RSA.Create(2048);
        var request = new CertificateRequest(
            new X500DistinguishedName("CN=x"),
            new PublicKey(new Oid(oid), null, new AsnEncodedData(new byte[] { 1, 2, 3 })),
            HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            new X500DistinguishedName("CN=x"),
            X509SignatureGenerator.CreateForRSA(signer, RSASignaturePadding.Pkcs1),
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1),
            [1]);

        Assert.Equal(name, Facts(certificate.RawData).KeyAlgorithm);
    }

    [Fact]
    public void Read_RepeatedExtension_IsReadByDotNetAndSaysThatItBreaksReaders()
    {
        using var key = ECDsa.Create();
        var request = TestCertificates.CaRequest("CN=Twice", key);
        var der = new RepeatingRequest(request).Create(key);

        var reading = CertificateFactsReader.Read(der);

        Assert.Equal("Twice", reading.Facts?.Name);
        Assert.True(reading.Facts!.BasicConstraintsCa);
        var finding = Assert.Single(reading.Findings);
        Assert.Equal((FindingCode.BreaksReaders, FindingSeverity.Error), (finding.Code, finding.Severity));
        Assert.Contains("the same extension more than once", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UndecodableExtension_KeepsTheOtherFacts()
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=Odd", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509Extension("2.5.29.19", [0x02, 0x01, 0x07], true));
        using var certificate = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));

        var reading = CertificateFactsReader.Read(certificate.RawData);

        Assert.Equal("Odd", reading.Facts?.Name);
        Assert.Null(reading.Facts!.BasicConstraintsCa);
        Assert.Equal(FindingCode.BreaksReaders, Assert.Single(reading.Findings).Code);
    }

    [Theory]
    [InlineData(0x08, 'R', true)] // EXTERNAL, which BouncyCastle alone refuses
    [InlineData(0x0c, '\u00ff', false)] // not UTF-8, which both refuse
    public void Read_NameThatAParserRefuses_SaysSo(byte stringType, char character, bool isRead)
    {
        using var root = TestCertificates.Root();
        var der = root.RawData.ToArray();
        var value = (byte[])[0x13, 0x09, .. "Test Root"u8];
        foreach (var start in (int[])[der.AsSpan().IndexOf(value), der.AsSpan().LastIndexOf(value)])
        {
            der[start] = stringType;
            der[start + "..Test ".Length] = (byte)character;
        }

        var reading = CertificateFactsReader.Read(der);

        Assert.Equal(isRead, reading.Facts is { NotAfter.Year: > 2000 });
        Assert.Contains(reading.Findings, f =>
            f.Code == (isRead ? FindingCode.BreaksReaders : FindingCode.NotACertificate) && f.Severity == FindingSeverity.Error);
    }

    [Fact]
    public void Read_LongSerialNumber_IsShortened()
    {
        using var root = TestCertificates.Root();
        using var key = ECDsa.Create();
        using var issued = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).Create(root, root.NotBefore, root.NotAfter, [1, .. new byte[99]]);

        var serial = Facts(issued.RawData).SerialNumber;

        Assert.Equal(129, serial.Length);
        Assert.EndsWith("…", serial);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    public void Read_CutOff_IsNoCertificate(int length)
    {
        using var root = TestCertificates.Root();

        var reading = CertificateFactsReader.Read(root.RawData.AsMemory(0, length));

        Assert.Null(reading.Facts);
        Assert.Equal(FindingCode.NotACertificate, Assert.Single(reading.Findings).Code);
    }

    private static CertificateFacts Facts(byte[] der) => CertificateFactsReader.Read(der).Facts ?? throw new InvalidOperationException("not read");

    /// <summary>Writes a certificate with its first extension twice, which .NET's own request refuses to do.</summary>
    private sealed class RepeatingRequest(CertificateRequest request)
    {
        public byte[] Create(ECDsa key)
        {
            using var good = request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1));
            var outer = new AsnReader(good.RawData, AsnEncodingRules.DER).ReadSequence();
            var tbs = outer.ReadSequence();
            var algorithm = outer.ReadEncodedValue();
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                var extensionsTag = new Asn1Tag(TagClass.ContextSpecific, 3);
                while (!tbs.PeekTag().HasSameClassAndValue(extensionsTag))
                    writer.WriteEncodedValue(tbs.ReadEncodedValue().Span);
                var extensions = tbs.ReadSequence(extensionsTag).ReadSequence();
                using (writer.PushSequence(extensionsTag))
                using (writer.PushSequence())
                {
                    var first = extensions.ReadEncodedValue();
                    writer.WriteEncodedValue(first.Span);
                    writer.WriteEncodedValue(first.Span);
                }
            }

            var signed = writer.Encode();
            writer.Reset();
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(signed);
                writer.WriteEncodedValue(algorithm.Span);
                writer.WriteBitString(key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }

            return writer.Encode();
        }
    }
}
