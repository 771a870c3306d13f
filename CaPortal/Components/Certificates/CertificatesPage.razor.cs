using CaPortal.Components.Changes;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>The list of CA certificates. It is drawn from stored facts, and read in parts as it is scrolled.</summary>
public sealed partial class CertificatesPage
{
    private const string ColumnMemory = "ca-certificates.hidden-columns";

    private static readonly Dictionary<string, object> _tableAttributes = new() { ["aria-label"] = "CA certificates" };

    private static readonly Dictionary<string, CaCertificateSort> _sorts = new()
    {
        ["Facts.Name"] = CaCertificateSort.Name,
        ["Status"] = CaCertificateSort.Condition,
        ["Key.Store"] = CaCertificateSort.Store,
        ["Facts.IssuerName"] = CaCertificateSort.Issuer,
        ["Facts.NotAfter"] = CaCertificateSort.Expiry,
        ["Facts.Thumbprint"] = CaCertificateSort.Thumbprint,
        ["AddedBy"] = CaCertificateSort.AddedBy,
        ["AddedAt"] = CaCertificateSort.AddedAt,
    };

    private readonly List<GridColumn> _columns =
        [new("Status"), new("Store"), new("Issuer"), new("Expires"), new("Thumbprint"), new("Added by"), new("Added")];

    private readonly Selection<CaCertificateKey> _selection = new();
    private LiveView _live = null!;
    private GridRows<CaCertificate, CaCertificateKey> _rows = null!;
    private RowMenu<CaCertificate>? _menu;
    private CaCertificateQuery _query = new();
    private string? _search;
    private CaStore? _store;
    private StatusFilter? _status;
    private ListOrder<CaCertificateSort> _order = null!;
    private int _foundCount;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    [Inject]
    public required PageAddress Address { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    /// <summary>A certificate whose details are shown at once, by its SHA-256.</summary>
    [SupplyParameterFromQuery]
    private string? Certificate { get; set; }

    private bool IsFiltered => !string.IsNullOrWhiteSpace(_search) || _store is not null || _status is not null;

    private bool IsEmpty => _selection.Total == 0 && !IsFiltered && _live.Problem is null;

    private bool ShowsGrid => _status?.Source is null;

    protected override Task OnInitializedAsync()
    {
        Address.Changed += OnAddressChanged;
        ReadAddress();
        _order = new ListOrder<CaCertificateSort>(Address, CaCertificateSort.Name);
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        _rows = new GridRows<CaCertificate, CaCertificateKey>(_live, _selection) { Read = ReadAsync, ReadKeys = KeysAsync, Count = CountAsync };
        return _live.ReloadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        if (await Browser.RecallAsync(ColumnMemory) is { Length: > 0 } hidden)
        {
            foreach (var column in _columns)
                column.IsShown = !hidden.Split('|').Contains(column.Title);
            StateHasChanged();
        }

        if (Certificate is { } shown && Address["open"] is null)
            await ShowAsync(shown);
    }

    public void Dispose()
    {
        Address.Changed -= OnAddressChanged;
        _live.Dispose();
    }

    private Task<IReadOnlyList<CaCertificateKey>> KeysAsync(CancellationToken cancellationToken) => Certificates.KeysAsync(_query, cancellationToken);

    private async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await Certificates.ListAsync(new CaCertificateQuery { Top = 1 }, cancellationToken)).Count;

    private async Task<GridData<CaCertificate>> ReadAsync(GridStateVirtualize<CaCertificate> state)
    {
        var sort = state.SortDefinitions.FirstOrDefault();
        var taken = _live.Lifetime.IsCancellationRequested
            ? Task.CompletedTask
            : _order.TakeAsync(sort is null ? null : _sorts[sort.SortBy], sort?.Descending ?? false);
        _query = new CaCertificateQuery
        {
            Search = _search,
            Store = _store,
            Condition = _status?.Condition,
            Sort = _order.Sort,
            Descending = _order.IsDescending,
            Skip = state.StartIndex,
            Top = state.Count,
        };
        var page = await Certificates.ListAsync(_query, _live.Lifetime);
        await taken;
        return new GridData<CaCertificate> { Items = page.Certificates, TotalItems = page.Count };
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        // The other lists load by themselves.
        if (ShowsGrid)
            await _rows.ReloadAsync();
        else
            _live.Problem = null;
        if (!RendererInfo.IsInteractive)
            return;

        // The list does not wait for it.
        StateHasChanged();
        _foundCount = (await Machine.ListFoundAsync(null, cancellationToken)).Certificates.Count;
    }

    private void ReadAddress() =>
        (_search, _store, _status) = (Address["search"], KebabCase.Parse<CaStore>(Address["store"]), StatusFilter.For(Address["show"]));

    private Task WriteAddressAsync() =>
        Address.SetAsync(isStep: false, ("search", _search), ("store", _store is { } store ? KebabCase.Of(store) : null), ("show", _status?.Show));

    private void OnAddressChanged()
    {
        var before = (_search, _store, _status);
        ReadAddress();
        if ((_search, _store, _status) == before)
            return;
        StateHasChanged();
        _ = InvokeAsync(() => ApplyAsync(before._status));
    }

    private Task SearchAsync(string? search) => FilterAsync(string.IsNullOrEmpty(search) ? null : search, _store, _status);

    private Task FilterStoreAsync(CaStore? store) => FilterAsync(_search, store, _status);

    private Task FilterStatusAsync(StatusFilter? status) => FilterAsync(_search, _store, status);

    private Task ClearFiltersAsync() => FilterAsync(null, null, null);

    private Task ClearSearchAsync() => FilterAsync(null, null, _status);

    private async Task FilterAsync(string? search, CaStore? store, StatusFilter? status)
    {
        var before = _status;
        (_search, _store, _status) = (search, store, status);

        // First, because another page may be opened until the rows are there.
        var written = WriteAddressAsync();
        await ApplyAsync(before);
        await written;
    }

    /// <summary>Shows what is chosen. Where that is another list, the grid, if it is needed again, is a new one and loads by itself.</summary>
    private Task ApplyAsync(StatusFilter? before)
    {
        if (before?.Source == _status?.Source)
            return _rows.ApplyFiltersAsync();
        (_selection.Total, _rows.Grid) = (null, null);
        _order.BeginAgain();
        _selection.Clear();
        StateHasChanged();
        return Task.CompletedTask;
    }

    private void Count(int count) => _selection.Total = count;

    private bool IsHidden(string column) => !_columns.Single(c => c.Title == column).IsShown;

    private async Task ToggleAsync(GridColumn column)
    {
        column.IsShown = !column.IsShown;
        await Browser.RememberAsync(ColumnMemory, string.Join('|', _columns.Where(c => !c.IsShown).Select(c => c.Title)));
    }

    private async Task AddAsync() => await AddCertificateDialog.ShowAsync(Dialogs, Actor);

    private async Task ChangeAsync(ChangeKind kind, IReadOnlyCollection<CaCertificateKey> keys)
    {
        if (await ChangeDialog.ShowAsync(Dialogs, kind, keys, Actor) is not (ChangeOutcome.Applied or ChangeOutcome.Proposed))
            return;
        _selection.Clear();
    }

    private Task OpenAsync(DataGridRowClickEventArgs<CaCertificate> row) => ViewAsync(row.Item.Key);

    /// <summary>Shows the certificate that the page's address names, where the list still has it.</summary>
    private async Task ShowAsync(string sha256)
    {
        try
        {
            if (await Certificates.FindAsync(sha256, _live.Lifetime) is [var certificate, ..])
                await ViewAsync(certificate.Key);
        }
        catch (DatabaseException)
        {
            // The list says that it cannot be read.
        }
    }

    private Task ViewAsync(CaCertificateKey key) => CertificateDrawer.ShowAsync(Dialogs, key);

    private async Task CopyAsync(string thumbprint)
    {
        if (await Browser.CopyAsync(thumbprint))
            Snackbar.Add("Thumbprint copied", Severity.Success);
        else
            Snackbar.Add("The browser did not allow copying. Select the text in the certificate's view and copy it there.", Severity.Warning);
    }

    private sealed class GridColumn(string title)
    {
        public string Title { get; } = title;

        public bool IsShown { get; set; } = true;
    }
}
