using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>One check of one certificate. Registered by one line in <see cref="CoreServices"/>.</summary>
public interface ICertificateCheck
{
    /// <summary>
    /// Everything that it has to say, for both stores at once: what holds for one store alone names it in
    /// <see cref="Finding.Store"/>. Never throws for a certificate's content.
    /// </summary>
    IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context);
}

/// <summary>The certificate that is checked.</summary>
/// <param name="Facts">What was read from it.</param>
/// <param name="Der">Its DER encoding.</param>
public sealed record CheckedCertificate(CertificateFacts Facts, ReadOnlyMemory<byte> Der);

/// <summary>What a check may know besides the certificate.</summary>
/// <param name="Now">The time to judge validity at.</param>
/// <param name="Known">The certificates that are known here.</param>
public sealed record CheckContext(DateTimeOffset Now, KnownCertificates Known);
