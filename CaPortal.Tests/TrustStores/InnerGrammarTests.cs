using System.Globalization;
using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

/// <summary>What passes the checks is read by Java and GnuTLS, however its extensions are damaged inside.</summary>
public sealed class InnerGrammarTests : IDisposable
{
    private const int Mutations = 400;
    private const string Password = "changeit";

    /// <summary>An extension of each kind, with each kind of name.</summary>
    internal static readonly (string Oid, bool Critical, string Value)[] Extensions =
    [
        ("2.5.29.19", true, "30060101FF020105"),
        ("2.5.29.15", true, "03020186"),
        ("2.5.29.14", false, "040401020304"),
        ("2.5.29.35", false, "302A800401020304A11FA41D301B310B300906035504061302435A310C300A06035504030C03436F72820101"),
        (
            "2.5.29.17",
            false,
            "30448203612E628609687474703A2F2F782F87040A00000181056140622E6388032A0304A00E06032A0304A0070C0568656C6C6FA410300E310C300A06035504030C03436F72"),
        (
            "2.5.29.30",
            true,
            "304DA03E30068204636F7270300A87080A000000FF000000300881066578612E637A300A86082E636F72702E637A3012A410300E310C300A06035504030C03436F72A10B300982076E6F2E636F7270"
        ),
        ("2.5.29.31", false, "30123010A00EA00C860A687474703A2F2F782F63"),
        ("2.5.29.32", true, "301D301B06032A03043014301206082B060105050702011606687474703A2F"),
        ("2.5.29.33", true, "300C300A06032A030406032A0305"),
        ("2.5.29.36", true, "3006800100810101"),
        ("2.5.29.37", true, "300A06082B06010505070301"),
        ("2.5.29.54", true, "020105"),
        ("2.5.29.18", false, "30058203612E62"),
        ("1.3.6.1.5.5.7.1.1", false, "3017301506082B060105050730018609687474703A2F2F6F2F"),
    ];

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_EachExtensionUndamaged_Passes() => Assert.All(Extensions, e => Assert.True(Passes(Certificate(0, [e])), e.Oid));

    [Fact]
    public async Task WhatPasses_ExtensionsDamagedInside_IsReadByJavaAndGnuTls()
    {
        var all = Damaged(Mutations).ToList();
        var passed = all.Where(Passes).ToList();
        Assert.InRange(passed.Count, Mutations / 10, Mutations * 9 / 10);

        await AssertReadByJavaAsync(passed);
        await AssertReadByGnuTlsAsync(passed);
    }

    private async Task AssertReadByJavaAsync(List<byte[]> certificates)
    {
        Tool.Require("keytool");
        var truststore = JavaTruststore.Empty.With(
            [.. certificates.Select(der => new TrustedCertificate(new(CaStore.Root, Thumbprints.Sha256(der)), der, "", default, default))],
            []);
        await File.WriteAllBytesAsync(_folder["trust.p12"], truststore.Format(Password), Cancellation);

        var list = await Tool.RunAsync(_folder.Path, "keytool", "-list", "-keystore", "trust.p12", "-storetype", "PKCS12", "-storepass", Password);

        Assert.Equal(certificates.Count, list.Split('\n').Count(line => line.Contains("trustedCertEntry", StringComparison.Ordinal)));
    }

    private async Task AssertReadByGnuTlsAsync(List<byte[]> certificates)
    {
        Tool.Require("certtool");
        using var good = TestCertificates.Root();
        await File.WriteAllTextAsync(_folder["good.pem"], good.ExportCertificatePem(), Cancellation);
        await File.WriteAllLinesAsync(_folder["bundle.pem"], certificates.Select(der => PemEncoding.WriteString("CERTIFICATE", der)), Cancellation);

        var (_, output, errors) = await Tool.TryRunAsync(_folder.Path, "certtool", "--verify", "--load-ca-certificate", "bundle.pem", "--infile", "good.pem");

        Assert.Contains($"Loaded CAs ({certificates.Count} available)", output + errors, StringComparison.Ordinal);
    }

    /// <summary>
    /// Certificates with damage: in each, one byte inside an extension is another, is missing or is too many. The same each
    /// time.
    /// </summary>
    internal static IEnumerable<byte[]> Damaged(int count)
    {
        var random = new Random(20260101);
        for (var i = 0; i < count; i++)
        {
            var extensions = Extensions.ToArray();
            ref var one = ref extensions[random.Next(extensions.Length)];
            List<byte> value = [.. Convert.FromHexString(one.Value)];
            var at = random.Next(value.Count);
            switch (random.Next(4))
            {
                case 0:
                    value[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    value[at] = (byte)random.Next(256);
                    break;
                case 2:
                    value.RemoveAt(at);
                    break;
                default:
                    value.Insert(at, (byte)random.Next(256));
                    break;
            }

            one.Value = Convert.ToHexString([.. value]);
            yield return Certificate(i, extensions);
        }
    }

    internal static bool Passes(byte[] der) =>
        CertificateFactsReader.Read(der) is { Facts: not null } reading
        && reading.Findings.Concat(Inspection.Check(der)).All(f => f.Code is not (FindingCode.BreaksReaders or FindingCode.NotACertificate));

    private static byte[] Certificate(int number, (string Oid, bool Critical, string Value)[] extensions) => new RawCertificate
    {
        Name = RawCertificate.CommonName(0x0C, System.Text.Encoding.UTF8.GetBytes(number.ToString("'Number 'D6", CultureInfo.InvariantCulture))),
        Extensions = [.. extensions.Select(e => RawCertificate.Extension(e.Oid, Convert.FromHexString(e.Value), e.Critical))],
    }.Build();
}
