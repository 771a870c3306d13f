using System.Text.Json.Serialization;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Changes;

/// <summary>What the activity log says about a change of the list that was refused: never a content or a password.</summary>
/// <param name="Attempted">The kind of the change.</param>
/// <param name="Why">One sentence.</param>
internal sealed record RefusedChange(string Attempted, string Why)
{
    /// <summary>What would have been added.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<AddedDetails>? Added { get; init; }

    /// <summary>What would have been removed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RemovedDetails>? Removed { get; init; }

    /// <summary>The entry that would have been taken back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Undoes { get; init; }

    /// <summary>The files with items that were refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RefusedFile>? Files { get; init; }

    public static RefusedChange Of(ChangePlan plan, string why)
    {
        var change = ChangeDetails.Of(plan);
        var refused = plan.Items.Where(IsRefused).ToList();
        return new RefusedChange(plan.Kind.ToString(), why)
        {
            Added = [.. change.Added.Concat(refused.Select(AddedOf).OfType<AddedDetails>())],
            Removed = [.. change.Removed.Concat(plan.RefusedRemovals.Select(r => new RemovedDetails(r.Key.Store, r.Key.Sha256, r.Name, null)))],
            Undoes = change.Undoes,
            Files = refused.Count == 0 ? null :
            [
                .. refused.GroupBy(i => (i.Item.FileName, i.Item.FileSha256))
                    .Select(f => new RefusedFile(f.Key.FileName, f.Key.FileSha256, f.SelectMany(ErrorsOf).ToHashSet())),
            ],
        };
    }

    private static bool IsRefused(PlannedItem item) => item.Result == ItemResult.Refused || (item.Item.Facts is null && ErrorsOf(item).Any());

    private static IEnumerable<FindingCode> ErrorsOf(PlannedItem item) => item.Findings.Where(f => f.Severity == FindingSeverity.Error).Select(f => f.Code);

    private static AddedDetails? AddedOf(PlannedItem item) => item is { Store: { } store, Item.Facts: { } facts }
        ? new AddedDetails(store, facts.Sha256, facts.Name, facts.Subject, item.Item.FileSha256, new HashSet<FindingCode>())
        : null;
}

/// <summary>A file that was refused.</summary>
internal sealed record RefusedFile(string Name, string? Sha256, IReadOnlySet<FindingCode> Findings);

/// <summary>Records changes that are refused.</summary>
internal static class RefusedChangeRecords
{
    /// <summary>A plan that was not applied.</summary>
    public static Task RefusedAsync(this ActivityRecorder recorder, ChangePlan plan, Actor actor, string? reason, string why) =>
        recorder.RecordAsync(actor, ActivityActions.Refused, reason, RefusedChange.Of(plan, why));

    /// <summary>Why an outcome is a refusal; null if it is none.</summary>
    public static string? WhyRefused(ChangePlan plan, Actor actor, ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.Forbidden => RefusalRecords.NotAllowed(actor),
        ChangeOutcome.Refused refused => refused.Message,
        ChangeOutcome.Stale when !plan.IsPlannedAnewWhenStale => "Somebody else changed the list meanwhile.",
        _ => null,
    };
}
