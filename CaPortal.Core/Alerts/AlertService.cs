using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Alerts;

/// <summary>
/// What administrators should know: back-ends that are not trusted any more, and certificates that end soon. Page and API
/// both call it, and it checks the actor's role itself.
/// </summary>
public sealed class AlertService
{
    private readonly AlertEvaluator _evaluator;
    private readonly AlertDispatcher _dispatcher;
    private readonly PortalDatabase _database;
    private readonly DatabaseWriter _writer;
    private readonly TimeProvider _time;
    private readonly ActivityRecorder _recorder;

    internal AlertService(
        AlertEvaluator evaluator,
        AlertDispatcher dispatcher,
        PortalDatabase database,
        DatabaseWriter writer,
        TimeProvider time,
        ActivityRecorder recorder,
        PeerChanges peers)
    {
        (_evaluator, _dispatcher, _database, _writer, _time, _recorder) = (evaluator, dispatcher, database, writer, time, recorder);
        peers.On(() => Changed?.Invoke(), typeof(Alert));
    }

    /// <summary>Raised after an alert was raised, dismissed, or was over. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    /// <summary>A part of the alerts, the newest first.</summary>
    /// <exception cref="DatabaseException" />
    public Task<AlertPage> ListAsync(AlertQuery query, CancellationToken cancellationToken) => _database.RunAsync(
        async db =>
        {
            var alerts = db.Alerts.AsNoTracking().Where(a => (a.EndedAt != null) == query.Past);
            var rows = await alerts.OrderByDescending(a => a.At).ThenByDescending(a => a.Id).Skip(query.Skip).Take(query.Top)
                .Include(a => a.Deliveries).ToListAsync(cancellationToken);
            return new AlertPage(rows.ConvertAll(ViewOf), await alerts.CountAsync(cancellationToken));
        },
        cancellationToken);

    /// <summary>Takes an alert out of the list of open ones. It comes back only if its cause gets worse or occurs again.</summary>
    /// <param name="id">The alert.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public async Task<AlertOutcome> DismissAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return await ForbiddenAsync(actor, id);
        if (!await _database.RunAsync(db => db.Alerts.AnyAsync(a => a.Id == id, cancellationToken), cancellationToken))
            return AlertOutcome.NotFound.Instance;
        return await DismissAsync(alerts => alerts.Where(a => a.Id == id), actor, cancellationToken);
    }

    /// <summary>Takes all that are open out of the list.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public async Task<AlertOutcome> DismissAllAsync(Actor actor, CancellationToken cancellationToken) =>
        actor.Role == Role.Administrator ? await DismissAsync(alerts => alerts, actor, cancellationToken) : await ForbiddenAsync(actor, null);

    /// <summary>Raises what is missing and ends what is over. Called at start, after tests and changes, and regularly.</summary>
    /// <exception cref="DatabaseException" />
    public async Task EvaluateAsync(CancellationToken cancellationToken)
    {
        if (await _evaluator.EvaluateAsync(cancellationToken))
            Changed?.Invoke();
    }

    /// <summary>Sends what is due by the channels of the settings.</summary>
    /// <returns>When the next is due, which may be past; null if there is none.</returns>
    /// <exception cref="DatabaseException" />
    public Task<DateTimeOffset?> DeliverAsync(CancellationToken cancellationToken) => _dispatcher.SendDueAsync(cancellationToken);

    private async Task<AlertOutcome> ForbiddenAsync(Actor actor, long? id)
    {
        await _recorder.ForbiddenAsync(actor, ActivityActions.DismissAlert, id);
        return AlertOutcome.Forbidden.Instance;
    }

    private async Task<AlertOutcome> DismissAsync(Func<IQueryable<Alert>, IQueryable<Alert>> choose, Actor actor, CancellationToken cancellationToken)
    {
        var count = await _writer.WriteAsync<int>(
            async db =>
            {
                var alerts = await choose(db.Alerts.Where(a => a.EndedAt == null)).ToListAsync(cancellationToken);
                if (alerts.Count == 0)
                    return new(0);
                foreach (var alert in alerts)
                    (alert.EndedAt, alert.DismissedBy) = (_time.GetUtcNow().UtcDateTime, actor.Name);
                return new(alerts.Count, new ActivityDraft(
                    actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.DismissAlert, null, null, null,
                    alerts.Select(a => new { a.Id, a.Kind, a.Title, a.BackEndId, a.Sha256 })));
            },
            cancellationToken);
        if (count > 0)
            Changed?.Invoke();
        return new AlertOutcome.Done(count);
    }

    private static AlertView ViewOf(Alert alert) => new()
    {
        Id = alert.Id,
        Kind = alert.Kind,
        IsUrgent = alert.Kind != AlertKind.Expiring || AlertEvaluator.IsAboutTheExpired(alert),
        Title = alert.Title,
        Message = alert.Message,
        BackEndId = alert.BackEndId,
        Sha256 = alert.Sha256,
        At = alert.At,
        EndedAt = alert.EndedAt,
        DismissedBy = alert.DismissedBy,
        Deliveries = [.. alert.Deliveries.OrderBy(d => d.Channel, StringComparer.Ordinal)
            .Select(d => new AlertDeliveryView(d.Channel, d.Attempts, d.DeliveredAt, d.NextAttemptAt, d.Error))],
    };
}
