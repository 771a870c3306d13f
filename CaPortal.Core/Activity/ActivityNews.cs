using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>
/// What of the log is worth reading by itself. What the trust stores made of a change is told with the change; by itself it
/// is news where something went wrong, and where somebody else's doing was put right.
/// </summary>
internal static class ActivityNews
{
    // A change and its outcome are written one after the other, with little in between.
    private const int Nearby = 8;

    private const string Failed = "\"result\":\"Failed\"";
    private const string Drifted = "\"result\":\"Drifted\"";
    private const string HasAdded = "\"added\":[{";
    private const string HasRemoved = "\"removed\":[{";
    private const string HasWarning = "\"warning\":\"";
    private const string Differs = "\"answer\":\"Differs\"";
    private const string CannotOpen = "\"answer\":\"CannotOpen\"";

    private static readonly string[] Changes = Enum.GetNames<ChangeKind>();

    /// <summary>Those of the entries that are news.</summary>
    public static IQueryable<ActivityEntry> Of(IQueryable<ActivityEntry> entries, PortalDb db) => entries.Where(a =>
        a.Action == ActivityActions.Outcome
            ? a.Details.Contains(Failed) || a.Details.Contains(Drifted)
                || ((a.Details.Contains(HasAdded) || a.Details.Contains(HasRemoved))
                    && (!db.Activity.Any(c => c.Sequence < a.Sequence && c.Sequence >= a.Sequence - Nearby && c.RevisionAfter == a.RevisionAfter && Changes.Contains(c.Action))
                        || db.Activity.Any(c => c.Sequence < a.Sequence && c.Sequence >= a.Sequence - Nearby && c.RevisionAfter == a.RevisionAfter && c.Action == ActivityActions.Outcome)))
            : a.Action == ActivityActions.FollowUp ? a.Details.Contains(HasWarning)
            : a.Action != ActivityActions.Proof || a.Details.Contains(Differs) || a.Details.Contains(CannotOpen));

    /// <summary>An outcome tells that somebody else had changed a trust store.</summary>
    public static bool TellsDrift(ActivityEntry outcome) => outcome.Details.Contains(Drifted, StringComparison.Ordinal);

    /// <summary>An outcome tells that a trust store was written.</summary>
    public static bool TellsWriting(ActivityEntry outcome) =>
        outcome.Details.Contains(HasAdded, StringComparison.Ordinal) || outcome.Details.Contains(HasRemoved, StringComparison.Ordinal);
}
