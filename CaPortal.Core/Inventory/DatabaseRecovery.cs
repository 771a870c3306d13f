using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;

namespace CaPortal.Core.Inventory;

/// <summary>Begins a new list where the database is lost.</summary>
internal sealed class DatabaseRecovery(PortalDatabase database, DatabaseWriter writer, ListMarks marks)
{
    /// <summary>Why the list is lost; null where it is not.</summary>
    public DatabaseException? Loss => database.Loss;

    /// <summary>Sets the lost database aside and begins with an empty one.</summary>
    public async Task<RecoveryOutcome> BeginAnewAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return RecoveryOutcome.Forbidden.Instance;
        try
        {
            if (await database.BeginAnewAsync(cancellationToken) is not { } folder)
                return RecoveryOutcome.NotLost.Instance;
            marks.Clear();
            await writer.RecordAsync(new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, ActivityActions.BeginAnew, null, null, null, new { SetAside = folder }));
            return new RecoveryOutcome.Begun(folder);
        }
        catch (DatabaseException e)
        {
            return new RecoveryOutcome.Unavailable(e.Message, e.Advice);
        }
    }
}

/// <summary>What came of beginning a new list.</summary>
public abstract record RecoveryOutcome
{
    private RecoveryOutcome()
    {
    }

    /// <summary>The list is new and empty; the trust stores are as they were.</summary>
    /// <param name="SetAside">The folder in which the files of the lost database are.</param>
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
