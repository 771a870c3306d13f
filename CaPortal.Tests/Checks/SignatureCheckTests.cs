using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Tests.Checks;

public sealed class SignatureCheckTests
{
    public static TheoryData<string> Algorithms => [.. BouncyRoots.Algorithms.Keys];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Check_SelfSignedWithAnyAlgorithm_IsVerified(string algorithm)
    {
        var der = BouncyRoots.Create(algorithm);

        Assert.Empty(Signature(der));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Check_SelfSignedAndChangedAfterwards_IsInvalidWhereThatIsProven(string algorithm)
    {
        var (keys, signature) = (BouncyRoots.Algorithms[algorithm].Keys(), BouncyRoots.Algorithms[algorithm].Signature);
        var der = BouncyRoots.Create(keys, signature, change: generator =>
        {
            generator.AddExtension(X509Extensions.SubjectKeyIdentifier, false, new SubjectKeyIdentifier([1, 2, 3]));
            generator.AddExtension(X509Extensions.AuthorityKeyIdentifier, false, new AuthorityKeyIdentifier([1, 2, 3]));
        });
        ChangeName(der);

        var finding = Assert.Single(Signature(der));

        // What SM2 signs is more than the certificate, and GOST has no one form.
        var expected = algorithm is "SM2" or "GOST 2012"
            ? (FindingCode.Unverifiable, FindingSeverity.Warning)
            : (FindingCode.SignatureInvalid, FindingSeverity.Error);
        Assert.Equal(expected, (finding.Code, finding.Severity));
        Assert.False(finding.CanOverride);
        Assert.Equal(expected.Item2 == FindingSeverity.Error, finding.Message.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void Check_SameNamesAndAnotherKeyWithoutIdentifiers_MayBeACrossCertificate()
    {
        using var twin = TestCertificates.Root("Twin");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var cross = TestCertificates.CaRequest(twin.Subject, key).Create(twin, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);

        var finding = Assert.Single(Signature(cross.RawData));

        Assert.Equal((FindingCode.Unverifiable, FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Contains("may be a cross certificate", finding.Message, StringComparison.Ordinal);
        Assert.Equal(CaStore.CertificateAuthority, Inspection.Facts(cross).SuggestedStore);
        Assert.Empty(Signature(cross.RawData, Inspection.Known(twin)));
    }

    [Theory]
    [InlineData()]
    [InlineData("-sigopt", "distid:1234567812345678")]
    [InlineData("-sigopt", "distid:somebody@corp")]
    public async Task Check_Sm2OfOpenSsl_IsNeverCalledDamaged(params string[] signer)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await Tool.RunAsync(folder.Path, "openssl", "genpkey", "-algorithm", "SM2", "-out", "key.pem");
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            ["req", "-x509", "-new", "-key", "key.pem", "-sm3", .. signer, "-out", "root.der", "-outform", "DER", "-subj", "/CN=SM2 Root"]);
        var der = await File.ReadAllBytesAsync(folder["root.der"], TestContext.Current.CancellationToken);

        var isVerified = signer is [] or [.., "distid:1234567812345678"];
        Assert.Equal(isVerified ? [] : [FindingCode.Unverifiable], Signature(der).Select(f => f.Code));
        Assert.Equal(CaStore.Root, Inspection.Facts(der).SuggestedStore);
    }

    [Fact]
    public void Check_RootThatNamesAnotherIssuer_StaysARootAndSaysWhoRefusesIt()
    {
        using var root = (
            CertificateTemplate.Ca("Odd Root") with
            {
                More = [X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3])],
            }
        ).Create();

        var finding = Assert.Single(Signature(root.RawData));

        Assert.Equal((FindingCode.Unusual, FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Contains("key identifier 010203", finding.Message, StringComparison.Ordinal);
        Assert.Contains("OpenSSL and .NET", finding.Message, StringComparison.Ordinal);
        Assert.Equal(CaStore.Root, Inspection.Facts(root).SuggestedStore);
        Assert.DoesNotContain(Inspection.Check(root), f => f.Code is FindingCode.IssuerMissing or FindingCode.IntermediateInRoot);
    }

    [Theory]
    [InlineData("rsa:2048", "222")]
    [InlineData("rsa:2048", "0")]
    [InlineData("rsa:2048", "20")]
    [InlineData("rsa:2049", "32")]
    [InlineData("rsa:2049", "33")]
    [InlineData("rsa:2050", "1")]
    public async Task Check_PssWithSaltOfAnyLength_IsVerified(string key, string saltLength)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        await Tool.RunAsync(
            folder.Path,
            "openssl",
            "req", "-x509", "-newkey", key, "-nodes", "-keyout", "key.pem", "-out", "root.der", "-outform", "DER", "-subj", "/CN=Bouncy Root",
            "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", $"rsa_pss_saltlen:{saltLength}");
        var der = await File.ReadAllBytesAsync(folder["root.der"], TestContext.Current.CancellationToken);

        Assert.Empty(Signature(der));
        ChangeName(der);
        Assert.Equal(FindingCode.SignatureInvalid, Assert.Single(Signature(der)).Code); // OpenSSL writes both key identifiers.
    }

    [Fact]
    public void Check_SelfSignedWithABrokenKey_IsNotProven()
    {
        using var root = TestCertificates.Root();
        var der = root.RawData;
        der[der.AsSpan().IndexOf(root.PublicKey.EncodedKeyValue.RawData) + 20] ^= 1;

        Assert.Equal(FindingCode.Unverifiable, Assert.Single(Signature(der)).Code);
    }

    [Fact]
    public void Check_AlgorithmInsideAndOutsideDiffer_IsInvalid()
    {
        using var root = TestCertificates.Root();
        var der = root.RawData;
        var ecdsaWithSha256 = Convert.FromHexString("2A8648CE3D040302");
        der[der.AsSpan().LastIndexOf(ecdsaWithSha256) + 7]++;

        Assert.Equal(FindingCode.SignatureInvalid, Assert.Single(Signature(der)).Code);
    }

    [Fact]
    public void Check_UnknownAlgorithm_IsUnverifiableNotInvalid()
    {
        using var root = TestCertificates.Root();
        var der = root.RawData;
        var ecdsaWithSha256 = Convert.FromHexString("2A8648CE3D040302");
        der[der.AsSpan().IndexOf(ecdsaWithSha256) + 7] = 0x50;
        der[der.AsSpan().LastIndexOf(ecdsaWithSha256) + 7] = 0x50;

        var finding = Assert.Single(Signature(der));

        Assert.Equal((FindingCode.Unverifiable, FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.Contains("1.2.840.10045.4.3.80", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000, 17)]
    [InlineData(2048, 4096)]
    public void Check_RsaKeyOfExcessiveSize_IsNotComputed(int modulusBits, int exponentBits)
    {
        var modulus = new byte[modulusBits / 8];
        var exponent = new byte[(exponentBits + 7) / 8];
        Array.Fill(modulus, (byte)0x7F);
        Array.Fill(exponent, (byte)0x7F);
        var der = BouncyRoots.WithPublicKey(new RsaPublicKeyStructure(new(1, modulus), new(1, exponent)));

        Assert.Equal(FindingCode.Unverifiable, Assert.Single(Signature(der)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Check_IntermediateOfAKnownIssuer_IsVerified(bool isGenuine)
    {
        using var root = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);
        var der = intermediate.RawData;
        if (!isGenuine)
            der[^1] ^= 1;

        var findings = Signature(der, Inspection.Known(root));

        Assert.Equal(isGenuine ? [] : [FindingCode.SignatureInvalid], findings.Select(f => f.Code));
    }

    [Fact]
    public void Check_SeveralIssuersOfOneName_OneSignatureIsEnough()
    {
        using var root = TestCertificates.Root();
        using var sameName = TestCertificates.Root();
        using var intermediate = WithoutAuthorityKey(root);

        Assert.Empty(Signature(intermediate.RawData, Inspection.Known(sameName), Inspection.Known(root)));
        Assert.Empty(Signature(intermediate.RawData, Inspection.Known(sameName)));
        Assert.Contains(
            "has another key",
            Assert.Single(Inspection.Check(intermediate, Inspection.Known(sameName)), f => f.Code == FindingCode.IssuerMissing).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_KeyIdentifierOfAnotherIssuer_IsNotHeldAgainstIt()
    {
        using var root = TestCertificates.Root();
        using var sameName = TestCertificates.Root();
        using var intermediate = TestCertificates.Intermediate(root);

        Assert.Empty(Signature(intermediate.RawData, Inspection.Known(sameName)));
    }

    [Fact]
    public void Check_RollOverWithoutKeyIdentifiers_IsVerifiedByTheOldKey()
    {
        using var oldRoot = TestCertificates.Root();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(oldRoot.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var rollOver = request.Create(oldRoot, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);

        Assert.Equal(FindingCode.Unverifiable, Assert.Single(Signature(rollOver.RawData)).Code);
        Assert.Empty(Signature(rollOver.RawData, Inspection.Known(oldRoot)));
    }

    [Theory]
    [InlineData("RSA 1024, SHA-256", true)]
    [InlineData("RSA 2048, SHA-256", false)]
    [InlineData("EC P-192", true)]
    [InlineData("EC P-224", false)]
    [InlineData("DSA 2048", true)]
    [InlineData("Ed25519", false)]
    [InlineData("ML-DSA-65", false)]
    public void Check_Key_IsWeakBelow112Bits(string algorithm, bool isWeak)
    {
        var finding = Inspection.Check(BouncyRoots.Create(algorithm)).SingleOrDefault(f => f.Code == FindingCode.WeakKey);

        Assert.Equal(isWeak ? FindingSeverity.Error : null, finding?.Severity);
    }

    [Theory]
    [InlineData("MD5WITHRSA", "MD5")]
    [InlineData("SHA1WITHRSA", "SHA-1")]
    [InlineData("SHA1WITHRSAANDMGF1", "SHA-1")]
    [InlineData("SHA224WITHRSA", null)]
    [InlineData("SHA256WITHRSA", null)]
    [InlineData("SHA256WITHRSAANDMGF1", null)]
    public void Check_SignatureAlgorithm_IsWeakOnIntermediatesAlone(string algorithm, string? digest)
    {
        var keys = BouncyRoots.RsaKeys(2048);

        var onRoot = Inspection.Check(BouncyRoots.Create(keys, algorithm));
        var finding = Inspection
            .Check(BouncyRoots.Create(keys, algorithm, issuer: "CN=Somebody Else"))
            .SingleOrDefault(f => f.Code == FindingCode.WeakSignature);

        Assert.DoesNotContain(onRoot, f => f.Code == FindingCode.WeakSignature);
        Assert.Equal(digest is null ? null : FindingSeverity.Error, finding?.Severity);
        Assert.Contains(digest ?? "", finding?.Message ?? "", StringComparison.Ordinal);
    }

    private static IReadOnlyList<Finding> Signature(byte[] der, params IEnumerable<KnownCertificate> known) =>
        [.. new SignatureCheck().Check(
            new CheckedCertificate(Inspection.Facts(der), der),
            new CheckContext(TimeProvider.System.GetUtcNow(), new KnownCertificates(known)))];

    private static void ChangeName(byte[] der)
    {
        var name = "Bouncy Root"u8;
        der[der.AsSpan().IndexOf(name)] ^= 0x20;
        der[der.AsSpan().IndexOf(name)] ^= 0x20;
    }

    private static X509Certificate2 WithoutAuthorityKey(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return TestCertificates.CaRequest("CN=Intermediate", key).Create(issuer, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [1]);
    }
}
