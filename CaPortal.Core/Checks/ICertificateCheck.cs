using CaPortal.Core.Certificates;
using CaPortal.Core.Clients;

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

    /// <summary>The certificates that back-ends present, as far as their issuers have to do with what is checked.</summary>
    public IReadOnlyList<IssuedForBackEnd> BackEnds { get; init; } = [];

    /// <summary>The names of the clients that count for a back-end here; see <see cref="IClientEngine.Name"/>.</summary>
    public IReadOnlySet<string> CountedClients { get; init; } = ClientNames.Default.ToHashSet();
}

/// <summary>A certificate that a back-end presents.</summary>
/// <param name="BackEnd">What people call the back-end. Untrusted text.</param>
/// <param name="IssuerKey">The certificate's issuer, in the form of <see cref="CertificateFacts.IssuerKey"/>.</param>
/// <param name="NamesKey">It names its issuer's key (RFC 5280 §4.2.1.1), so clients know which of two namesakes to take.</param>
public sealed record IssuedForBackEnd(string BackEnd, string IssuerKey, bool NamesKey);
