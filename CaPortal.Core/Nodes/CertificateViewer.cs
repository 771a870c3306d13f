using System.Formats.Asn1;
using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Nodes;

/// <summary>Puts together all that is known of one certificate.</summary>
internal sealed class CertificateViewer(
    CertificateList queries,
    Inspector inspector,
    KnownCertificateFinder finder,
    TrustStoreSelection trustStores,
    FoundCertificateQueries foundCertificates,
    PublicRoots publicRoots)
{
    private const int MaxPathLength = 20;


    /// <summary>Null where the certificate is not in that store.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<CertificateView?> ViewAsync(CaCertificateKey key, CancellationToken cancellationToken)
    {
        var certificate = (await queries.FindAsync(key.Sha256, cancellationToken)).FirstOrDefault(c => c.Key == key);
        if (certificate is null || await queries.DerAsync(key.Sha256, cancellationToken) is not { } der)
            return null;

        var judged = await inspector.JudgeAsync([(certificate.Facts, der)], cancellationToken);
        var issuers = await IssuersAsync(certificate.Facts, cancellationToken);
        var naming = await queries.NamingAsIssuerAsync(certificate.Facts, CertificateView.MaxRelatives, cancellationToken);
        var namesakes = await queries.WithSubjectOfAsync(certificate.Facts, CertificateView.MaxRelatives, cancellationToken);
        return await Task.Run(
            async () => new CertificateView(
                certificate with { Findings = Inspector.FindingsNow(certificate.Findings, judged[0], key.Store) },
                der,
                CertificateDetails.Read(certificate.Facts, der),
                IssuerPath.Find(certificate.Facts, der, new KnownCertificates(issuers)),
                IssuedBy(der, naming),
                namesakes,
                await PlacesAsync(certificate, cancellationToken),
                await queries.HistoryAsync(0, key, cancellationToken)),
            cancellationToken);
    }

    /// <summary>Null where the certificate neither was found on this machine nor is one of the operating system's own roots.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<UnmanagedView?> ViewUnmanagedAsync(CaCertificateKey key, CancellationToken cancellationToken)
    {
        var found = (await foundCertificates.ListAsync(null, cancellationToken)).Certificates;
        var certificate = found.FirstOrDefault(c => c.Key == key)
            ?? (await publicRoots.ListAsync(null, cancellationToken)).Certificates.FirstOrDefault(c => c.Key == key);
        if (certificate is null)
            return null;

        var issuers = await IssuersAsync(certificate.Facts, cancellationToken);
        issuers.AddRange(found.Select(c => new KnownCertificate(KnownOrigin.Found, null, c.Facts, c.Der)));
        return await Task.Run(
            () => new UnmanagedView(
                certificate,
                CertificateDetails.Read(certificate.Facts, certificate.Der),
                IssuerPath.Find(certificate.Facts, certificate.Der, new KnownCertificates(issuers))),
            cancellationToken);
    }

    /// <summary>Those whose signature the certificate's key made. A self-signed one with the same key is a renewal.</summary>
    private static IReadOnlyList<CaCertificate> IssuedBy(ReadOnlyMemory<byte> der, IReadOnlyList<(CaCertificate Certificate, byte[] Der)> naming)
    {
        try
        {
            var issuer = EncodedCertificate.Read(der);
            return [.. naming.Where(n => !n.Certificate.Facts.IsSelfSigned && IsSignedBy(issuer, n.Der)).Select(n => n.Certificate)];
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    private static bool IsSignedBy(EncodedCertificate issuer, ReadOnlyMemory<byte> der)
    {
        try
        {
            return CertificateSignature.Verify(EncodedCertificate.Read(der), issuer) == SignatureVerdict.Valid;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private async Task<List<KnownCertificate>> IssuersAsync(CertificateFacts facts, CancellationToken cancellationToken)
    {
        var asked = new HashSet<string>();
        var found = new List<KnownCertificate>();
        HashSet<string> next = [facts.IssuerKey];
        while (next.Count > 0 && asked.Count < MaxPathLength)
        {
            asked.UnionWith(next);
            var issuers = (await finder.FindAsync(next, cancellationToken)).Certificates;
            found.AddRange(issuers);
            next = [.. issuers.Select(i => i.Facts.IssuerKey).Where(name => !asked.Contains(name))];
        }

        return found;
    }

    private async Task<IReadOnlyList<CertificatePlace>> PlacesAsync(CaCertificate certificate, CancellationToken cancellationToken)
    {
        var statuses = (await queries.TrustStoreStatusesAsync(cancellationToken)).ToDictionary(s => s.TrustStore);
        var missing = (await queries.MissingAsync(certificate.Key, cancellationToken)).ToDictionary(m => m.TrustStore);
        return [.. trustStores.Enabled.Where(t => t.Holds(certificate.Key.Store)).Select(PlaceIn)];

        CertificatePlace PlaceIn(ITrustStore store)
        {
            var status = statuses.GetValueOrDefault(store.Name);
            var presence = CertificateStatusRule.PresenceIn(status, missing.GetValueOrDefault(store.Name)?.Reason, certificate.Status);
            var hasProblem = presence is CertificatePresence.Missing or CertificatePresence.Absent or CertificatePresence.Unknown;
            return new CertificatePlace(
                store.Name,
                store.Title,
                store.Location(certificate.Key.Store),
                presence,
                hasProblem ? status?.Error : null,
                hasProblem ? status?.Advice : null,
                status?.VerifiedAt);
        }
    }
}
