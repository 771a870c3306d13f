using CaPortal.Core.Certificates;
using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Formats;
using CaPortal.Core.Probing;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Inspection;

/// <summary>Reads uploaded files and judges every certificate in them against what is there.</summary>
internal sealed class Inspector(
    CertificateReader reader,
    CertificateChecks checks,
    KnownCertificateFinder finder,
    OpenSslCertificates openSsl,
    PortalDatabase database,
    PresentedChains chains,
    ClientPanel clients,
    TimeProvider time)
{
    /// <summary>Changes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<InspectionResult> InspectAsync(IReadOnlyList<UploadedFile> files, CancellationToken cancellationToken)
    {
        var results = new List<ReadResult>(files.Count);
        foreach (var file in files)
            results.Add(await reader.ReadAsync(file.Content, file.Password, cancellationToken));

        var uploaded = results.SelectMany(r => r.Items).Where(i => i.Facts is not null)
            .Select(i => new KnownCertificate(KnownOrigin.Upload, null, i.Facts!, i.Der)).ToList();
        var (revision, context) = await ContextAsync(uploaded, cancellationToken);
        return await Task.Run(() => new InspectionResult(revision, Judge(files, results, context, cancellationToken)), cancellationToken);
    }

    /// <summary>Judges certificates that were found on this machine as if they had been uploaded, each as one item in that order.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<InspectionResult> InspectFoundAsync(IReadOnlyList<UnmanagedCertificate> found, CancellationToken cancellationToken)
    {
        var (revision, context) = await ContextAsync([.. found.Select(f => new KnownCertificate(KnownOrigin.Upload, null, f.Facts, f.Der))], cancellationToken);
        var items = await Task.Run(
            () => found.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(f => Judge(f, context)).ToList(), cancellationToken);
        return new InspectionResult(revision, [new InspectedFile("", "", "", PasswordState.NotNeeded, items)]);
    }

    /// <summary>
    /// Judges certificates that were uploaded earlier as if they had been uploaded now, each as one item in that order, with
    /// the marks that their files gave to them.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<InspectionResult> InspectAgainAsync(
        IReadOnlyList<(ReadOnlyMemory<byte> Der, string? FileSha256, IReadOnlyList<Finding> Marks)> certificates, CancellationToken cancellationToken)
    {
        var read = certificates.Select(c => (c.Der, c.FileSha256, c.Marks, CertificateFactsReader.Read(c.Der).Facts)).ToList();
        var (revision, context) = await ContextAsync(
            [.. read.Where(c => c.Facts is not null).Select(c => new KnownCertificate(KnownOrigin.Upload, null, c.Facts!, c.Der))], cancellationToken);
        var items = await Task.Run(
            () => read.AsParallel().AsOrdered().WithCancellation(cancellationToken)
                .Select(c => Judge(ItemOf(c.Der, c.Facts, null, c.Marks), "", c.FileSha256, context)).ToList(),
            cancellationToken);
        return new InspectionResult(revision, [new InspectedFile("", "", "", PasswordState.NotNeeded, items)]);
    }

    /// <summary>Judges certificates that are, or were, under management, for both stores.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<IReadOnlyList<Finding>>> JudgeAsync(
        IReadOnlyCollection<(CertificateFacts Facts, byte[] Der)> certificates, CancellationToken cancellationToken)
    {
        var (_, context) = await ContextAsync([.. certificates.Select(c => new KnownCertificate(KnownOrigin.Upload, null, c.Facts, c.Der))], cancellationToken);
        return await Task.Run(() => certificates.AsParallel().AsOrdered().Select(c => checks.Check(c.Facts, c.Der, context)).ToList(), cancellationToken);
    }

    /// <summary>The findings now about a certificate that is in a store or will come there.</summary>
    /// <param name="kept">What was kept when it was added: the reader of the file found what the checks do not find again.</param>
    /// <param name="judged">What the checks say now.</param>
    /// <param name="store">The store.</param>
    public static IReadOnlyList<Finding> FindingsNow(IReadOnlyList<Finding> kept, IReadOnlyList<Finding> judged, CaStore store) =>
    [
        .. judged.Where(f => f.AppliesTo(store) && f.Code is not (FindingCode.Duplicate or FindingCode.InOtherStore)),
        .. kept.Where(f => f.AppliesTo(store) && judged.All(j => j.Code != f.Code)),
    ];

    private InspectedItem Judge(UnmanagedCertificate found, CheckContext context) =>
        Judge(ItemOf(found.Der, found.Facts, string.Join(", ", found.Places.Select(p => p.Location))), found.Places[0].Title, null, context) with
        {
            Found = found,
        };

    private InspectedItem Judge(ReadItem item, string fileName, string? fileSha256, CheckContext context) =>
        new(fileName, fileSha256, item, [.. item.Findings, .. FindingsOf(item, isRepeated: false, context)]);

    private static ReadItem ItemOf(ReadOnlyMemory<byte> der, CertificateFacts? facts, string? position, IReadOnlyList<Finding>? marks = null) => new()
    {
        Kind = "Certificate",
        Position = position,
        Facts = facts,
        Der = der,
        Findings = [.. CertificateFactsReader.Read(der).Findings, .. marks ?? []],
    };

    private List<InspectedFile> Judge(
        IReadOnlyList<UploadedFile> files, List<ReadResult> results, CheckContext context, CancellationToken cancellationToken)
    {
        var inspected = new List<InspectedFile>(files.Count);
        var seen = new HashSet<string>();
        var marks = results.SelectMany(r => r.Items).Where(i => i.Facts is not null)
            .SelectMany(i => i.Findings.Where(f => f.IsMark), (i, mark) => (i.Facts!.Sha256, mark)).Distinct().ToLookup(m => m.Sha256, m => m.mark);
        foreach (var (file, result) in files.Zip(results))
        {
            var fileSha256 = Thumbprints.Sha256(file.Content.Span);
            var items = result.Items
                .Select(item => (Item: Marked(item, marks), IsRepeated: item.Facts is { } facts && !seen.Add(facts.Sha256)))
                .ToList()
                .AsParallel().AsOrdered().WithCancellation(cancellationToken)
                .Select(i => new InspectedItem(file.Name, fileSha256, i.Item, [.. i.Item.Findings, .. FindingsOf(i.Item, i.IsRepeated, context)]))
                .ToList();
            inspected.Add(new InspectedFile(file.Name, fileSha256, result.Format, result.Password, items));
        }

        return inspected;
    }

    /// <summary>What a file says of one copy of a certificate holds for every copy in the upload, since only the first is added.</summary>
    private static ReadItem Marked(ReadItem item, ILookup<string, Finding> marks) =>
        item.Facts is { } facts && marks.Contains(facts.Sha256) ? item with { Findings = [.. item.Findings.Union(marks[facts.Sha256])] } : item;

    private IEnumerable<Finding> FindingsOf(ReadItem item, bool isRepeated, CheckContext context)
    {
        if (item.Facts is not { } facts)
            return [];
        if (isRepeated)
            return
            [
                new Finding(
                    FindingCode.Duplicate,
                    FindingSeverity.Information,
                    "The same certificate is earlier in this upload.",
                    "Nothing needs to be done; it is added once."),
            ];

        // What reading has found already is not said twice; of what is unusual each remark says something of its own.
        return checks.Check(facts, item.Der, context).Where(f => f.Code == FindingCode.Unusual || item.Findings.All(r => r.Code != f.Code));
    }

    /// <summary>
    /// Of all that is known here, what has to do with these certificates: themselves, their namesakes, their issuers; and
    /// what OpenSSL says to them, which is asked meanwhile.
    /// </summary>
    private async Task<(long Revision, CheckContext Context)> ContextAsync(IReadOnlyList<KnownCertificate> certificates, CancellationToken cancellationToken)
    {
        var refused = openSsl.RefusedAsync([.. certificates.Select(c => (c.Facts.Sha256, c.Der))], cancellationToken);
        var names = certificates.SelectMany(c => new[] { c.Facts.SubjectKey, c.Facts.IssuerKey }).ToHashSet();
        var (revision, known) = await finder.FindAsync(names, cancellationToken);
        var backEnds = await BackEndsAsync(certificates, known, cancellationToken);
        var counted = await CountedClientsAsync(cancellationToken);
        return (revision,
            new CheckContext(time.GetUtcNow(), new KnownCertificates([.. known, .. certificates]))
            {
                RefusedByOpenSsl = await refused,
                BackEnds = backEnds,
                CountedClients = counted,
            });
    }

    /// <summary>The clients of the setting, and those that back-ends name for themselves.</summary>
    private async Task<HashSet<string>> CountedClientsAsync(CancellationToken cancellationToken)
    {
        var chosen = await database.RunAsync(
            db => db.BackEnds.Where(b => b.Clients != null).Select(b => b.Clients).Distinct().ToListAsync(cancellationToken), cancellationToken);
        return [.. clients.Counted.Select(c => c.Name), .. chosen.SelectMany(c => BackEndColumns.ClientsOf(c) ?? [])];
    }

    /// <summary>What back-ends present that was issued under a name which comes to have a second key: seldom any, and then all are looked at.</summary>
    private async Task<IReadOnlyList<IssuedForBackEnd>> BackEndsAsync(
        IReadOnlyList<KnownCertificate> certificates, IReadOnlyList<KnownCertificate> known, CancellationToken cancellationToken)
    {
        var keys = known.ToLookup(k => k.Facts.SubjectKey, k => k.Facts.PublicKeySha256);
        var names = certificates.Where(c => keys[c.Facts.SubjectKey].Any(k => k != c.Facts.PublicKeySha256)).Select(c => c.Facts.SubjectKey).ToHashSet();
        if (names.Count == 0)
            return [];
        var stored = await database.RunAsync(db => chains.LoadAsync(db, cancellationToken), cancellationToken);
        return
        [
            .. from backEnd in stored
               from facts in backEnd.Chain.Select(c => c.Facts).OfType<CertificateFacts>()
               where names.Contains(facts.IssuerKey)
               select new IssuedForBackEnd(backEnd.Name, facts.IssuerKey, facts.AuthorityKeyIdentifier is not null),
        ];
    }
}
