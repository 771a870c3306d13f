using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Nodes;

/// <summary>
/// Asks the programs of this machine, in fresh processes, whether they see what changed, and records what they say. What keeps one
/// of them from opening a trust store is taken out of it again.
/// </summary>
internal sealed partial class ProgramProof(
    PortalDatabase database,
    TrustStoreSelection trustStores,
    TrustPrograms programs,
    TrustStoreSync sync,
    DatabaseCertificates source,
    DatabaseWriter writer,
    ILogger<ProgramProof> logger)
{
    private bool _hasCaughtUp;

    /// <summary>Asks about the newest state of all that changed, and of what an earlier process left unasked.</summary>
    /// <returns>Whether something was taken out of a trust store again, after which commands of the operating system may have to run.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<bool> AskAsync(Actor actor, IReadOnlyList<ProvedChange> changes, CancellationToken cancellationToken)
    {
        var wanted = new OrderedDictionary<CaCertificateKey, bool>();
        foreach (var change in changes.Reverse())
        {
            Want(change.Present, true);
            Want(change.Absent, false);
        }

        var revision = changes.Max(c => c.Revision);
        if (!_hasCaughtUp && programs.HaveAny)
            revision = Math.Max(revision, await AddLeftAsync(Want, cancellationToken));
        var hasTakenBack = wanted.Count > 0 && programs.HaveAny && await AskAsync(actor, [.. changes.Where(c => c.HasCertificates)], wanted, cancellationToken);
        _hasCaughtUp = true;
        if (revision > 0)
        {
            await writer.NoteAsync(
                db => db.OwnNode.Where(n => n.ProvedRevision < revision).ExecuteUpdateAsync(n => n.SetProperty(x => x.ProvedRevision, revision)),
                CancellationToken.None);
        }

        return hasTakenBack;

        void Want(IEnumerable<CaCertificateKey> keys, bool isPresent)
        {
            foreach (var key in keys)
                wanted.TryAdd(key, isPresent);
        }
    }

    private async Task<bool> AskAsync(
        Actor actor,
        IReadOnlyList<ProvedChange> changes,
        OrderedDictionary<CaCertificateKey, bool> wanted,
        CancellationToken cancellationToken)
    {
        // Before and after: which trust stores they are in decides what is asked.
        var asked = wanted
            .Where(w => w.Value)
            .Take(TrustPrograms.MaxCertificates)
            .Concat(wanted.Where(w => !w.Value).Take(TrustPrograms.MaxCertificates))
            .Select(w => w.Key)
            .ToList();
        var certificates = await source.LoadAsync(asked, cancellationToken);
        foreach (var change in changes)
            change.Steps.Asking();
        var (present, absent) = (certificates.Where(c => wanted[c.Key]).ToList(), certificates.Where(c => !wanted[c.Key]).ToList());
        var verdicts = await programs.ProveAsync(present, absent, cancellationToken);
        var unopened = verdicts.Where(v => v.Answer == ProgramAnswer.CannotOpen).ToList();
        if (unopened.Count > 0)
            verdicts =
            [
                .. verdicts.Except(unopened),
                .. await TakeBackAsync(unopened, wanted.Where(w => w.Value).Select(w => w.Key).ToHashSet(), present, cancellationToken),
            ];
        foreach (var change in changes)
            change.Steps.Answered(verdicts, trustStores, changes.Count);
        if (verdicts.Count > 0)
            await writer.RecordAsync(new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.Proof, null, null, null, verdicts));
        return unopened.Count > 0;
    }

    /// <summary>A program that cannot open a trust store trusts nothing in it, which is worse than that what was added is not there.</summary>
    /// <param name="unopened">What the programs said that cannot open one.</param>
    /// <param name="added">What was added.</param>
    /// <param name="asked">Those of it that the programs are asked about.</param>
    /// <param name="cancellationToken">Ends it. What was taken out by then stays out.</param>
    /// <returns>What they said, and what came of it.</returns>
    private async Task<List<ProgramVerdict>> TakeBackAsync(
        List<ProgramVerdict> unopened, HashSet<CaCertificateKey> added, IReadOnlyCollection<TrustedCertificate> asked, CancellationToken cancellationToken)
    {
        var taken = new Dictionary<string, List<CaCertificateKey>>();
        foreach (var store in trustStores.Enabled.Where(t => unopened.Exists(v => v.TrustStore == t.Name)))
        {
            taken[store.Name] = [.. (await store.ReadAsync(cancellationToken)).Certificates.Where(added.Contains)];
            if (taken[store.Name].Count > 0)
                await sync.TakeBackAsync(store.Name, taken[store.Name]);
        }

        // What is gone again is asked about as such.
        var again = await programs.ProveAsync([], asked, cancellationToken);
        var stillUnopened = again.Where(v => v.Answer == ProgramAnswer.CannotOpen).Select(v => v.TrustStore).ToHashSet();
        foreach (var name in stillUnopened.Where(n => taken.TryGetValue(n, out var keys) && keys.Count > 0))
            await sync.PutBackAsync(name, taken[name]);

        var said = unopened.ConvertAll(v => v with { Detail = $"{v.Detail} {WhatCameOfIt(v)}" });
        said.ForEach(v => LogUnopened(v.TrustStore, DisplayText.Visible(v.Detail!)));
        return said;

        string WhatCameOfIt(ProgramVerdict verdict) => (taken[verdict.TrustStore].Count, stillUnopened.Contains(verdict.TrustStore)) switch
        {
            (0, _) => "This has nothing to do with what the portal added.",
            (_, true) => "Nor could it without what was added last, so that is there still.",
            (1, _) => "What was added last has been taken out again.",
            (var count, _) => $"The {count} certificates that were added last have been taken out again.",
        };
    }

    /// <returns>The newest revision; 0 where nothing was left.</returns>
    private Task<long> AddLeftAsync(Action<IEnumerable<CaCertificateKey>, bool> want, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var proved = await db.OwnNode.Select(n => n.ProvedRevision).SingleAsync(cancellationToken);
            var newest = await CertificateList.RevisionAsync(db, cancellationToken);
            if (newest <= proved)
                return 0L;
            var changed = db.OwnCertificates.Where(c => c.AddedRevision > proved || c.RemovedRevision > proved);
            var rows = await changed.OrderByDescending(c => c.RemovedRevision ?? c.AddedRevision).Select(c => new { c.Store, c.Sha256, c.RemovedRevision })
                .Take(2 * TrustPrograms.MaxCertificates).ToListAsync(cancellationToken);
            foreach (var row in rows)
                want([new CaCertificateKey(row.Store, row.Sha256)], row.RemovedRevision is null);
            return newest;
        },
        cancellationToken);

    [LoggerMessage(4104, LogLevel.Error, "A program cannot open trust store {TrustStore}. {Detail}")]
    private partial void LogUnopened(string trustStore, string detail);
}

/// <summary>A change about which programs are asked.</summary>
/// <param name="Steps">Receives each step as it begins and ends.</param>
/// <param name="Present">Certificates that programs must trust now.</param>
/// <param name="Absent">Certificates that programs must not trust any more.</param>
/// <param name="Revision">The revision that changed them; 0 where none did.</param>
internal sealed record ProvedChange(ChangeProgress Steps, IReadOnlyList<CaCertificateKey> Present, IReadOnlyList<CaCertificateKey> Absent, long Revision)
{
    public bool HasCertificates => Present.Count + Absent.Count > 0;
}
