using System.Text.Json;
using CaPortal.Core.Certificates;
using CaPortal.Core.Management.Auditing;

namespace CaPortal.Components.Activity;

/// <summary>An entry of the activity log as a sentence.</summary>
/// <param name="Who">Who did it.</param>
/// <param name="What">What, as the sentence goes on.</param>
public sealed partial record ActivityText(string Who, string What)
{
    private const int MaxWho = 60;
    private const int MaxError = 300;

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
        var added = entry.Certificates.Where(c => c.IsAddition).ToList();
        var removed = entry.Certificates.Where(c => !c.IsAddition).ToList();
        return entry.Action switch
        {
            "Add" => $"added {Names(added)} to {Stores(added)}",
            "Delete" => $"deleted {Names(removed)} from {Stores(removed)}",
            "Move" => $"moved {Names(added)} from {Stores(removed)} to {Stores(added)}",
            "Restore" => $"restored {Names(added)} from the recycle bin to {Stores(added)}",
            "Adopt" => $"adopted {Names(added)}, found on this machine, into {Stores(added)}",
            "RemoveFound" => $"removed {Names(removed)}, found on this machine, from {Stores(removed)}",
            "RestoreSnapshot" => $"went back to a snapshot: {BackAndGone(added, removed)}",
            "Undo" => $"undid {(details.Text("undoes") is { } undone ? $"entry {undone}" : "a change")}: {BackAndGone(added, removed)}",
            _ => null,
        };
    }

    private static string BackAndGone(List<ActivityCertificate> added, List<ActivityCertificate> removed)
    {
        string?[] parts =
        [
            added.Count > 0 ? $"{Names(added)} came back to {Stores(added)}" : null,
            removed.Count > 0 ? $"{Names(removed)} {(removed.Count == 1 ? "was" : "were")} deleted from {Stores(removed)}" : null,
        ];
        return string.Join("; ", parts.Where(p => p is not null));
    }

    private static string? OtherText(ActivityRecord entry, JsonElement details) => entry.Action switch
    {
        "EmptyRecycleBin" => $"removed {Named((details.Get("certificates") is { ValueKind: JsonValueKind.Array } removed ? removed : details).Items(), entry.Names)} from the recycle bin for good",
        "ClockSet" => ClockText(details),
        "DismissAlert" => $"dismissed {Some(details.Items(), a => a.Text("title"), "alert")}",
        "ActivityAnchorLost" => "found that the end of this log was lost: entries before could have been cut off unseen",
        "ActivityAcknowledged" => $"acknowledged that the end of this log was lost, as entry {details.Text("sequence")} tells",
        "ListRecorded" => $"took the list of CA certificates of revision {entry.RevisionAfter} as an earlier version had left it",
        "ListRestored" => $"restored the proved list of CA certificates: {BackAndGone([.. entry.Certificates.Where(c => c.IsAddition)], [.. entry.Certificates.Where(c => !c.IsAddition)])}",
        "ListAccepted" => "accepted the list of CA certificates as something else than the portal had changed it",
        "BeginAnew" => $"began a new list of CA certificates; the damaged database is kept in {details.Text("setAside", MaxError) ?? "another folder"}",
        _ => null,
    };

    private static string ClockText(JsonElement details)
    {
        var time = TimeSpan.FromMinutes(details.ValueKind == JsonValueKind.Object && details.TryGetProperty("minutes", out var minutes) && minutes.TryGetInt64(out var count) ? count : 0);
        var length = time.TotalDays >= 2 ? $"{time.TotalDays:N0} days" : time.TotalHours >= 2 ? $"{time.TotalHours:N0} hours" : $"{time.TotalMinutes:N0} minutes";
        return details.ValueKind == JsonValueKind.Object && details.TryGetProperty("isAhead", out var isAhead) && isAhead.ValueKind == JsonValueKind.True
            ? $"found the clock of the machine {length} ahead of the time that has passed; nothing is forgotten on its account for a day"
            : $"found the clock of the machine set back by {length}";
    }

    private static string Names(List<ActivityCertificate> certificates) => List([.. certificates.Select(c => DisplayText.Shorten(c.Name))], "certificate");

    private static string Stores(List<ActivityCertificate> certificates) => certificates.Count == 0
        ? "no store"
        : string.Join(" and ", certificates.Select(c => c.Key.Store).Distinct().Order().Select(s => s.DisplayName));

    /// <summary>Certificates of which the details have the SHA-256 alone.</summary>
    private static string Named(IReadOnlyList<JsonElement> keys, IReadOnlyDictionary<string, string> names) => List(
        [.. keys.Select(k => k.Text("sha256")).Distinct().Select(s => s is not null && names.TryGetValue(s, out var name) ? DisplayText.Shorten(name) : null)],
        "certificate");

    /// <summary>Items by the name that each has; counted where there are many, or one has none.</summary>
    private static string Some(IReadOnlyList<JsonElement> items, Func<JsonElement, string?> nameOf, string noun) => items.Count == 1
        ? $"the {noun} {nameOf(items[0])}"
        : $"{items.Count:N0} {noun}s: {List([.. items.Select(nameOf)], noun)}";

    /// <summary>Three names in full, of more the first two; where a name is not known they are counted.</summary>
    private static string List(IReadOnlyList<string?> names, string noun)
    {
        var shown = names.Count <= 3 ? names : [.. names.Take(2)];
        if (names.Count == 0 || shown.Any(n => n is null))
            return names.Count == 1 ? $"1 {noun}" : $"{names.Count:N0} {noun}s";
        return names.Count switch
        {
            1 => names[0]!,
            <= 3 => $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}",
            _ => $"{string.Join(", ", shown)} and {names.Count - 2:N0} more",
        };
    }
}
