using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;

namespace CaPortal.Core.Inventory;

/// <summary>Begins a new list where the database is lost.</summary>
public sealed class DatabaseRecovery
{
    private readonly PortalDatabase _database;
    private readonly DatabaseWriter _writer;
    private readonly ListMarks _marks;
    private readonly ActivityRecorder _recorder;
    private readonly CertificateChangeNotifier _notifier;

    internal DatabaseRecovery(PortalDatabase database, DatabaseWriter writer, ListMarks marks, ActivityRecorder recorder, CertificateChangeNotifier notifier) =>
        (_database, _writer, _marks, _recorder, _notifier) = (database, writer, marks, recorder, notifier);

    /// <summary>Why the list is lost, which does not get better by trying again; null if it is not lost.</summary>
    public DatabaseException? Loss => _database.Loss;

    /// <summary>
    /// Sets a lost database aside and begins with an empty list. The trust stores stay as they are; what they hold can be
    /// adopted afterwards.
    /// </summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Ends the wait for another process.</param>
    public async Task<RecoveryOutcome> BeginAnewAsync(Actor actor, CancellationToken cancellationToken)
    {
        var outcome = await TryAsync(actor, cancellationToken);
        if (outcome is RecoveryOutcome.Forbidden)
            await _recorder.ForbiddenAsync(actor, ActivityActions.BeginAnew);
        _notifier.NotifyChanged();
        return outcome;
    }

    private async Task<RecoveryOutcome> TryAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return RecoveryOutcome.Forbidden.Instance;
        try
        {
            if (await _database.BeginAnewAsync(cancellationToken) is not { } folder)
                return RecoveryOutcome.NotLost.Instance;
            _marks.Clear();
            await _writer.RecordAsync(
                new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.BeginAnew, null, null, null, new { SetAside = folder }));
            return new RecoveryOutcome.Begun(folder);
        }
        catch (DatabaseException e)
        {
            return new RecoveryOutcome.Unavailable(e.Message, e.Advice);
        }
    }
}

/// <summary>The outcome of beginning a new list.</summary>
public abstract record RecoveryOutcome
{
    private RecoveryOutcome()
    {
    }

    /// <summary>The list is new and empty; the trust stores are as they were.</summary>
    /// <param name="SetAside">The folder that holds what was left of the lost database on this machine.</param>
    public sealed record Begun(string SetAside) : RecoveryOutcome;

    /// <summary>The database is not lost (any more); nothing was changed.</summary>
    public sealed record NotLost : RecoveryOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly NotLost Instance = new();
    }

    /// <summary>The actor may not change anything; nothing was changed.</summary>
    public sealed record Forbidden : RecoveryOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }

    /// <summary>It could not be done.</summary>
    /// <param name="Message">One sentence: what happened.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Unavailable(string Message, string Advice) : RecoveryOutcome;
}
