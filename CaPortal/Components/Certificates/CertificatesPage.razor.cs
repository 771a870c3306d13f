using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Management;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>The list of CA certificates, drawn from stored facts and fetched in parts as it is scrolled.</summary>
public sealed partial class CertificatesPage
{
    private const string ColumnMemory = "ca-certificates.hidden-columns";

    private static readonly Dictionary<string, object> _tableAttributes = new() { ["aria-label"] = "CA certificates" };

    private static readonly Dictionary<string, CaCertificateSort> _sorts = new()
    {
        ["Facts.Name"] = CaCertificateSort.Name,
        ["Status"] = CaCertificateSort.Status,
        ["Key.Store"] = CaCertificateSort.Store,
        ["Facts.IssuerName"] = CaCertificateSort.Issuer,
        ["Facts.NotAfter"] = CaCertificateSort.Expiry,
        ["Facts.Thumbprint"] = CaCertificateSort.Thumbprint,
        ["AddedBy"] = CaCertificateSort.AddedBy,
        ["AddedAt"] = CaCertificateSort.AddedAt,
    };

    private readonly List<GridColumn> _columns = [.. new[] { "Status", "Store", "Issuer", "Expires", "Thumbprint", "Added by", "Added" }.Select(t => new GridColumn(t))];
    private readonly HashSet<CaCertificateKey> _selected = [];
    private MudDataGrid<CaCertificate>? _grid;
    private RowMenu<CaCertificate>? _menu;
    private CaCertificateQuery _query = new();
    private string? _search;
    private CaStore? _store;
    private StatusFilter? _status;
    private int? _total;
    private int _foundCount;

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    /// <summary>What is shown in place of the certificates under management; see <see cref="StatusFilter.Show"/>.</summary>
    [SupplyParameterFromQuery]
    private string? Show { get; set; }

    private bool IsFiltered => !string.IsNullOrWhiteSpace(_search) || _store is not null || _status is not null;

    private bool IsEmpty => _total == 0 && !IsFiltered && Problem is null;

    private bool? AllSelected => _selected.Count == 0 ? false : _selected.Count >= _total ? true : null;

    protected override Task OnInitializedAsync()
    {
        _status = StatusFilter.For(Show);
        return base.OnInitializedAsync();
    }

    protected override void OnParametersSet()
    {
        var shown = StatusFilter.For(Show);
        if (_status?.Show != shown?.Show)
            Switch(shown);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || await Browser.RecallAsync(ColumnMemory) is not { Length: > 0 } hidden)
            return;
        foreach (var column in _columns)
            column.IsShown = !hidden.Split('|').Contains(column.Title);
        StateHasChanged();
    }

    private async Task<GridData<CaCertificate>> LoadRowsAsync(GridStateVirtualize<CaCertificate> state, CancellationToken cancellationToken)
    {
        var sort = state.SortDefinitions.FirstOrDefault();
        _query = new CaCertificateQuery
        {
            Search = _search,
            Store = _store,
            Status = _status?.Status,
            Expiry = _status?.Expiry,
            Sort = sort is null ? CaCertificateSort.Name : _sorts[sort.SortBy],
            Descending = sort?.Descending ?? false,
            Skip = state.StartIndex,
            Top = state.Count,
        };
        try
        {
            // Not cancelled: the grid takes a cancelled load for a failure or an empty list, and the query is short.
            var page = await Certificates.ListAsync(_query, CancellationToken.None);
            var isNews = _total != page.Count || Problem is not null;
            (_total, Problem) = (page.Count, null);
            if (isNews)
                _ = InvokeAsync(StateHasChanged);
            return new GridData<CaCertificate> { Items = page.Certificates, TotalItems = page.Count };
        }
        catch (DatabaseException e)
        {
            Problem = $"{e.Message} {e.Advice}";
            _ = InvokeAsync(StateHasChanged);
            return new GridData<CaCertificate> { Items = [], TotalItems = 0 };
        }
    }

    protected override async Task LoadAsync()
    {
        // What somebody else deleted or moved is not selected any more.
        if (_selected.Count > 0)
            _selected.IntersectWith(await Certificates.KeysAsync(_query, CancellationToken.None));

        // There is no grid yet at first, where the list was empty, and where something else is shown.
        if (_status?.Source is not null)
            Problem = null;
        else if (_grid is null)
            (_total, Problem) = ((await Certificates.ListAsync(new CaCertificateQuery { Top = 1 }, CancellationToken.None)).Count, null);
        else
            await _grid.ReloadServerData();
        if (!RendererInfo.IsInteractive)
            return;

        // The list does not wait for it.
        StateHasChanged();
        _foundCount = (await Certificates.ListFoundAsync(null, CancellationToken.None)).Certificates.Count;
    }

    private Task SearchAsync(string? search)
    {
        _search = search;
        return FilteredAsync();
    }

    private Task FilterStoreAsync(CaStore? store)
    {
        _store = store;
        return FilteredAsync();
    }

    private async Task FilterStatusAsync(StatusFilter? status)
    {
        if (_status?.Show == status?.Show)
        {
            _status = status;
            await FilteredAsync();
            return;
        }

        Switch(status);
        Navigation.NavigateTo(StatusFilter.AddressOf(status), replace: true);
    }

    /// <summary>Shows another list. The grid, where it is needed again, is a new one and loads by itself.</summary>
    private void Switch(StatusFilter? status)
    {
        (_status, _total, _grid) = (status, null, null);
        ClearSelection();
    }

    private Task ClearFiltersAsync()
    {
        (_search, _store, _status) = (null, null, null);
        return FilteredAsync();
    }

    private void ClearSearch() => (_search, _store) = (null, null);

    private async Task FilteredAsync()
    {
        ClearSelection();
        if (_grid is not null)
            await _grid.ReloadServerData();
    }

    private void Count(int count) => _total = count;

    private bool IsHidden(string column) => !_columns.Single(c => c.Title == column).IsShown;

    private async Task ToggleAsync(GridColumn column)
    {
        column.IsShown = !column.IsShown;
        await Browser.RememberAsync(ColumnMemory, string.Join('|', _columns.Where(c => !c.IsShown).Select(c => c.Title)));
    }

    private void Select(CaCertificateKey key, bool isSelected)
    {
        if (isSelected)
            _selected.Add(key);
        else
            _selected.Remove(key);
    }

    private async Task SelectAllAsync(bool? all)
    {
        var select = _selected.Count == 0;
        ClearSelection();
        if (!select)
            return;
        try
        {
            _selected.UnionWith(await Certificates.KeysAsync(_query, CancellationToken.None));
        }
        catch (DatabaseException e)
        {
            Problem = $"{e.Message} {e.Advice}";
        }
    }

    private void ClearSelection() => _selected.Clear();

    private async Task AddAsync() => await AddCertificateDialog.ShowAsync(Dialogs, Actor);

    private async Task ChangeAsync(ChangeKind kind, IReadOnlyCollection<CaCertificateKey> keys)
    {
        if (await ChangeDialog.ShowAsync(Dialogs, kind, keys, Actor) is not ChangeOutcome.Applied)
            return;
        ClearSelection();
        await Browser.KeepFocusAsync();
    }

    private Task OpenAsync(DataGridRowClickEventArgs<CaCertificate> row) => ViewAsync(row.Item.Key);

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
