using System.Text.Json.Serialization;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Management.Auditing;

/// <summary>What the activity log tells of something that was refused: never a content or a password.</summary>
/// <param name="Attempted">What was tried: the kind of the change, or the operation.</param>
/// <param name="Why">One sentence.</param>
internal sealed record RefusedDetails(string Attempted, string Why)
{
    /// <summary>What it was about, where that is no certificate.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? What { get; init; }

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

    public static RefusedDetails Of(ChangePlan plan, string why)
    {
        var change = ChangeDetails.Of(plan);
        var refused = plan.Items.Where(IsRefused).ToList();
        return new RefusedDetails(plan.Kind.ToString(), why)
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

/// <summary>Records what is refused.</summary>
internal static class RefusalRecords
{
    /// <summary>A plan that was not applied.</summary>
    public static Task RefusedAsync(this ActivityRecorder recorder, ChangePlan plan, Actor actor, string? reason, string why) =>
        recorder.RecordAsync(actor, ActivityActions.Refused, reason, RefusedDetails.Of(plan, why));

    /// <summary>Something that the role does not allow.</summary>
    public static Task ForbiddenAsync(this ActivityRecorder recorder, Actor actor, string attempted, object? what = null) =>
        recorder.RefusedAsync(actor, attempted, NotAllowed(actor), what);

    /// <summary>Something that is no plan.</summary>
    public static Task RefusedAsync(this ActivityRecorder recorder, Actor actor, string attempted, string why, object? what) =>
        recorder.RecordAsync(actor, ActivityActions.Refused, new RefusedDetails(attempted, why) { What = what });

    /// <summary>Why an outcome is a refusal; null where it is none.</summary>
    public static string? WhyRefused(ChangePlan plan, Actor actor, ChangeOutcome outcome) => outcome switch
    {
        ChangeOutcome.Forbidden => NotAllowed(actor),
        ChangeOutcome.Refused refused => refused.Message,
        ChangeOutcome.Stale when !plan.IsPlannedAnewWhenStale => "Somebody else changed the list meanwhile.",
        _ => null,
    };

    private static string NotAllowed(Actor actor) => $"The role {actor.Role} does not allow it.";
}
