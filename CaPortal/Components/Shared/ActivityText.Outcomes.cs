using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Components.Shared;

public sealed partial record ActivityText
{
    private const int MaxFiles = 500;

    /// <summary>What a change did in a trust store, in a few words.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="outcome">One of its outcomes.</param>
    public static string ResultText(ActivityRecord entry, ActivityOutcome outcome) => outcome.Result switch
    {
        TrustStoreResult.Installed when entry.IsChange => entry.Certificates.Any(c => c.IsAddition) ? "installed" : "removed",
        TrustStoreResult.Installed => "in order",
        TrustStoreResult.Unusable => "cannot be used",
        TrustStoreResult.Absent => "not on this machine",
        TrustStoreResult.Drifted => "changed by somebody else",
        _ => "failed",
    };

    /// <summary>Which files of others went with a certificate; null where none did.</summary>
    public static string? FilesText(ActivityOutcome outcome) => outcome.RemovedFiles.Count == 0 ? null
        : $"Removed with it, though CaPortal had not written {(outcome.RemovedFiles.Count == 1 ? "it" : "them")}: "
            + $"{DisplayText.Shorten(string.Join(", ", outcome.RemovedFiles), MaxFiles)}";

    private static string? OutcomeText(ActivityRecord entry, JsonElement details, IReadOnlyDictionary<string, string> trustStores) => entry.Action switch
    {
        ActivityActions.Outcome => OutcomeText(entry, BoundedDetails.ItemsOf(details), trustStores),
        ActivityActions.FollowUp => $"finished what follows a change in {TitleOf(details.Text("trustStore"), trustStores)}: "
            + $"{details.Text("warning", MaxError) ?? details.Text("detail", MaxError)}",
        ActivityActions.Proof => ProofText(BoundedDetails.ItemsOf(details)),
        _ => null,
    };

    private static string OutcomeText(ActivityRecord entry, IReadOnlyList<JsonElement> stores, IReadOnlyDictionary<string, string> trustStores)
    {
        var failed = With(nameof(TrustStoreResult.Failed));
        if (failed.Count > 0)
            return $"could not bring {Titles(failed)} to revision {entry.RevisionAfter}";
        var drifted = With(nameof(TrustStoreResult.Drifted));
        if (drifted.Count > 0)
        {
            var (missing, count) = Keys(drifted, "missing");
            return count > 0
                ? $"found {Named(entry, missing, count)} missing in {Titles(drifted)}: somebody had removed {(count == 1 ? "it" : "them")} outside"
                : $"found {Titles(drifted)} changed by somebody outside";
        }

        var (added, removed) = (Keys(stores, "added"), Keys(stores, "removed"));
        var written = stores.Where(s => s.Get("added").Items().Count + s.Get("removed").Items().Count > 0).ToList();
        if (written.Count == 0)
            return $"found the trust stores in order at revision {entry.RevisionAfter}";
        if (entry.IsHealing)
        {
            string?[] healed =
            [
                added.Count > 0 ? $"put {Named(entry, added.Kept, added.Count)} back, which somebody had removed outside" : null,
                removed.Count > 0 ? $"took {Named(entry, removed.Kept, removed.Count)} out again, which somebody had put back outside" : null,
            ];
            return string.Join(", and ", healed.Where(h => h is not null));
        }

        string?[] done =
        [
            added.Count > 0 ? $"{Named(entry, added.Kept, added.Count)} added" : null,
            removed.Count > 0 ? $"{Named(entry, removed.Kept, removed.Count)} removed" : null,
        ];
        return $"brought {Titles(written)} to revision {entry.RevisionAfter}: {string.Join(", ", done.Where(d => d is not null))}";

        List<JsonElement> With(string result) => [.. stores.Where(s => s.Text("result") == result)];

        string Titles(List<JsonElement> some) => List([.. some.Select(s => TitleOf(s.Text("name"), trustStores))], "trust store");
    }

    /// <summary>
    /// The certificates of a list that each trust store has, and how many there are. Where not all are kept, the count is that of the
    /// trust store with the most.
    /// </summary>
    private static (List<JsonElement> Kept, int Count) Keys(IReadOnlyList<JsonElement> stores, string name)
    {
        var kept = stores.SelectMany(s => s.Get(name).Items()).DistinctBy(k => k.Text("sha256")).ToList();
        return (kept, Math.Max(kept.Count, stores.Select(s => BoundedDetails.CountOf(s, name)).DefaultIfEmpty(0).Max()));
    }

    private static string TitleOf(string? name, IReadOnlyDictionary<string, string> trustStores) =>
        name is null ? "a trust store" : trustStores.GetValueOrDefault(name, name);

    private static string ProofText(IReadOnlyList<JsonElement> verdicts)
    {
        var readers = List([.. verdicts.Select(v => v.Text("reader")).Distinct()], "program");
        var other = verdicts.FirstOrDefault(v => v.Text("answer") != nameof(Core.TrustStores.Programs.ProgramAnswer.Agrees));
        return other.ValueKind == JsonValueKind.Undefined
            ? $"asked {readers}: the change is seen there too"
            : $"asked {readers}: {other.Text("reader")} {(other.Text("detail", MaxError) is { } detail ? $"says: {detail}" : "could not be asked")}";
    }
}
