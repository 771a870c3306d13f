using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Inventory;

namespace CaPortal.Core.Nodes;

/// <summary>A CA certificate in full: what it says, who issued it, where it is, what was done with it.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Der">Its DER encoding.</param>
/// <param name="Details">What it says.</param>
/// <param name="Path">Itself, its issuer, and so on, as far as they are known here.</param>
/// <param name="Issued">The certificates of the list whose signature its key made, by name. They are looked for among the first
/// <see cref="MaxRelatives"/> that name it as their issuer.</param>
/// <param name="Namesakes">The other certificates of the list that have its subject, as after a renewal; the newest first, at most
/// <see cref="MaxRelatives"/>.</param>
/// <param name="Places">The trust stores of this machine.</param>
/// <param name="History">What was done with it, oldest first.</param>
public sealed record CertificateView(
    CaCertificate Certificate,
    ReadOnlyMemory<byte> Der,
    CertificateDetails Details,
    IReadOnlyList<IssuerPathStep> Path,
    IReadOnlyList<CaCertificate> Issued,
    IReadOnlyList<CaCertificate> Namesakes,
    IReadOnlyList<CertificatePlace> Places,
    IReadOnlyList<RevisionSummary> History)
{
    /// <summary>How many certificates are looked at for each kind of relative: each signature is verified.</summary>
    public const int MaxRelatives = 100;
}

/// <summary>A certificate in one trust store.</summary>
/// <param name="Name">The trust store's name.</param>
/// <param name="Title">The trust store's title.</param>
/// <param name="Location">Where it keeps this store's certificates.</param>
/// <param name="Presence">Whether the certificate is there.</param>
/// <param name="Problem">Why it is not there.</param>
/// <param name="Advice">What to do about that.</param>
/// <param name="VerifiedAt">When it was last read back, UTC; null where it never was.</param>
public sealed record CertificatePlace(
    string Name, string Title, string Location, CertificatePresence Presence, string? Problem, string? Advice, DateTime? VerifiedAt);
