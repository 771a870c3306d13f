using System.Globalization;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Changes;

/// <summary>Exactly what a plan will do: to which certificates, trust stores and back-ends, and what there is to say about it.</summary>
public sealed partial class PlanDetails
{
    private IReadOnlySet<string> _namesakes = new HashSet<string>();
    private ChangePlan? _asked;

    [Inject]
    public required CertificateList Certificates { get; init; }

    /// <summary>The plan.</summary>
    [Parameter, EditorRequired]
    public required ChangePlan Plan { get; set; }

    /// <summary>How many certificates are named; the others are counted.</summary>
    [Parameter]
    public int MaxShown { get; set; } = 8;

    /// <summary>Each certificate is shown with what it can be compared by.</summary>
    [Parameter]
    public bool ShowsFingerprints { get; set; }

    /// <summary>Called with the effects on back-ends once they are known.</summary>
    [Parameter]
    public EventCallback<IReadOnlyList<BackEndEffect>> OnEffects { get; set; }

    /// <summary>Accepts an Error of a certificate that comes into a store, or takes that back; null where nothing can be accepted.</summary>
    [Parameter]
    public Action<CaCertificateKey, FindingCode, bool>? Accept { get; set; }

    private static readonly IReadOnlySet<FindingCode> _none = new HashSet<FindingCode>();

    protected override async Task OnParametersSetAsync()
    {
        if (_asked == Plan)
            return;
        _asked = Plan;
        try
        {
            _namesakes = await Certificates.NamesakesAsync([.. Shown.Select(s => (s.Sha256, s.Name))], CancellationToken.None);
        }
        catch (DatabaseException)
        {
            // Saving says that the database cannot be used.
        }
    }

    /// <summary>All certificates with an Error are shown: somebody has to decide on them.</summary>
    private IReadOnlyList<AffectedCertificate> Shown
    {
        get
        {
            var ordered = Affected.OrderByDescending(HasError).ToList();
            return [.. ordered.Take(Math.Max(MaxShown, ordered.Count(HasError)))];
        }
    }

    private IReadOnlyList<AffectedCertificate> Affected => Plan.Kind switch
    {
        ChangeKind.Add or ChangeKind.Adopt => [.. Plan.Additions.Select(a => Added(a, a.Key.Store.DisplayName, a.Findings))],
        ChangeKind.Restore => [.. Plan.Additions.Select(a => Added(a, a.Key.Store.DisplayName, WorthShowing(a.Findings)))],
        ChangeKind.Delete or ChangeKind.RemoveFound or ChangeKind.Move => [.. Plan.Removals.Select(Leaving)],
        _ =>
        [
            .. Plan.Additions.Select(a => Added(a, $"{a.Key.Store.DisplayName}, comes back", WorthShowing(a.Findings))),
            .. Plan.Removals.Select(r => Removed(r, $"{r.Key.Store.DisplayName}, is deleted")),
        ],
    };

    private string? Consequence => Plan.Kind switch
    {
        ChangeKind.Delete when Plan.StillTrusted.Count >= Plan.Removals.Count => Several(
            $"It is taken out of the trust stores below. {ToTheBin}", $"They are taken out of the trust stores below. {ToTheBin}"),
        ChangeKind.Delete => $"Programs on this machine will refuse servers whose certificates depend on {Several("it", "them")}. {ToTheBin}",
        ChangeKind.RemoveFound => Several(
            "It is not in the list of CA certificates. It is taken out of the trust stores below, "
                + $"and programs that depend on it will refuse their servers. {ToTheBin}",
            "They are not in the list of CA certificates. They are taken out of the trust stores below, "
                + $"and programs that depend on them will refuse their servers. {ToTheBin}"),
        ChangeKind.RestoreSnapshot => "The trust stores go back to what they held then. What is deleted by that goes to the recycle bin; "
            + "what others had put there and is gone is added to the list; what others have added since stays.",
        ChangeKind.Move =>
            $"{Several("It goes", "They go")} to the other store: {string.Join(" and ", Plan.Removals.Select(r => r.Key.Store.Other.DisplayName).Distinct())}.",
        ChangeKind.Add => $"Programs on this machine will trust servers whose certificates depend on {Several("it", "them")}.",
        ChangeKind.Adopt => $"{Several("It is on this machine already, and will", "They are on this machine already, and will")} be managed like all others: "
            + "kept in every trust store, shown in the list, and deleted there.",
        ChangeKind.Restore => Several("It goes back to its store and is installed again.", "They go back to their stores and are installed again."),
        ChangeKind.Undo => UndoConsequence,
        _ => null,
    };

    private string ToTheBin =>
        Several("It goes to the recycle bin, from where it can be restored.", "They go to the recycle bin, from where they can be restored.");

    private string UndoConsequence
    {
        get
        {
            string?[] parts =
            [
                Plan.Removals.Count > 0
                    ? "What that change added goes to the recycle bin, and programs on this machine will refuse servers whose certificates depend on it."
                    : null,
                Plan.Additions.Count > 0 ? "What that change removed goes back to its store and is installed again." : null,
                "The log keeps both: the change and that it was undone.",
            ];
            return string.Join(' ', parts.Where(p => p is not null));
        }
    }

    /// <summary>The text for one certificate, or the one for more.</summary>
    private string Several(string one, string more) => Math.Max(Plan.Additions.Count, Plan.Removals.Count) > 1 ? more : one;

    private AffectedCertificate Leaving(PlannedRemoval removal)
    {
        var arriving = Plan.Additions.FirstOrDefault(a => a.Key.Sha256 == removal.Key.Sha256);
        return Removed(removal, removal.Key.Store.DisplayName) with { Addition = arriving, Findings = arriving is null ? [] : WorthShowing(arriving.Findings) };
    }

    private Func<FindingCode, bool, Task>? AcceptFor(PlannedAddition? addition)
    {
        if (Accept is not { } accept || addition is null)
            return null;
        return (code, isAccepted) =>
        {
            accept(addition.Key, code, isAccepted);
            return Task.CompletedTask;
        };
    }

    private static bool HasError(AffectedCertificate certificate) => certificate.Findings.Any(f => f.Severity == FindingSeverity.Error);

    private static IEnumerable<Finding> WorthShowing(IEnumerable<Finding> findings) => findings.Where(f => f.Severity != FindingSeverity.Information);

    private static AffectedCertificate Added(PlannedAddition addition, string note, IEnumerable<Finding> findings) =>
        new(addition.Key.Sha256, addition.Facts.Name, note, findings, addition) { Facts = addition.Facts };

    private static AffectedCertificate Removed(PlannedRemoval removal, string note) =>
        new(removal.Key.Sha256, removal.Name, note, [], null) { Facts = removal.Facts };

    private const int MaxFiles = 500;

    private static string EffectText(TrustStoreEffect effect)
    {
        if (effect.Unusable is not null)
            return $"cannot be used. {effect.Unusable}";
        string?[] parts =
        [
            effect.Adds > 0 ? $"{effect.Adds:N0} added" : null,
            effect.Removes > 0 ? $"{effect.Removes:N0} removed" : null,
            effect.LeavesOut > 0 ? $"{effect.LeavesOut:N0} left out" : null,
        ];
        var text = string.Join(", ", parts.Where(p => p is not null));
        return text.Length == 0 ? "nothing changes"
            : effect.RemovesFiles.Count == 0 ? text
            : $"{text}, and with it what CaPortal did not write: {DisplayText.Shorten(string.Join(", ", effect.RemovesFiles), MaxFiles)}";
    }

    private static string Day(DateTime notAfter) => notAfter.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private sealed record AffectedCertificate(string Sha256, string Name, string Note, IEnumerable<Finding> Findings, PlannedAddition? Addition)
    {
        public CertificateFacts? Facts { get; init; }
    }
}
