using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.BackEnds;

/// <summary>Changes the list of back-ends, each change in one transaction with its entry in the activity log.</summary>
internal sealed class BackEndWriter(
    DatabaseWriter writer, BackEndChangeNotifier notifier, ClientPanel clients, TimeProvider time, IOptions<CoreOptions> options)
{
    /// <summary>Adds back-ends; those that are there already are passed over.</summary>
    public async Task<BackEndOutcome> AddAsync(IReadOnlyList<BackEndDraft> drafts, Actor actor, CancellationToken cancellationToken)
    {
        if (drafts.Select(Check).FirstOrDefault(p => p is not null) is { } refused)
            return refused;
        return await WriteAsync(
            async db =>
            {
                var known = (await db.BackEnds.Select(b => new { b.Host, b.Port, b.ServerName }).ToListAsync(cancellationToken))
                    .Select(b => (b.Host, b.Port, b.ServerName)).ToHashSet();
                var count = known.Count;
                var added = drafts.Where(d => known.Add(KeyOf(d.Address))).ToList();
                if (added.Count > 0 && count + added.Count > options.Value.BackEnds.MaxBackEnds)
                {
                    return (new BackEndOutcome.Refused(
                        $"There would be {count + added.Count:N0} back-ends, more than the {options.Value.BackEnds.MaxBackEnds:N0} that there may be.",
                        $"Add fewer, or raise the setting {CoreOptions.Section}:BackEnds:MaxBackEnds."), null);
                }

                var now = time.GetUtcNow().UtcDateTime;
                var rows = added.Select(d => RowOf(d, actor, now)).ToList();
                db.AddRange(rows);
                await db.SaveChangesAsync(cancellationToken);
                var duplicates = drafts.ExceptBy(added, d => d, ReferenceEqualityComparer.Instance).Select(d => d.Address).ToList();
                return (new BackEndOutcome.Done([.. rows.Select(r => r.Id)], duplicates),
                    rows.Count == 0 ? null : BackEndRows.Draft(actor, ActivityActions.AddBackEnds, rows.Select(LoggedOf)));
            },
            cancellationToken);
    }

    /// <summary>Changes a back-end. Does nothing if there is no such back-end.</summary>
    public async Task<BackEndOutcome> EditAsync(long id, BackEndDraft draft, Actor actor, CancellationToken cancellationToken)
    {
        if (Check(draft) is { } refused)
            return refused;
        return await WriteAsync(
            async db =>
            {
                if (await db.BackEnds.Include(b => b.Chain).SingleOrDefaultAsync(b => b.Id == id, cancellationToken) is not { } row)
                    return (new BackEndOutcome.Done([], []), null);
                var (host, port, serverName) = KeyOf(draft.Address);
                if (await db.BackEnds.AnyAsync(b => b.Id != id && b.Host == host && b.Port == port && b.ServerName == serverName, cancellationToken))
                    return (new BackEndOutcome.Refused(
                            $"Another back-end has the address {draft.Address} already.",
                            "Choose another address, or delete one of the two."),
                        null);

                var before = LoggedOf(row);
                var presented = row.Chain.Select(l => l.Sha256).ToList();
                var moves = KeyOf(BackEndColumns.AddressOf(row)) != (host, port, serverName);
                var clientsBefore = row.Clients;
                BackEndRows.Describe(row, draft);
                if (moves)
                    BackEndRows.Forget(row);
                if (moves || row.Clients != clientsBefore)
                {
                    row.NextCheckAt = time.GetUtcNow().UtcDateTime;
                }

                var after = LoggedOf(row);
                await db.SaveChangesAsync(cancellationToken);
                await TestRecorder.RemoveOrphansAsync(db, presented);
                return (new BackEndOutcome.Done([id], []),
                    before == after ? null : BackEndRows.Draft(actor, ActivityActions.EditBackEnd, new { Before = before, After = after }));
            },
            cancellationToken);
    }

    /// <summary>Deletes back-ends; those that are not there are passed over.</summary>
    public Task<BackEndOutcome> DeleteAsync(IReadOnlyCollection<long> ids, Actor actor, CancellationToken cancellationToken) => WriteAsync(
        async db =>
        {
            var rows = await db.BackEnds.Include(b => b.Chain).Where(b => ids.Contains(b.Id)).ToListAsync(cancellationToken);
            var presented = rows.SelectMany(r => r.Chain).Select(l => l.Sha256).ToHashSet();
            db.RemoveRange(rows);
            await db.SaveChangesAsync(cancellationToken);
            await TestRecorder.RemoveOrphansAsync(db, presented);
            return (new BackEndOutcome.Done([.. rows.Select(r => r.Id)], []),
                rows.Count == 0 ? null : BackEndRows.Draft(actor, ActivityActions.DeleteBackEnds, rows.Select(LoggedOf)));
        },
        cancellationToken);

    /// <param name="write">Writes, and says what came of it and what goes into the activity log; without the latter nothing is changed.</param>
    /// <param name="cancellationToken">Cancels what has not been committed.</param>
    private async Task<BackEndOutcome> WriteAsync(
        Func<PortalDb, Task<(BackEndOutcome Outcome, ActivityDraft? Entry)>> write, CancellationToken cancellationToken)
    {
        var (outcome, isChanged) = await writer.WriteAsync<(BackEndOutcome, bool)>(
            async db =>
            {
                var (made, entry) = await write(db);
                return new((made, entry is not null), entry);
            },
            cancellationToken);
        if (isChanged)
            notifier.NotifyChanged();
        return outcome;
    }

    private static (string Host, int Port, string ServerName) KeyOf(BackEndAddress address) =>
        (address.Host, address.Port, BackEndColumns.ServerNameOf(address));

    private static BackEnd RowOf(BackEndDraft draft, Actor actor, DateTime now)
    {
        var row = new BackEnd
        {
            Host = "",
            ServerName = "",
            Name = "",
            NameOrder = "",
            SearchText = "",
            AddedBy = actor.Name,
            AddedAt = now,
            NextCheckAt = now,
        };
        BackEndRows.Describe(row, draft);
        return row;
    }

    private BackEndOutcome.Refused? Check(BackEndDraft draft)
    {
        if (BackEndNames.Check(draft.Name) is { } problem)
            return new(problem, "Choose another name.");
        return draft.Clients?.FirstOrDefault(c => clients.Engines.All(e => e.Name != c)) is { } unknown
            ? new($"'{DisplayText.Shorten(unknown)}' is not the name of a client.", $"Choose from {string.Join(", ", clients.Engines.Select(e => e.Name))}.")
            : null;
    }

    private static LoggedBackEnd LoggedOf(BackEnd row) =>
        new(row.Id, row.Name, BackEndColumns.AddressOf(row).ToString(), row.ServerName.Length == 0 ? null : row.ServerName, row.Clients);

    /// <summary>What the activity log says about a back-end.</summary>
    private sealed record LoggedBackEnd(long Id, string Name, string Address, string? ServerName, string? Clients);
}
