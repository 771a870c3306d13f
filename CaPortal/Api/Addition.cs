using CaPortal.Api.Contracts;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;

namespace CaPortal.Api;

/// <summary>
/// What an upload will do: all of it or nothing. An item with an Error refuses the whole, unless the upload asks to skip such
/// items and has others.
/// </summary>
/// <param name="Inspection">What is in the files.</param>
/// <param name="Items">Every item and what the upload wants with it.</param>
/// <param name="Plan">What will be applied, unless the upload is refused.</param>
/// <param name="IsRefused">Nothing may be added.</param>
internal sealed record Addition(InspectionResult Inspection, IReadOnlyList<PlannedItem> Items, ChangePlan Plan, bool IsRefused)
{
    /// <summary>An item is refused, whether or not the others are added.</summary>
    public bool HasRefused => Items.Any(IsRefusedItem);

    /// <summary>What is in the stores when it is applied: added, or there before.</summary>
    public IReadOnlyCollection<CaCertificateKey> Keys =>
    [
        .. Items.Where(i => i is { Result: ItemResult.Added or ItemResult.Duplicate, Store: not null, Item.Facts: not null })
            .Select(i => new CaCertificateKey(i.Store!.Value, i.Item.Facts!.Sha256)),
    ];

    public static Addition Of(CertificateChanges changes, InspectionResult inspection, Upload upload)
    {
        List<AddSelection> all =
        [
            .. inspection.Items.Where(i => i.Facts is not null).Select(i => new AddSelection(i, upload.Store ?? i.Facts!.SuggestedStore, upload.Accepted)),
        ];
        var whole = changes.PlanAdd(inspection, all);
        var isRefused = whole.Items.Any(IsRefusedItem) && !(upload.SkipInvalid && whole.Items.Any(i => i.Result is ItemResult.Added or ItemResult.Duplicate));
        var plan = whole;
        if (whole.IsRefused && !isRefused)
        {
            var refused = whole
                .Items.Where(i => i.Result == ItemResult.Refused)
                .Select(i => i.Item)
                .ToHashSet<InspectedItem>(ReferenceEqualityComparer.Instance);
            plan = changes.PlanAdd(inspection, [.. all.Where(s => !refused.Contains(s.Item))]);
        }

        return new Addition(inspection, whole.Items, plan, isRefused);
    }

    /// <summary>The items as they go over the wire.</summary>
    /// <param name="outcome">What came of the plan; null if it was not applied.</param>
    public IReadOnlyList<ItemResource> ToResources(ChangeOutcome? outcome = null) => [.. Items.Select(i => i.ToResource(OutcomeOf(i, outcome)))];

    private ItemOutcome OutcomeOf(PlannedItem item, ChangeOutcome? outcome) => item.Result switch
    {
        _ when IsRefusedItem(item) => ItemOutcome.Refused,
        ItemResult.Added when !IsRefused => item.OutcomeAfter(outcome),
        ItemResult.Duplicate => ItemOutcome.Duplicate,
        _ => ItemOutcome.Skipped,
    };

    /// <summary>A certificate with an Error, or something that cannot be used at all.</summary>
    private static bool IsRefusedItem(PlannedItem item) =>
        item.Result == ItemResult.Refused || (item.Item.Facts is null && item.Findings.Any(f => f.Severity == FindingSeverity.Error));
}
