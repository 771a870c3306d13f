using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>One check of one certificate. Registered by one line in <see cref="CoreServices"/>.</summary>
public interface ICertificateCheck
{
    /// <summary>What it looks at, for people: <c>signature</c>, <c>validity</c>. Named where a certificate is so damaged that the check fails.</summary>
    string Subject { get; }

    /// <summary>
    /// Everything that it has to say, for both stores at once: what holds for one store alone names it in
    /// <see cref="Finding.Store"/>. What it throws for a certificate's content becomes a finding.
    /// </summary>
    IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context);
}

/// <summary>What a check may know besides the certificate.</summary>
/// <param name="Now">The time to judge validity at.</param>
/// <param name="Known">The certificates that are known here.</param>
public sealed record CheckContext(DateTimeOffset Now, KnownCertificates Known)
{
    /// <summary>SHA-256 of the certificates that this machine's OpenSSL was given and did not read.</summary>
    public IReadOnlySet<string> RefusedByOpenSsl { get; init; } = new HashSet<string>();
}
