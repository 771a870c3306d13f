using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>Deleted certificates, which can be restored for a while.</summary>
public sealed partial class RecycleBinPage
{
    private const int MaxShown = 1000;

    private LiveView _live = null!;
    private List<CaCertificate>? _certificates;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var query = new CaCertificateQuery { Deleted = true, Sort = CaCertificateSort.RemovedAt, Descending = true, Top = MaxShown };
        (_certificates, _live.Problem) = ([.. (await Certificates.ListAsync(query, cancellationToken)).Certificates], null);
    }

    private async Task RestoreAsync(CaCertificateKey key) => await ChangeDialog.ShowAsync(Dialogs, ChangeKind.Restore, [key], Actor);

    private string Kept(CaCertificateRemoval removal)
    {
        var left = removal.RestorableUntil - Time.GetUtcNow().UtcDateTime;
        return left > TimeSpan.Zero ? $"{Counted.Of((int)Math.Ceiling(left.TotalDays), "day")} left" : "goes soon";
    }
}
