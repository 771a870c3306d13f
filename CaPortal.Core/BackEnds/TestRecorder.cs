using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.BackEnds;

/// <summary>Stores what tests found: verdict, chain, when to test next, and the entry of the activity log, in one transaction.</summary>
internal sealed class TestRecorder(
    PortalDatabase database,
    DatabaseWriter writer,
    CurrentTrust trust,
    ChainJudge judge,
    BackEndChangeNotifier notifier,
    TimeProvider time,
    IOptions<CoreOptions> options)
{
    /// <summary>Stores tests. Those of back-ends that have been deleted or have another address meanwhile are dropped.</summary>
    /// <exception cref="DatabaseException">The database cannot be used now; nothing was stored.</exception>
    public async Task<IReadOnlyList<StoredTest>> RecordAsync(IReadOnlyList<TestContact> contacts, TestRecord record)
    {
        var roots = await trust.RootsAsync(CancellationToken.None);
        var now = time.GetUtcNow();
        var trusted = await database.RunAsync(db => trust.GetAsync(db, roots, CancellationToken.None), CancellationToken.None);
        var judged = await Task.Run(() => contacts.Select(c => Judge(c, trusted, now)).ToList());
        var stored = await writer.WriteAsync(
            async db =>
            {
                // What was judged by another list than the one that counts now would stay so until the next test.
                if (await CurrentTrust.HashAsync(db, CancellationToken.None) != trusted.DesiredHash)
                {
                    trusted = await trust.GetAsync(db, roots, CancellationToken.None);
                    judged = [.. contacts.Select(c => Judge(c, trusted, now))];
                }

                return await StoreAsync(db, judged, record, now.UtcDateTime);
            },
            CancellationToken.None);
        notifier.NotifyChanged();
        return stored;
    }

    /// <summary>Removes certificates that no back-end presents any more.</summary>
    /// <param name="db">The database. The chains have been changed in its transaction.</param>
    /// <param name="hashes">Those that may be so.</param>
    public static Task RemoveOrphansAsync(PortalDb db, IReadOnlyCollection<string> hashes) => hashes.Count == 0
        ? Task.CompletedTask
        : db.PresentedBlobs.Where(b => hashes.Contains(b.Sha256) && !db.Set<BackEndChainLink>().Any(l => l.Sha256 == b.Sha256)).ExecuteDeleteAsync();

    private JudgedContact Judge(TestContact test, TrustedNow trusted, DateTimeOffset now) =>
        new(test.Target, test.Contact, judge.Judge(test.Contact, trusted.Set, now, test.Target.Choice));

    private async Task<Written<IReadOnlyList<StoredTest>>> StoreAsync(
        PortalDb db, IReadOnlyList<JudgedContact> judged, TestRecord record, DateTime now)
    {
        var ids = judged.Select(j => j.Target.Id).ToList();
        var rows = await db.BackEnds.Include(b => b.Chain).Where(b => ids.Contains(b.Id)).ToDictionaryAsync(b => b.Id);
        var kept = judged.Where(j => rows.TryGetValue(j.Target.Id, out var row) && BackEndColumns.AddressOf(row) == j.Target.Address).ToList();
        await AddCertificatesAsync(db, kept);
        var tests = new List<StoredTest>(kept.Count);
        var replaced = new HashSet<string>();
        foreach (var test in kept)
        {
            var row = rows[test.Target.Id];
            var before = row.Verdict;
            Put(row, test, now);
            replaced.UnionWith(Replace(db, row, test.Contact.Chain));
            tests.Add(new StoredTest(BackEndRows.SummaryOf(row, isTesting: false), before));
        }

        var logged = tests.Where(t => record.Logging == TestLogging.All || (record.Logging == TestLogging.Changes && t.BackEnd.Verdict != t.Before)).ToList();
        var entry = logged.Count == 0 ? null : BackEndRows.Draft(
            record.Actor,
            ActivityActions.Probe,
            logged.Select(t => new { t.BackEnd.Id, Address = t.BackEnd.Address.ToString(), t.BackEnd.Address.ServerName, t.BackEnd.Verdict, t.Before }));
        await db.SaveChangesAsync();
        await RemoveOrphansAsync(db, replaced);
        return new(tests, entry) { NeedsNoEntry = true };
    }

    private void Put(BackEnd row, JudgedContact test, DateTime now)
    {
        var (contact, judgement) = (test.Contact, test.Judgement);
        BackEndRows.Find(row, judgement, now);
        row.CheckedAt = now;
        row.NextCheckAt = now + NextIn();
        (row.RemoteAddress, row.Protocol, row.AsksForClientCertificate) = (
            contact.RemoteAddress?.ToString(),
            contact.Protocol,
            contact.AsksForClientCertificate);

        // Where there is a chain, the contact's failure counts as far as the chain itself is in order.
        var failure = contact.Failure;
        var counts =
            failure is not null
            && (contact.Chain.Count == 0 || failure.Verdict == TrustVerdict.ClientCertificateRequired || failure.Verdict == judgement.Verdict);
        (row.ContactFailure, row.ContactAdvice) = counts ? (failure!.Verdict, failure.Advice) : ((TrustVerdict?)null, (string?)null);
    }

    private TimeSpan NextIn()
    {
        var settings = options.Value.BackEnds;
        return settings.TestEvery * (1 + (settings.Jitter * ((2 * Random.Shared.NextDouble()) - 1)));
    }

    private static async Task AddCertificatesAsync(PortalDb db, IReadOnlyList<JudgedContact> judged)
    {
        var presented = judged.SelectMany(j => j.Contact.Chain).DistinctBy(c => c.Sha256).ToDictionary(c => c.Sha256);
        var hashes = presented.Keys.ToList();
        var known = await db.PresentedBlobs.Where(b => hashes.Contains(b.Sha256)).Select(b => b.Sha256).ToListAsync();
        foreach (var certificate in presented.Values.ExceptBy(known, c => c.Sha256))
            db.Add(
                new PresentedBlob
                {
                    Sha256 = certificate.Sha256,
                    Der = certificate.Der.ToArray(),
                    NotAfter = certificate.Facts?.NotAfter,
                    Facts = certificate.Facts,
                });
    }

    /// <returns>What it presented before and does not any more.</returns>
    private static List<string> Replace(PortalDb db, BackEnd row, IReadOnlyList<PresentedCertificate> chain)
    {
        // A server that was not reached still has the chain that it had.
        if (chain.Count == 0)
            return [];
        var before = row.Chain.Select(l => l.Sha256).ToList();
        var links = row.Chain.ToDictionary(l => l.Position);
        for (var position = 0; position < chain.Count; position++)
        {
            if (links.Remove(position, out var link))
                link.Sha256 = chain[position].Sha256;
            else
                db.Add(new BackEndChainLink { BackEndId = row.Id, Position = position, Sha256 = chain[position].Sha256 });
        }

        db.RemoveRange(links.Values);
        return before.Except(chain.Select(c => c.Sha256)).ToList();
    }

    private sealed record JudgedContact(TestTarget Target, ProbeContact Contact, TrustJudgement Judgement);
}
