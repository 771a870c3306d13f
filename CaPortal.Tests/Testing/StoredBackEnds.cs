using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Testing;

/// <summary>Back-ends as tests of them left them in the database, for what is about that alone.</summary>
public sealed class StoredBackEnds(DatabaseWriter database, CertificateChanges certificates, TimeProvider time)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static StoredBackEnds Of(TestCore core) => new(core.Get<DatabaseWriter>(), core.Changes, core.Get<TimeProvider>());

    /// <summary>Adds one.</summary>
    /// <param name="host">Its host and, unless <paramref name="name"/> says otherwise, its name.</param>
    /// <param name="verdict">What its last test found.</param>
    /// <param name="anchor">The certificate at which its chain ends.</param>
    /// <param name="name">Its name.</param>
    /// <param name="chain">What it presented last.</param>
    public async Task<long> AddAsync(string host, TrustVerdict? verdict, X509Certificate2? anchor = null, string? name = null, params X509Certificate2[] chain)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var backEnd = new BackEnd
        {
            Host = host,
            Port = 443,
            ServerName = "",
            Name = name ?? host,
            NameOrder = (name ?? host).ToUpperInvariant(),
            SearchText = host.ToUpperInvariant(),
            AddedBy = "test",
            AddedAt = now,
            NextCheckAt = now.AddDays(1),
            CheckedAt = verdict is null ? null : now,
            Verdict = verdict,
            VerdictSince = verdict is null ? null : now,
            Message = verdict is null ? null : "What was found.",
            AnchorSha256 = anchor is null ? null : Thumbprints.Sha256(anchor.RawData),
            ExpiresAt = chain.Length == 0 ? null : chain.Min(c => c.NotAfter.ToUniversalTime()),
        };
        await database.NoteAsync(
            async db =>
            {
                db.Add(backEnd);
                return await db.SaveChangesAsync(Cancellation);
            },
            Cancellation);
        await PresentAsync(backEnd.Id, chain);
        return backEnd.Id;
    }

    /// <summary>Lets it present another chain from now on.</summary>
    public async Task PresentAsync(long id, params X509Certificate2[] chain)
    {
        var facts = new List<CertificateFacts>();
        if (chain.Length > 0)
            facts.AddRange((await certificates.InspectAsync([new UploadedFile("chain.pem", TestFiles.Pem(chain))], Cancellation)).Items.Select(i => i.Facts!));
        await database.NoteAsync(
            async db =>
            {
                await db.Set<BackEndChainLink>().Where(l => l.BackEndId == id).ExecuteDeleteAsync(Cancellation);
                for (var i = 0; i < chain.Length; i++)
                {
                    if (!await db.PresentedBlobs.AnyAsync(b => b.Sha256 == facts[i].Sha256, Cancellation))
                        db.Add(new PresentedBlob { Sha256 = facts[i].Sha256, Der = chain[i].RawData, NotAfter = facts[i].NotAfter, Facts = facts[i] });
                    db.Add(new BackEndChainLink { BackEndId = id, Position = i, Sha256 = facts[i].Sha256 });
                }

                return await db.SaveChangesAsync(Cancellation);
            },
            Cancellation);
    }

    /// <summary>Lets a test have found something else.</summary>
    public Task FindAsync(long id, TrustVerdict? verdict) => database.NoteAsync(
        db => db.BackEnds.Where(b => b.Id == id).ExecuteUpdateAsync(
            b => b.SetProperty(x => x.Verdict, verdict).SetProperty(x => x.VerdictSince, time.GetUtcNow().UtcDateTime), Cancellation),
        Cancellation);

    public Task DeleteAsync(long id) => database.NoteAsync(
        async db =>
        {
            await db.Set<BackEndChainLink>().Where(l => l.BackEndId == id).ExecuteDeleteAsync(Cancellation);
            return await db.BackEnds.Where(b => b.Id == id).ExecuteDeleteAsync(Cancellation);
        },
        Cancellation);
}
