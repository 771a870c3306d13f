using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Monitoring;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Home;

/// <summary>Whether all is in order, in one look: what needs somebody, how much there is, what was changed last.</summary>
public sealed partial class HomePage
{
    private const int MaxLatest = 6;

    private static readonly IReadOnlySet<ActivityCategory> _changes =
        new HashSet<ActivityCategory> { ActivityCategory.Change, ActivityCategory.Outcome, ActivityCategory.Approval, ActivityCategory.Access };

    private LiveView _live = null!;
    private Overview? _overview;
    private IReadOnlyList<ActivityRecord> _latest = [];
    private IReadOnlyDictionary<string, string> _trustStores = new Dictionary<string, string>();

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required PortalOverview Overviews { get; init; }

    [Inject]
    public required ActivityService Activities { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    [Inject]
    public required TrustStoreSelection TrustStores { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    protected override Task OnInitializedAsync()
    {
        _trustStores = TrustStores.Enabled.ToDictionary(s => s.Name, s => s.Title);
        _live = Updates.For(
            LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.BackEnds | LiveTopics.Activity | LiveTopics.Verification);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var overview = await Overviews.LoadAsync(cancellationToken);
        var latest = await Activities.ListAsync(new ActivityQuery { Categories = _changes, OnlyNoteworthy = true, Top = MaxLatest }, cancellationToken);
        (_overview, _latest, _live.Problem) = (overview, latest.Entries, null);
    }

    private static string FineText(Overview overview)
    {
        string?[] parts =
        [
            overview.Roots + overview.Intermediates is > 0 and var count
                ? $"{Counted.Of(count, "CA certificate is", "CA certificates are")} {(IsInstalled(overview) ? "installed" : "in the list")}"
                : null,
            overview.BackEnds switch
            {
                0 => null,
                1 => "the back-end is trusted",
                var all => $"all {all:N0} back-ends are trusted",
            },
        ];
        return parts.OfType<string>().ToList() is { Count: > 0 } said ? $"{char.ToUpperInvariant(said[0][0])}{string.Join(", and ", said)[1..]}." : "";
    }

    private static bool IsInstalled(Overview overview) => overview is { TrustStores: > 0 } && overview.TrustStoresInOrder == overview.TrustStores;

    private async Task AddCertificateAsync() => await AddCertificateDialog.ShowAsync(Dialogs, Actor);

    private async Task AddBackEndAsync()
    {
        // The test goes on when another page is opened; what it finds is shown here as it comes.
        if (await BackEndDialog.ShowAsync(Dialogs, null, Actor) is { Count: > 0 } added
            && await _live.TryAsync(_ => BackEnds.TestAsync(added, Actor, null, CancellationToken.None)) is BackEndOutcome.Refused refused)
        {
            Snackbar.Add($"{refused.Message} {refused.Advice}", Severity.Error);
        }
    }
}
