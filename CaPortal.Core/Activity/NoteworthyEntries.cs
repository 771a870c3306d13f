using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>
/// Which entries of the log are worth reading by themselves. What the trust stores made of a change is shown with the change.
/// By itself it is noteworthy only if something went wrong, or if somebody else's doing was put right.
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
