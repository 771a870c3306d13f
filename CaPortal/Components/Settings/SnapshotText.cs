using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;

namespace CaPortal.Components.Settings;

/// <summary>Snapshots in the administrator's words.</summary>
internal static class SnapshotText
{
    /// <summary>The change that it was taken before: <c>anna@example.org added certificates (revision 3)</c>.</summary>
    public static string Before(SnapshotSummary snapshot)
    {
        var change = snapshot.Before switch
        {
            ChangeKind.Add => "added certificates",
            ChangeKind.Delete => "deleted certificates",
            ChangeKind.Move => "moved certificates",
            ChangeKind.Restore => "restored certificates",
            ChangeKind.Adopt => "adopted certificates",
            ChangeKind.RemoveFound => "removed certificates that were found",
            ChangeKind.Undo => "undid a change",
            _ => "restored a snapshot",
        };
        return $"{DisplayText.Shorten(snapshot.By, 60)} {change} (revision {snapshot.Revision + 1})";
    }
}
