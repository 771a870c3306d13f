using System.Globalization;
using CaPortal.Authentication;
using CaPortal.Components.BackEnds;
using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Alerts;
using CaPortal.Core.Certificates;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Expiry;

/// <summary>What expires over the coming twelve months, as a timeline and as a list.</summary>
public sealed partial class ExpiryPage
{
    private const int MaxRows = 500;
    private const int MaxBackEnds = 3;

    private LiveView _live = null!;
    private ExpiryTimeline? _timeline;
    private int _count;
    private int _expired;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ExpiryRadar Radar { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    private string CalendarAddress => new Uri(new Uri(Navigation.BaseUri), SignInPaths.Link(SignInPaths.Calendar)).AbsoluteUri;

    private string CountText => (_count - _expired, _expired) switch
    {
        (0, 0) => "",
        (var coming, 0) => Coming(coming),
        (0, var expired) => $"{expired:N0} expired",
        var (coming, expired) => $"{expired:N0} expired, {Coming(coming)}",
    };

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.BackEnds);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var overview = await Radar.LoadAsync(cancellationToken);
        (_timeline, _live.Problem) = (new ExpiryTimeline(overview), null);
        (_count, _expired) = (overview.Certificates.Count, _timeline.Expired.Certificates.Count);
    }

    private static IEnumerable<(ExpiryPeriod Period, IReadOnlyList<ExpiringCertificate> Certificates)> Listed(ExpiryTimeline timeline)
    {
        var left = MaxRows;
        foreach (var period in timeline.Periods.Where(p => p.Certificates.Count > 0))
        {
            if (left <= 0)
                yield break;
            yield return (period, [.. period.Certificates.Take(left)]);
            left -= period.Certificates.Count;
        }
    }

    private static string Coming(int count) => $"{Counted.Of(count, "expires", "expire")} in the next 12 months";

    private static string Day(DateTime notAfter) => notAfter.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private static string Level(ExpiryUrgency urgency) => urgency.ToString().ToLowerInvariant();

    private static string Kind(ExpiringCertificate certificate) =>
        certificate.Stores.Count > 0 ? string.Join(" and ", certificate.Stores.Select(s => s.DisplayName))
        : certificate.IsCa ? "CA certificate that a server sends"
        : "Server certificate";

    private Task ViewAsync(CaCertificateKey key) => CertificateDrawer.ShowAsync(Dialogs, key);

    private Task ViewAsync(DependentBackEnd backEnd) => BackEndDrawer.ShowAsync(Dialogs, backEnd.Id, Actor);
}
