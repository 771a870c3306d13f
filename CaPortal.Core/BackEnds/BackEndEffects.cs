using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Checks;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.BackEnds;

/// <summary>What a change of the list does to the back-ends: before it is made, and once it is.</summary>
internal sealed partial class BackEndEffects(
    PortalDatabase database,
    DatabaseWriter writer,
    PresentedChains chains,
    CurrentTrust trust,
    ChainJudge judge,
    EffectProof proof,
    BackEndChangeNotifier notifier,
    TimeProvider time,
    ILogger<BackEndEffects> logger)
    : IBackEndImpact
{
    /// <summary>From the chains that were presented last.</summary>
    public Task<IReadOnlyList<BackEndEffect>> ForeseeAsync(ChangePlan plan, CancellationToken cancellationToken) => plan.IsEmpty
        ? Task.FromResult<IReadOnlyList<BackEndEffect>>([])
        : ForeseeAsync(
            plan.Removals.Select(r => r.Key).ToHashSet(),
            [.. plan.Additions.Select(a => new TrustSetCertificate(TrustOrigin.Managed, a.Key.Store, a.Facts, a.Der))],
            cancellationToken);

    /// <summary>What changes, from the chains that were presented last, if certificates are taken out of the list and others put in.</summary>
    public async Task<IReadOnlyList<BackEndEffect>> ForeseeAsync(
        HashSet<CaCertificateKey> removed, IReadOnlyList<TrustSetCertificate> added, CancellationToken cancellationToken)
    {
        var stored = await database.RunAsync(db => chains.LoadAsync(db, cancellationToken), cancellationToken);
        if (stored.Count == 0)
            return [];

        var before = await trust.GetAsync(cancellationToken);
        var after = trust.Foresee(before, removed, added);
        var subjects = before.Set.Certificates.Where(c => removed.Contains(c.Key)).Concat(added).Select(c => c.Facts.SubjectKey).ToHashSet();
        return await Task.Run(() => Compare(stored, before.Set, after.Set, subjects, cancellationToken), cancellationToken);
    }

    /// <summary>Judges every chain once, so that the first plan after a start finds what is kept of that already. Seconds for a thousand chains.</summary>
    /// <exception cref="DatabaseException" />
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var stored = await database.RunAsync(db => chains.LoadAsync(db, cancellationToken), cancellationToken);
        if (stored.Count == 0)
            return;
        var set = (await trust.GetAsync(cancellationToken)).Set;
        await Task.Run(
            () =>
            {
                // On one thread alone: the portal has others to answer meanwhile.
                foreach (var backEnd in stored)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    judge.Judge(backEnd.Contact, set, time.GetUtcNow(), backEnd.Choice);
                }
            },
            cancellationToken);
    }

    /// <summary>
    /// Brings the stored verdicts to what is trusted now: those of the back-ends that a change has affected, and of those
    /// that were tested while it was made. Never fails: the next test finds what could not be stored.
    /// </summary>
    /// <param name="affected">What the change was foreseen to do.</param>
    /// <param name="since">When that was foreseen.</param>
    public async Task SettleAsync(IReadOnlyList<BackEndEffect> affected, DateTimeOffset since)
    {
        try
        {
            var roots = await trust.RootsAsync(CancellationToken.None);
            var ids = await ToSettleAsync(affected.Select(e => e.Id).ToHashSet(), since.UtcDateTime);
            if (ids.Count > 0 && await writer.NoteAsync(db => SettleAsync(db, ids, roots), CancellationToken.None))
                notifier.NotifyChanged();
        }
        catch (DatabaseException e)
        {
            LogNotSettled(e.Message);
        }
    }

    /// <inheritdoc/>
    public Task ProveAsync(Actor actor, ChangeProgress steps, long revision, IReadOnlyList<BackEndEffect> foreseen, CancellationToken cancellationToken) =>
        proof.RunAsync(actor, steps, revision, foreseen, cancellationToken);

    private Task<List<long>> ToSettleAsync(HashSet<long> affected, DateTime since) => database.RunAsync(
        db => db.BackEnds.Where(b => affected.Contains(b.Id) || b.CheckedAt >= since).Select(b => b.Id).ToListAsync(), CancellationToken.None);

    private async Task<bool> SettleAsync(PortalDb db, List<long> ids, IReadOnlyList<KnownCertificate> roots)
    {
        var now = time.GetUtcNow();
        var set = (await trust.GetAsync(db, roots, CancellationToken.None)).Set;
        var stored = (await chains.LoadAsync(db, ids, CancellationToken.None)).ToDictionary(b => b.Id);
        var rows = await db.BackEnds.Where(b => ids.Contains(b.Id)).ToListAsync();
        foreach (var row in rows.Where(r => stored.ContainsKey(r.Id)))
        {
            var judgement = judge.Judge(stored[row.Id].Contact, set, now, stored[row.Id].Choice);
            BackEndRows.Find(row, HasNoAnswer(row) ? judgement with { Verdict = row.Verdict!.Value, Message = row.Message! } : judgement, now.UtcDateTime);
        }

        return db.ChangeTracker.HasChanges();
    }

    /// <summary>One that does not answer is not reached better by another list; what it depends on may change all the same.</summary>
    private static bool HasNoAnswer(BackEnd row) => row.ContactFailure is not (null or TrustVerdict.ClientCertificateRequired);

    private List<BackEndEffect> Compare(
        IReadOnlyList<StoredBackEnd> stored, TrustSet before, TrustSet after, HashSet<string> subjects, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return
        [
            .. stored
                .Where(b => ChainJudge.CanDiffer(b.Chain, before, after, subjects))
                .AsParallel()
                .WithCancellation(cancellationToken)
                .Select(b => new BackEndEffect(
                    b.Id,
                    b.Name,
                    b.Address,
                    judge.Judge(b.Contact, before, now, b.Choice),
                    judge.Judge(b.Contact, after, now, b.Choice)))
                .Where(IsOne)
                .OrderBy(e => OrderOf(e.Kind)).ThenBy(e => e.Name, StringComparer.OrdinalIgnoreCase).ThenBy(e => e.Id),
        ];
    }

    private static bool IsOne(BackEndEffect effect) =>
        effect.Before.Verdict != effect.After.Verdict
        || effect.Losing.Any() || effect.Gaining.Any()
        || (effect.Kind == BackEndEffectKind.ChangesPath && !effect.Before.Path.Select(p => p.Sha256).SequenceEqual(effect.After.Path.Select(p => p.Sha256)));

    private static int OrderOf(BackEndEffectKind kind) => kind switch
    {
        BackEndEffectKind.StopsBeingTrusted => 0,
        BackEndEffectKind.BecomesTrusted => 1,
        BackEndEffectKind.DependsOnClient => 2,
        BackEndEffectKind.StaysUntrusted => 3,
        _ => 4,
    };

    [LoggerMessage(4202, LogLevel.Error, "The verdicts of back-ends could not be brought to what is trusted after a change: {Reason}")]
    private partial void LogNotSettled(string reason);
}
