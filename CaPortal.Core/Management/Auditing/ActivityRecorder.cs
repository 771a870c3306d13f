using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Management.Auditing;

/// <summary>Records what changes nothing in the database, such as signing in, in the activity log.</summary>
public sealed partial class ActivityRecorder(PortalDatabase database, ActivityLog activity, ILogger<ActivityRecorder> logger)
{
    /// <summary>Records it. A database that cannot be used is told by the log, and never stops what is recorded.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="action">What: one word, such as <c>SignIn</c>.</param>
    /// <param name="details">Becomes JSON; holds no secret.</param>
    public async Task RecordAsync(Actor actor, string action, object details)
    {
        try
        {
            var draft = new ActivityDraft(actor.Name, actor.Role.ToString(), actor.Source, action, null, null, null, details);
            await database.RunAsync(db => activity.RecordAsync(db, draft), CancellationToken.None);
        }
        catch (DatabaseException e)
        {
            LogNotRecorded(logger, action, e.Message, e.Advice);
        }
    }

    [LoggerMessage(130, LogLevel.Error, "{Action} could not be recorded in the activity log: {Reason} {Advice}")]
    private static partial void LogNotRecorded(ILogger logger, string action, string reason, string advice);
}
