using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;

namespace CaPortal.Components.Shared;

/// <summary>An entry of the activity log as a sentence.</summary>
/// <param name="Who">Who did it.</param>
/// <param name="What">What, as the sentence goes on.</param>
public sealed partial record ActivityText(string Who, string What)
{
    private const int MaxWho = 60;
    private const int MaxError = 300;
    private const int ShownOfSha256 = 8;

    /// <summary>The whole sentence.</summary>
    public string Sentence => $"{Who} {What}";

    /// <summary>The text of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="trustStores">The titles of trust stores, by name.</param>
    public static ActivityText For(ActivityRecord entry, IReadOnlyDictionary<string, string> trustStores)
    {
        var details = ActivityJson.Parse(entry.Details);
        var what = entry.Category switch
        {
            ActivityCategory.Change => ChangeText(entry, details),
            ActivityCategory.Outcome => OutcomeText(entry, details, trustStores),
            ActivityCategory.Refusal => RefusalText(entry, details),
            ActivityCategory.SignIn => SignInText(entry.Action, details),
            ActivityCategory.Access => AccessText(entry.Action, details),
            ActivityCategory.Approval => ApprovalText(entry, details),
            ActivityCategory.BackEnd => BackEndText(entry, details),
            _ => OtherText(entry, details),
        };
        return new(DisplayText.Shorten(entry.Actor, MaxWho), what ?? DisplayText.Shorten(entry.Action));
    }

    private static string? ChangeText(ActivityRecord entry, JsonElement details)
    {
        var (added, removed) = (Added(entry), Removed(entry));
        return entry.Action switch
        {
            nameof(ChangeKind.Add) => $"added {Names(entry, added)}{Stores(" to ", added)}",
            nameof(ChangeKind.Delete) => $"deleted {Names(entry, removed)}{Stores(" from ", removed)}",
            nameof(ChangeKind.Move) => $"moved {Names(entry, added)}{Stores(" from ", removed)}{Stores(" to ", added)}",
            nameof(ChangeKind.Restore) => $"restored {Names(entry, added)} from the recycle bin{Stores(" to ", added)}",
            nameof(ChangeKind.Adopt) => $"adopted {Names(entry, added)}, found on this machine{Stores(", into ", added)}",
            nameof(ChangeKind.RemoveFound) => $"removed {Names(entry, removed)}, found on this machine{Stores(", from ", removed)}",
            nameof(ChangeKind.RestoreSnapshot) => $"went back to a snapshot: {BackAndGone(entry)}",
            nameof(ChangeKind.Undo) => $"undid {(details.Text("undoes") is { } undone ? $"entry {undone}" : "a change")}: {BackAndGone(entry)}",
            _ => null,
        };
    }

    private static string BackAndGone(ActivityRecord entry)
    {
        var (added, removed) = (Added(entry), Removed(entry));
        string?[] parts =
        [
            added.Count > 0 ? $"{Names(entry, added)} came back{Stores(" to ", added)}" : null,
            removed.Count > 0 ? $"{Names(entry, removed)} {(removed.Count == 1 ? "was" : "were")} deleted{Stores(" from ", removed)}" : null,
        ];
        return string.Join("; ", parts.Where(p => p is not null));
    }

    private static string? OtherText(ActivityRecord entry, JsonElement details) => entry.Action switch
    {
        ActivityActions.EmptyRecycleBin => $"removed {EmptiedText(entry, details)} from the recycle bin for good",
        ActivityActions.ClockSet => ClockText(details),
        ActivityActions.DismissAlert => $"dismissed {Some(details, a => a.Text("title"), "alert")}",
        ActivityActions.ActivityAnchorLost => "found that the end of this log was lost: entries before could have been cut off unseen",
        ActivityActions.PortalJoined => $"began to use this database on the machine {details.Text("machine")}",
        ActivityActions.ActivityAcknowledged => $"acknowledged that the end of this log was lost, as entry {details.Text("sequence")} tells",
        ActivityActions.ListRecorded => $"took the list of CA certificates of revision {entry.RevisionAfter} as an earlier version had left it",
        ActivityActions.ListRestored => $"restored the proved list of CA certificates: {BackAndGone(entry)}",
        ActivityActions.ListKept => "changed an earlier list of CA certificates into what the trust stores hold of it",
        ActivityActions.ListAccepted => "accepted the list of CA certificates as something else than the portal had changed it",
        ActivityActions.BackUp => "took a backup",
        ActivityActions.PrepareRestore => $"had the backup {details.Text("name")} put in place at the next start",
        ActivityActions.CancelRestore => "had no backup put in place at the next start",
        ActivityActions.RestoreBackup =>
            $"restored the backup of {details.Text("takenAt")}; what was there before is kept in {details.Text("replaced", MaxError) ?? "another folder"}",
        ActivityActions.BeginAnew =>
            $"began a new list of CA certificates; what was left of the lost database is in {details.Text("setAside", MaxError) ?? "another folder"}",
        _ => null,
    };

    private static string ClockText(JsonElement details)
    {
        var minutes = details.ValueKind == JsonValueKind.Object && details.TryGetProperty("minutes", out var value) && value.TryGetInt64(out var count)
            ? count
            : 0;
        var time = TimeSpan.FromMinutes(minutes);
        var length = time.TotalDays >= 2 ? $"{time.TotalDays:N0} days"
            : time.TotalHours >= 2 ? $"{time.TotalHours:N0} hours"
            : $"{time.TotalMinutes:N0} minutes";
        return details.ValueKind == JsonValueKind.Object && details.TryGetProperty("isAhead", out var isAhead) && isAhead.ValueKind == JsonValueKind.True
            ? $"found the clock of the machine {length} ahead of the time that has passed; nothing is forgotten on its account for a day"
            : $"found the clock of the machine set back by {length}";
    }

    private static string EmptiedText(ActivityRecord entry, JsonElement details)
    {
        // In older entries the details are the list itself.
        var (kept, count) = details.Get("certificates").ValueKind == JsonValueKind.Array
            ? (details.Get("certificates").Items(), BoundedDetails.CountOf(details, "certificates"))
            : (BoundedDetails.ItemsOf(details), BoundedDetails.CountOf(details));
        var different = kept.DistinctBy(k => k.Text("sha256")).ToList();
        return Named(entry, different, kept.Count == count ? different.Count : count);
    }

    private static Certificates Added(ActivityRecord entry) => new([.. entry.Certificates.Where(c => c.IsAddition)], entry.AddedCount);

    private static Certificates Removed(ActivityRecord entry) => new([.. entry.Certificates.Where(c => !c.IsAddition)], entry.RemovedCount);

    private static string Names(ActivityRecord entry, Certificates certificates) =>
        List([.. certificates.Kept.Select(c => NameOf(entry, c.Key.Sha256, c.Name))], certificates.Count, "certificate");

    /// <summary>The certificates of an entry, both added and removed.</summary>
    private static string Names(ActivityRecord entry)
    {
        var different = entry.Certificates.DistinctBy(c => c.Key.Sha256).ToList();
        var count = Added(entry).IsWhole && Removed(entry).IsWhole ? different.Count : Math.Max(entry.AddedCount, entry.RemovedCount);
        return Names(entry, new Certificates(different, count));
    }

    /// <summary>The stores behind a preposition; nothing where the log does not keep those of all.</summary>
    private static string Stores(string preposition, Certificates certificates) => !certificates.IsWhole ? ""
        : certificates.Count == 0 ? $"{preposition}no store"
        : $"{preposition}{string.Join(" and ", certificates.Kept.Select(c => c.Key.Store).Distinct().Order().Select(s => s.DisplayName))}";

    /// <summary>Certificates of which the details have only the SHA-256.</summary>
    private static string Named(ActivityRecord entry, IReadOnlyList<JsonElement> keys, int count) => List(
        [.. keys.Select(k => k.Text("sha256") is { } sha256 && entry.Names.TryGetValue(sha256, out var name) ? NameOf(entry, sha256, name) : null)],
        count,
        "certificate");

    /// <summary>The name; with the start of the SHA-256 where another certificate has that name too.</summary>
    private static string NameOf(ActivityRecord entry, string sha256, string name) =>
        DisplayText.Shorten(name) + (entry.Namesakes.Contains(sha256) ? $" ({DisplayText.Shorten(sha256, ShownOfSha256)})" : "");

    /// <summary>Items of details that are a list, by the name that each has; counted where there are many, or one has none.</summary>
    private static string Some(JsonElement details, Func<JsonElement, string?> nameOf, string noun) =>
        Some(BoundedDetails.ItemsOf(details), BoundedDetails.CountOf(details), nameOf, noun);

    private static string Some(IReadOnlyList<JsonElement> items, int count, Func<JsonElement, string?> nameOf, string noun) => items.Count == 1 && count == 1
        ? $"the {noun} {nameOf(items[0])}"
        : $"{count:N0} {noun}s: {List([.. items.Select(nameOf)], count, noun)}";

    private static string List(IReadOnlyList<string?> names, string noun) => List(names, names.Count, noun);

    /// <summary>Up to three names, or the first two of more. They are counted when a name is not known.</summary>
    private static string List(IReadOnlyList<string?> names, int count, string noun)
    {
        var shown = count <= 3 ? names : [.. names.Take(2)];
        if (shown.Count == 0 || shown.Any(n => n is null))
            return Counted.Of(count, noun);
        return shown.Count == count
            ? count == 1 ? shown[0]! : $"{string.Join(", ", shown.SkipLast(1))} and {shown[^1]}"
            : $"{string.Join(", ", shown)} and {count - shown.Count:N0} more";
    }

    /// <summary>Certificates of an entry: of many the log keeps the first ones.</summary>
    private sealed record Certificates(List<ActivityCertificate> Kept, int InAll)
    {
        public int Count => Math.Max(InAll, Kept.Count);

        public bool IsWhole => Kept.Count == Count;
    }
}
