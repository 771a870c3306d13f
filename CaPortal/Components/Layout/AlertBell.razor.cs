using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Alerts;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;

namespace CaPortal.Components.Layout;

/// <summary>On every page: the alerts that are open, the newest first, and the back-ends that are not trusted now.</summary>
public sealed partial class AlertBell
{
    private const int MaxShown = 20;
    private const int MaxCount = 99;
    private const int MaxUntrusted = 5;

    private LiveView _live = null!;
    private IReadOnlyList<AlertView> _alerts = [];
    private BackEndPage? _untrusted;
    private ElementReference _title;
    private int _count;
    private string _location = "";

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required AlertService Alerts { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    /// <summary>Who looks at them.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private string Label => _count == 0 ? "Alerts" : $"Alerts, {_count:N0} open";

    protected override Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.BackEnds)
            .Watch(h => Alerts.Changed += h, h => Alerts.Changed -= h);
        return _live.ReloadAsync();
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        _live.Dispose();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var page = await Alerts.ListAsync(new AlertQuery { Top = MaxShown }, cancellationToken);
        _untrusted = await BackEnds.ListAsync(new BackEndQuery { Filter = BackEndFilter.NotTrusted, Top = MaxUntrusted }, cancellationToken);
        (_alerts, _count, _live.Problem) = (page.Alerts, page.Count, null);
    }

    /// <summary>Closes the popover when another page opens.</summary>
    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _location = new Uri(e.Location).AbsolutePath;
        _ = InvokeAsync(StateHasChanged);
    }

    /// <summary>Shows what it is about: the certificate where it is under management, else the back-end.</summary>
    private async Task OpenAsync(AlertView alert)
    {
        try
        {
            if (alert.Sha256 is { } sha256 && await Certificates.FindAsync(sha256, _live.Lifetime) is [var certificate, ..])
                await CertificateDrawer.ShowAsync(Dialogs, certificate.Key);
            else if (alert.BackEndId is { } backEnd)
                await BackEndDrawer.ShowAsync(Dialogs, backEnd, Actor);
            else
                Navigation.NavigateTo(alert.Kind switch { AlertKind.TrustStore => "settings", AlertKind.ActivityLog => "activity", _ => "expiry" });
        }
        catch (DatabaseException e)
        {
            _live.Fail(e);
        }
    }

    private Task OpenAsync(BackEndSummary backEnd) => BackEndDrawer.ShowAsync(Dialogs, backEnd.Id, Actor);

    private Task DismissAsync(AlertView alert) => ChangeAsync(() => Alerts.DismissAsync(alert.Id, Actor, CancellationToken.None));

    private Task DismissAllAsync() => ChangeAsync(() => Alerts.DismissAllAsync(Actor, CancellationToken.None));

    private async Task ChangeAsync(Func<Task<AlertOutcome>> change)
    {
        try
        {
            _live.Problem = await change() is AlertOutcome.Forbidden ? "Your role may look, but not change. Ask an administrator." : null;
        }
        catch (DatabaseException e)
        {
            _live.Problem = ProblemText.Of(e);
        }

        // The button that was pressed is gone with its alert.
        await _title.FocusAsync();
    }
}
