using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Tests.Testing;

/// <summary>Many CA certificates, quickly made: all with the same key, so that making them is not what is measured.</summary>
public static class BenchmarkCertificates
{
    public static X509Certificate2[] Roots(string name, int count)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    TestCertificates
                        .CaRequest($"CN={name} {i:D5}, O=CaPortal Tests", key)
                        .CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(10))),
        ];
    }
}
