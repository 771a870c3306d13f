using CaPortal.Core.Certificates;

namespace CaPortal.Core.Probing;

/// <summary>Where a certificate of a <see cref="TrustSet"/> comes from.</summary>
public enum TrustOrigin
{
    /// <summary>Under management.</summary>
    Managed,

    /// <summary>One of the operating system's own roots.</summary>
    OperatingSystem,
}

/// <summary>A certificate of a set that chains are judged against.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Store">The store that it acts as part of.</param>
/// <param name="Facts">What was read from it.</param>
/// <param name="Der">Its DER encoding.</param>
public sealed record TrustSetCertificate(TrustOrigin Origin, CaStore Store, CertificateFacts Facts, ReadOnlyMemory<byte> Der)
{
    /// <summary>Its identity.</summary>
    public CaCertificateKey Key => new(Store, Facts.Sha256);
}

/// <summary>
/// The certificates that a client trusts, or would trust after a change: roots as anchors, intermediates to complete chains.
/// Never changes; indexed once, so that judging many chains against it is cheap.
/// </summary>
public sealed class TrustSet
{
    private readonly ILookup<string, TrustSetCertificate> _bySubject;

    /// <summary>Creates it.</summary>
    public TrustSet(IEnumerable<TrustSetCertificate> certificates)
    {
        Certificates = [.. certificates.DistinctBy(c => (c.Origin, c.Key))];
        _bySubject = Certificates.ToLookup(c => c.Facts.SubjectKey);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<TrustSetCertificate> Certificates { get; }

    /// <summary>Those with this subject, in the form of <see cref="CertificateFacts.SubjectKey"/>.</summary>
    public IEnumerable<TrustSetCertificate> WithSubject(string subjectKey) => _bySubject[subjectKey];

    /// <summary>The set after a change.</summary>
    /// <param name="removed">What the change takes out of stores; the operating system's own stay.</param>
    /// <param name="added">What it puts into them.</param>
    public TrustSet With(IReadOnlySet<CaCertificateKey> removed, IEnumerable<TrustSetCertificate> added) =>
        new(Certificates.Where(c => c.Origin == TrustOrigin.OperatingSystem || !removed.Contains(c.Key)).Concat(added));
}
