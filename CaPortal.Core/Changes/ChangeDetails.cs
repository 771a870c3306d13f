using System.Text.Json.Serialization;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Changes;

/// <summary>What the activity log says about a change, made or refused.</summary>
/// <param name="Added">What it adds.</param>
/// <param name="Removed">What it removes.</param>
internal sealed record ChangeDetails(IReadOnlyList<AddedDetails> Added, IReadOnlyList<RemovedDetails> Removed)
{
    /// <summary>Who proposed and who approved it, where it needed that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Approval { get; init; }

    /// <summary>The entry that it takes back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Undoes { get; init; }

    /// <summary>Hash of what must be trusted after the change; null if it was not made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Set { get; init; }

    /// <summary>Hash of what is in the recycle bin after it; null if it was not made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Withdrawn { get; init; }

    // Of many the log keeps the first ones: those with an overridden Error are among them.
    public static ChangeDetails Of(ChangePlan plan) =>
        new(
            [
                .. plan
                    .Additions.OrderByDescending(a => a.Accepted.Count > 0)
                    .Select(a => new AddedDetails(a.Key.Store, a.Key.Sha256, a.Facts.Name, a.Facts.Subject, a.FileSha256, a.Accepted)),
            ],
            [.. plan.Removals.Select(r => new RemovedDetails(r.Key.Store, r.Key.Sha256, r.Name, r.Found?.Places.Select(p => p.Location)))])
        {
            Undoes = plan.Undoes,
        };
}

/// <summary>A certificate that a change adds.</summary>
internal sealed record AddedDetails(CaStore Store, string Sha256, string Name, string Subject, string? FileSha256, IReadOnlySet<FindingCode> Accepted);

/// <summary>A certificate that a change removes.</summary>
internal sealed record RemovedDetails(CaStore Store, string Sha256, string Name, IEnumerable<string>? FoundIn);
