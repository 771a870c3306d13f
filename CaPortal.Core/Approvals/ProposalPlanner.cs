using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;

namespace CaPortal.Core.Approvals;

/// <summary>Plans a proposed change again, for the list as it is now, and says why it cannot be made as it was proposed.</summary>
internal sealed class ProposalPlanner(Planner planner, PlanBuilder builder, Inspector inspector)
{
    /// <summary>Changes nothing.</summary>
    /// <exception cref="DatabaseException" />
    public Task<(ChangePlan Plan, IReadOnlyList<string> Obstacles)> PlanAsync(ChangeKind kind, ProposalContent content, CancellationToken cancellationToken) =>
        kind switch
        {
            ChangeKind.Add => AddAsync(content, cancellationToken),
            ChangeKind.Adopt => AdoptAsync(content, cancellationToken),
            ChangeKind.RemoveFound => RemoveFoundAsync(content, cancellationToken),
            _ => ChangeAsync(kind, content, cancellationToken),
        };

    private async Task<(ChangePlan Plan, IReadOnlyList<string> Obstacles)> AddAsync(ProposalContent content, CancellationToken cancellationToken)
    {
        var inspection = await InspectAsync(content, cancellationToken);
        var plan = planner.Add(inspection, [.. inspection.Items.Zip(content.Additions, (i, a) => new AddSelection(i, a.Store, a.Accepted.ToHashSet()))]);
        return (plan, [.. plan.Items.Select(ObstacleOf).OfType<string>()]);
    }

    private async Task<(ChangePlan Plan, IReadOnlyList<string> Obstacles)> AdoptAsync(ProposalContent content, CancellationToken cancellationToken)
    {
        var wanted = content.Additions.ToDictionary(a => new CaCertificateKey(a.FoundIn ?? a.Store, a.Sha256));
        var inspection = await planner.InspectFoundAsync(wanted.Keys, cancellationToken);
        var plan = planner.Adopt(
            inspection, [.. inspection.Items.Select(i => new AddSelection(i, wanted[i.Found!.Key].Store, wanted[i.Found.Key].Accepted.ToHashSet()))]);
        var found = inspection.Items.Select(i => i.Found!.Key).ToHashSet();
        return (plan, [.. wanted.Where(w => !found.Contains(w.Key)).Select(w => NotFound(w.Value.Name)), .. plan.Items.Select(ObstacleOf).OfType<string>()]);
    }

    private async Task<(ChangePlan Plan, IReadOnlyList<string> Obstacles)> RemoveFoundAsync(ProposalContent content, CancellationToken cancellationToken)
    {
        var plan = await planner.RemoveFoundAsync([.. content.Removals.Select(r => r.Key)], cancellationToken);
        var there = plan.Removals.Select(r => r.Key).Concat(plan.RefusedRemovals.Select(r => r.Key)).ToHashSet();
        return (plan,
        [
            .. content.Removals.Where(r => !there.Contains(r.Key)).Select(r => NotFound(r.Name)),
            .. plan.RefusedRemovals.Select(r => $"{DisplayText.Shorten(r.Name)} cannot be removed: {r.Reason}"),
        ]);
    }

    /// <summary>Deleting, moving, restoring: what is under management, or was.</summary>
    private async Task<(ChangePlan Plan, IReadOnlyList<string> Obstacles)> ChangeAsync(
        ChangeKind kind,
        ProposalContent content,
        CancellationToken cancellationToken)
    {
        var inspection = await InspectAsync(content, cancellationToken);
        var removal = await planner.DeleteAsync([.. content.Removals.Select(r => r.Key)], cancellationToken);
        List<PlannedAddition> additions = [];
        List<string> obstacles = [];
        foreach (var (addition, item) in content.Additions.Zip(inspection.Items))
        {
            if (item.IsDuplicateIn(addition.Store))
                obstacles.Add(IsThere(addition.Name, addition.Store));
            else
                additions.Add(AdditionOf(addition, item, kind));
        }

        var there = removal.Removals.Select(r => r.Key).ToHashSet();
        obstacles.AddRange(content.Removals.Where(r => !there.Contains(r.Key))
            .Select(r => $"{DisplayText.Shorten(r.Name)} is not in {r.Store.DisplayName} any more."));

        // The older of the two, so that a change in between makes the plan stale and not wrong.
        var accepted = content.Additions.ToDictionary(a => a.Key, a => (IReadOnlySet<FindingCode>)a.Accepted.ToHashSet());
        var plan = planner.Accept(builder.Plan(kind, Math.Min(inspection.Revision, removal.Revision), additions, removal.Removals), key => accepted[key]);
        obstacles.AddRange(plan.Additions.Where(a => a.OpenErrors.Any()).Select(a => HasErrors(a.Facts.Name, a.OpenErrors)));
        return (kind == ChangeKind.Delete ? plan with { StillTrusted = removal.StillTrusted } : plan, obstacles);
    }

    private Task<InspectionResult> InspectAsync(ProposalContent content, CancellationToken cancellationToken) =>
        inspector.InspectAgainAsync([.. content.Additions.Select(a => (new ReadOnlyMemory<byte>(a.Der), a.FileSha256, a.Marks))], cancellationToken);

    private static PlannedAddition AdditionOf(ProposedAddition addition, InspectedItem item, ChangeKind kind) => new()
    {
        Key = addition.Key,
        Facts = item.Facts!,
        Der = item.Item.Der,

        // What is moved is in the other store and leaves it.
        Findings = [.. item.FindingsFor(addition.Store).Where(f => kind != ChangeKind.Move || f.Code != FindingCode.InOtherStore)],
        Accepted = new HashSet<FindingCode>(),
        Description = addition.Description,
        FileSha256 = addition.FileSha256,
    };

    private static string? ObstacleOf(PlannedItem item) => item.Result switch
    {
        ItemResult.Duplicate => IsThere(item.Item.Facts!.Name, item.Store!.Value),
        ItemResult.Refused => HasErrors(item.Item.Facts!.Name, item.Item.ErrorsFor(item.Store!.Value)),
        _ => null,
    };

    private static string HasErrors(string name, IEnumerable<Finding> errors) =>
        $"{DisplayText.Shorten(name)} has an error that was not accepted: {string.Join(' ', errors.Select(f => f.Message))}";

    private static string IsThere(string name, CaStore store) => $"{DisplayText.Shorten(name)} is in {store.DisplayName} already.";

    private static string NotFound(string name) => $"{DisplayText.Shorten(name)} is not among what was found on this machine any more: it is managed, or gone.";
}
