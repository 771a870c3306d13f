using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Tests.Formats;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.X509;

namespace CaPortal.Tests.Benchmarks;

/// <summary>Reading a PEM file of 10,000 certificates, beside BouncyCastle reading the same certificates one by one. Both keep what they read.</summary>
public sealed class ReadingBenchmark(ITestOutputHelper output)
{
    private const int Count = 10_000;
    private const int Rounds = 5;

    [Theory(Explicit = true)]
    [InlineData("EC")]
    [InlineData("RSA")]
    public async Task Read_TenThousandCertificates(string keyType)
    {
        var certificates = Certificates(keyType);
        var pem = Encoding.ASCII.GetBytes(string.Join('\n', certificates.Select(c => PemEncoding.WriteString("CERTIFICATE", c))));
        var blocks = certificates.Select(c => Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", c))).ToArray();
        for (var round = 1; round <= Rounds; round++)
        {
            var reader = Reader.Create();
            var ours = await MeasureAsync(async () =>
            {
                var result = await reader.ReadAsync(pem, null, TestContext.Current.CancellationToken);
                Assert.Equal(Count, result.Items.Count(i => i.Facts is not null));
            });
            var der = await MeasureAsync(() =>
            {
                var parser = new X509CertificateParser();
                Assert.DoesNotContain(null, certificates.Select(parser.ReadCertificate).ToArray());
                return Task.CompletedTask;
            });
            var text = await MeasureAsync(() =>
            {
                var parser = new X509CertificateParser();
                Assert.DoesNotContain(null, blocks.Select(parser.ReadCertificate).ToArray());
                return Task.CompletedTask;
            });
            output.WriteLine(
                $"{keyType}, round {round}: CertificateReader {ours.Wall:0} ms ({ours.Processor:0} ms CPU); "
                    + $"X509CertificateParser of DER {der.Wall:0} ms ({der.Processor:0} ms CPU), of PEM {text.Wall:0} ms ({text.Processor:0} ms CPU); "
                + $"ratio {ours.Wall / der.Wall:0.00} of DER, {ours.Wall / text.Wall:0.00} of PEM");
        }
    }

    private static async Task<(double Wall, double Processor)> MeasureAsync(Func<Task> work)
    {
        GC.Collect();
        var processor = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await work();
        return (clock.Elapsed.TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
    }

    private static byte[][] Certificates(string keyType)
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var key = keyType == "EC" ? new PublicKey(ec) : new PublicKey(rsa);
        // Signing with EC keeps the preparation short; reading does not look at the signature.
        var generator = X509SignatureGenerator.CreateForECDsa(ec);
        return
        [
            .. Enumerable
                .Range(0, Count)
                .Select(i =>
                {
                    var name = new X500DistinguishedName($"CN=Benchmark CA {i}, OU=Public Key Infrastructure, O=CaPortal Tests, C=US");
                    var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
                    request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
                    request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
                    request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
                    using var certificate = request.Create(
                        name,
                        generator,
                        TestCertificates.Yesterday,
                        TestCertificates.Yesterday.AddYears(9),
                        RandomNumberGenerator.GetBytes(16));
                    return certificate.RawData;
                }),
        ];
    }
}
