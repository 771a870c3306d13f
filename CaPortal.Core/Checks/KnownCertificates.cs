using CaPortal.Core.Certificates;

namespace CaPortal.Core.Checks;

/// <summary>Where a known certificate is.</summary>
public enum KnownOrigin
{
    /// <summary>Under management, in the store that the entry names.</summary>
    Managed,

    /// <summary>In the same upload.</summary>
    Upload,

    /// <summary>In the operating system's own list of roots.</summary>
    OperatingSystem,

    /// <summary>In a trust store of this machine, without being under management.</summary>
    Found,
}

/// <summary>A certificate that is known here.</summary>
/// <param name="Origin">Where it is.</param>
/// <param name="Store">Its store, where it is <see cref="KnownOrigin.Managed"/>.</param>
/// <param name="Facts">What was read from it.</param>
/// <param name="Der">Its DER encoding.</param>
public sealed record KnownCertificate(KnownOrigin Origin, CaStore? Store, CertificateFacts Facts, ReadOnlyMemory<byte> Der);

/// <summary>The certificates that are known here, to be asked by hash and by subject.</summary>
public sealed class KnownCertificates(IEnumerable<KnownCertificate> certificates)
{
    private readonly ILookup<string, KnownCertificate> _bySha256 = certificates.ToLookup(c => c.Facts.Sha256);
    private readonly ILookup<string, KnownCertificate> _bySubject = certificates.ToLookup(c => c.Facts.SubjectKey);

    /// <summary>None.</summary>
    public static KnownCertificates None { get; } = new([]);

    /// <summary>The places where this very certificate is.</summary>
    public IEnumerable<KnownCertificate> WithSha256(string sha256) => _bySha256[sha256];

    /// <summary>The certificates with this subject, in the form of <see cref="CertificateFacts.SubjectKey"/>.</summary>
    public IEnumerable<KnownCertificate> WithSubject(string subjectKey) => _bySubject[subjectKey];
}
