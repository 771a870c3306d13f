using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Formats;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Testing;

/// <summary>Runs the checks on certificates as the portal does.</summary>
public static class Inspection
{
    /// <summary>The checks that are registered.</summary>
    public static CertificateChecks Checks { get; } = new ServiceCollection().AddCaPortalCore().BuildServiceProvider().GetRequiredService<CertificateChecks>();

    public static CertificateFacts Facts(ReadOnlyMemory<byte> der) =>
        CertificateFactsReader.Read(der).Facts ?? throw new ArgumentException("No facts can be read from it.", nameof(der));

    public static CertificateFacts Facts(X509Certificate2 certificate) => Facts(certificate.RawData);

    public static KnownCertificate Known(X509Certificate2 certificate, CaStore? store = CaStore.Root, KnownOrigin origin = KnownOrigin.Managed) =>
        new(origin, store, Facts(certificate), certificate.RawData);

    public static KnownCertificate KnownToTheSystem(X509Certificate2 certificate) => Known(certificate, null, KnownOrigin.OperatingSystem);

    /// <summary>All findings about a certificate now.</summary>
    public static IReadOnlyList<Finding> Check(ReadOnlyMemory<byte> der, params IEnumerable<KnownCertificate> known) =>
        Checks.Check(Facts(der), der, new CheckContext(TimeProvider.System.GetUtcNow(), new KnownCertificates(known)));

    /// <summary>All findings about a certificate now.</summary>
    public static IReadOnlyList<Finding> Check(X509Certificate2 certificate, params IEnumerable<KnownCertificate> known) => Check(certificate.RawData, known);
}
