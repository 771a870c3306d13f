using System.Collections.Frozen;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Nodes;

/// <summary>Puts together the state of each trust store: what was recorded of it, and what is in it now.</summary>
internal sealed class TrustStoreViewer(
    PortalDatabase database,
    DatabaseCertificates certificates,
    TrustStoreSelection selection,
    IEnumerable<TrustStoreKind> kinds,
    IEnumerable<ITrustStore> trustStores,
    IOptions<CoreOptions> options)
{
    /// <summary>Looks at every kind. Reads those in use, all at the same time; writes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public async Task<TrustStoreOverview> ViewAsync(CancellationToken cancellationToken)
    {
        var recorded = await database.ReadAsync(db => LoadAsync(db, cancellationToken), cancellationToken);
        var scopes = kinds.ToDictionary(k => k.Name, k => k.Scopes);
        var inUse = await Task.WhenAll(selection.Enabled.Select(t => ViewAsync(t, scopes[t.Name], recorded, cancellationToken)));
        var others = trustStores.Except(selection.Enabled).Select(t => Describe(t, scopes[t.Name], t.GetState()));
        return new TrustStoreOverview(options.Value.Scope, options.Value.TrustStores.Count > 0, [.. inUse, .. others]);
    }

    private static TrustStoreView Describe(ITrustStore store, IReadOnlyCollection<TrustScope> scopes, TrustStoreState state) => new()
    {
        Name = store.Name,
        Title = store.Title,
        Condition = TrustStoreCondition.NotInUse,
        State = state,
        Scopes = scopes,
        Places = [.. Enum.GetValues<CaStore>().Where(store.Holds).Select(s => new TrustStorePlace(s, store.Location(s)))],
        File = store.FileForPrograms,
        IsPrivate = store.FileForPrograms is { } file && PrivateDirectory.Shuts(file.Path),
        Problem = state.Reason,
        Advice = state.Advice,
    };

    private static async Task<TrustStoreView> ViewAsync(
        ITrustStore store, IReadOnlyCollection<TrustScope> scopes, Recorded recorded, CancellationToken cancellationToken)
    {
        var status = recorded.Statuses.GetValueOrDefault(store.Name);
        var view = Describe(store, scopes, store.GetState()) with
        {
            VerifiedAt = status?.VerifiedAt,
            WrittenAt = status?.WrittenAt,
            FollowUp = store.FollowUpTitle is { } title && status is { FollowUpDetail: { } detail, FollowedUpAt: { } at }
                ? new TrustStoreFollowedUp(title, detail, status.FollowUpWarning, at)
                : null,
        };
        if (view.State.IsAbsent)
            return view with { Condition = TrustStoreCondition.Absent };

        try
        {
            var found = await store.ReadAsync(cancellationToken);
            view = view with { Counts = Count(store, found, recorded), Notes = found.Notes };
            return view.State.IsEnabled ? Judge(view, status, recorded.Desired.Revision) : view with { Condition = TrustStoreCondition.Unusable };
        }
        catch (TrustStoreException exception)
        {
            return !view.State.IsEnabled
                ? view with
                {
                    Condition = TrustStoreCondition.Unusable,
                }
                : view with
                {
                    Condition = TrustStoreCondition.Failed,
                    Problem = exception.Message,
                    Advice = exception.Advice,
                };
        }
    }

    private static TrustStoreView Judge(TrustStoreView view, NodeStatus? status, long revision) => status switch
    {
        null => view with { Condition = TrustStoreCondition.Pending },
        { Result: TrustStoreResult.Drifted } => view with { Condition = TrustStoreCondition.Drifted, Problem = status.Error, Advice = status.Advice },
        { Result: TrustStoreResult.Failed } => view with { Condition = TrustStoreCondition.Failed, Problem = status.Error, Advice = status.Advice },
        _ when status.Revision < revision => view with { Condition = TrustStoreCondition.Pending },
        _ when view.Counts!.IsRight => view with { Condition = TrustStoreCondition.Installed },
        _ => view with
        {
            Condition = TrustStoreCondition.Drifted,
            Problem = view.Counts.Damaged is [var first, ..] ? first : "Somebody else changed it since it was last verified.",
            Advice = "Repair it, and find out which other program changes it.",
        },
    };

    private static TrustStoreCounts Count(ITrustStore store, TrustStoreSnapshot snapshot, Recorded recorded)
    {
        var content = DesiredContent.Of(store, recorded.Desired);
        content = content.Without(recorded.LeftOut[store.Name].Except(content.LeftOut).ToFrozenSet());
        var wanted = content.Expected.ToHashSet();
        var found = wanted.Count(snapshot.Certificates.Contains);
        var withdrawn = recorded.Desired.Certificates.Concat(recorded.Desired.Withdrawn).Count(k => !wanted.Contains(k) && snapshot.Certificates.Contains(k));
        return new TrustStoreCounts(
            wanted.Count, wanted.Count(snapshot.Keeps), content.LeftOut.Count, withdrawn, snapshot.Certificates.Count - found - withdrawn, snapshot.Damaged);
    }

    private async Task<Recorded> LoadAsync(PortalDb db, CancellationToken cancellationToken)
    {
        var leftOut = await db.OwnMissing.AsNoTracking()
            .Where(m => m.Reason == MissingReason.LeftOut)
            .ToListAsync(cancellationToken);
        return new Recorded(
            await certificates.LoadDesiredAsync(db, cancellationToken),
            await db.OwnStatuses.AsNoTracking().ToDictionaryAsync(s => s.TrustStore, cancellationToken),
            leftOut.ToLookup(m => m.TrustStore, m => new CaCertificateKey(m.Store, m.Sha256)));
    }

    private sealed record Recorded(
        DesiredState Desired, IReadOnlyDictionary<string, NodeStatus> Statuses, ILookup<string, CaCertificateKey> LeftOut);
}
