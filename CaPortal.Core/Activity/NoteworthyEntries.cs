using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>
/// What of the log is worth reading by itself. What the trust stores made of a change is told with the change; by itself it
/// is noteworthy where something went wrong, and where somebody else's doing was put right.
/// </summary>
internal static class NoteworthyEntries
{
    // A change and its outcome are written one after the other, with little in between.
    private const int Nearby = 8;

    private static readonly string[] Changes = Enum.GetNames<ChangeKind>();

    /// <summary>Those of the entries that are noteworthy.</summary>
    public static IQueryable<ActivityEntry> Of(IQueryable<ActivityEntry> entries, PortalDb db) =>
        entries.Where(a =>
            (a.Marks & ActivityMarks.Noteworthy) != 0
            || ((a.Marks & ActivityMarks.Written) != 0
                && (!db.Activity.Any(c =>
                        c.Sequence < a.Sequence && c.Sequence >= a.Sequence - Nearby && c.RevisionAfter == a.RevisionAfter && Changes.Contains(c.Action))
                    || db.Activity.Any(c =>
                        c.Sequence < a.Sequence
                        && c.Sequence >= a.Sequence - Nearby
                        && c.RevisionAfter == a.RevisionAfter
                        && c.Action == ActivityActions.Outcome))));
}
