using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Checks;

/// <summary>
/// Whether the portal's verdict on a CA certificate is that of programs which use it: each CA issues a server
/// certificate, and OpenSSL and Java judge the chain.
/// </summary>
public sealed class StrictReadersTests
{
    /// <summary>
    /// CA certificates that programs meet, and whether OpenSSL at security level 2 and Java take them; where they differ, GnuTLS
    /// decides for the portal.
    /// </summary>
    private static readonly Row[] Rows =
    [
        new("root", c => c),
        new("root for ten days", c => c with { NotAfter = TestCertificates.Yesterday.AddDays(10) }),
        new("SHA-1 root", c => c with { IsSha1 = true }),
        new("SHA-1 intermediate", c => c with { IsSha1 = true, IsIntermediate = true }) { IsRefused = true, JavaDiffers = true },
        new("intermediate", c => c with { IsIntermediate = true }),
        new("RSA 2048 root", c => c with { RsaBits = 2048 }),
        new("RSA 1024 root", c => c with { RsaBits = 1024 }) { IsRefused = true, JavaDiffers = true },
        new("RSA 1024 intermediate", c => c with { RsaBits = 1024, IsIntermediate = true }) { IsRefused = true, JavaDiffers = true },
        new("expired root", c => c with { NotAfter = TestCertificates.Yesterday.AddHours(1) }) { IsRefused = true, JavaDiffers = true },
        new("expired intermediate", c => c with { NotAfter = TestCertificates.Yesterday.AddHours(1), IsIntermediate = true }) { IsRefused = true },
        new("intermediate of tomorrow", c => c with { NotBefore = TestCertificates.Yesterday.AddDays(2), IsIntermediate = true }) { IsRefused = true },
        new("intermediate that is no CA", c => c with { Ca = false, IsIntermediate = true }) { IsRefused = true },
        new("intermediate without CA flag", c => c with { Ca = null, IsIntermediate = true }) { IsRefused = true },
        new("intermediate without keyCertSign", c => c with { Usage = X509KeyUsageFlags.CrlSign, IsIntermediate = true }) { IsRefused = true },
        new("root without keyCertSign", c => c with { Usage = X509KeyUsageFlags.CrlSign }) { IsRefused = true },
        new("root that is no CA", c => c with { Ca = false }) { IsRefused = true },
        new("root without CA flag", c => c with { Ca = null }) { IsRefused = true, OpenSslDiffers = true },
        new("intermediate with a broken signature", c => c with { IsIntermediate = true, BreakSignature = true }) { IsRefused = true },
    ];

    public static TheoryData<string> Kinds => [.. Rows.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Errors_OfEachKind_AreThoseOfOpenSslAtSecurityLevel2(string kind)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        var row = Rows.Single(r => r.Name == kind);
        Assert.Equal(row.IsRefused, Write(row, folder.Path));
        string[] intermediate = File.Exists(folder["intermediate.pem"]) ? ["-untrusted", "intermediate.pem"] : [];
        var (exitCode, output, errors) = await Tool.TryRunAsync(
            folder.Path,
            "openssl",
            [
                "verify",
                "-auth_level",
                "2",
                "-purpose",
                "sslserver",
                "-check_ss_sig",
                "-no-CApath",
                "-no-CAstore",
                "-CAfile",
                "root.pem",
                .. intermediate,
                "leaf.pem",
            ]);

        Assert.True((row.IsRefused != row.OpenSslDiffers) == (exitCode != 0), $"{output}{errors}");
    }

    [Fact]
    public async Task Errors_OfEveryKind_AreThoseOfJava()
    {
        JavaValidator.Require();
        using var folder = new TemporaryDirectory();
        foreach (var row in Rows)
            Write(row, folder[row.Name]);

        var verdicts = await JavaValidator.ValidateAsync(folder, Rows.Select(row => row.Name));

        Assert.Empty(
            Rows.Zip(verdicts)
                .Where(pair => (pair.First.IsRefused != pair.First.JavaDiffers) != (pair.Second != "OK"))
                .Select(pair => $"{pair.First.Name}: {pair.Second}"));
    }

    /// <summary>Writes the chain for the tools, and says whether the portal finds an error.</summary>
    private static bool Write(Row row, string folder)
    {
        Directory.CreateDirectory(folder);
        var shape = row.Change(new Shape());
        using var root = TestCertificates.Root("Trusted Root");
        using AsymmetricAlgorithm key = shape.RsaBits is { } bits ? RSA.Create(bits) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ca = shape.Create(key, root);
        using var caWithKey = key is RSA rsa ? ca.CopyWithPrivateKey(rsa) : ca.CopyWithPrivateKey((ECDsa)key);
        var der = ca.RawData;
        if (shape.BreakSignature)
            der[^1] ^= 1;

        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", leafKey, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        using var leaf = request.Create(ca.SubjectName, SignatureGenerator(key), TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), [2]);

        File.WriteAllText(Path.Combine(folder, "leaf.pem"), leaf.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, shape.IsIntermediate ? "intermediate.pem" : "root.pem"), PemEncoding.WriteString("CERTIFICATE", der));
        if (shape.IsIntermediate)
            File.WriteAllText(Path.Combine(folder, "root.pem"), root.ExportCertificatePem());

        return Inspection.Check(der, shape.IsIntermediate ? [Inspection.Known(root)] : []).Any(finding => finding.Severity == FindingSeverity.Error);
    }

    private static X509SignatureGenerator SignatureGenerator(AsymmetricAlgorithm key) =>
        key is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)key);

    private sealed record Row(string Name, Func<Shape, Shape> Change)
    {
        public bool IsRefused { get; init; }

        public bool OpenSslDiffers { get; init; }

        public bool JavaDiffers { get; init; }
    }

    private sealed record Shape
    {
        public bool IsIntermediate { get; init; }

        public bool BreakSignature { get; init; }

        public bool? Ca { get; init; } = true;

        public X509KeyUsageFlags Usage { get; init; } = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

        public bool IsSha1 { get; init; }

        public int? RsaBits { get; init; }

        public DateTimeOffset NotBefore { get; init; } = TestCertificates.Yesterday;

        public DateTimeOffset NotAfter { get; init; } = TestCertificates.Yesterday.AddYears(2);

        public X509Certificate2 Create(AsymmetricAlgorithm key, X509Certificate2 root)
        {
            var name = new X500DistinguishedName("CN=CA under Test");
            var request = new CertificateRequest(name, SignatureGenerator(key).PublicKey, HashAlgorithmName.SHA256);
            if (Ca is { } ca)
                request.CertificateExtensions.Add(new X509BasicConstraintsExtension(ca, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(Usage, true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            if (IsIntermediate)
                request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
            using var rootKey = root.GetECDsaPrivateKey()!;
            var issuerKey = IsIntermediate ? rootKey : key;
            var generator = IsSha1 ? new Sha1Generator((ECDsa)issuerKey) : SignatureGenerator(issuerKey);
            return request.Create(IsIntermediate ? root.SubjectName : name, generator, NotBefore, NotAfter, [1]);
        }
    }

    /// <summary>.NET itself no longer signs certificates with SHA-1.</summary>
    private sealed class Sha1Generator(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300906072A8648CE3D0401");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
