using CaPortal.Components.Certificates;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.BackEnds;

/// <summary>The list of back-ends with what their last tests found. It is read in parts as it is scrolled.</summary>
public sealed partial class BackEndsPage
{
    private static readonly Dictionary<string, object> _tableAttributes = new() { ["aria-label"] = "Back-ends" };

    /// <summary>Rows stay in the order in which they were read: the grid would sort those that it has once more.</summary>
    private static readonly Func<BackEndSummary, object> _asRead = static _ => 0;

    private static readonly Dictionary<string, BackEndSort> _sorts = new()
    {
        ["Name"] = BackEndSort.Name,
        ["Address"] = BackEndSort.Address,
        ["Verdict"] = BackEndSort.Verdict,
        ["Anchor"] = BackEndSort.Anchor,
        ["ExpiresAt"] = BackEndSort.Expiry,
        ["CheckedAt"] = BackEndSort.CheckedAt,
    };

    private readonly Selection<long> _selection = new();
    private LiveView _live = null!;
    private GridRows<BackEndSummary, long> _rows = null!;
    private TestRuns? _tests;
    private RowMenu<BackEndSummary>? _menu;
    private BackEndQuery _query = new();
    private string? _search;
    private BackEndFilter? _filter;
    private ListOrder<BackEndSort> _order = null!;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required PageAddress Address { get; init; }

    [Inject]
    public required ISnackbar Snackbar { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    /// <summary>A back-end whose details are shown at once.</summary>
    [SupplyParameterFromQuery]
    private long? Show { get; set; }

    private bool IsFiltered => !string.IsNullOrWhiteSpace(_search) || _filter is not null;

    private bool IsEmpty => _selection.Total == 0 && !IsFiltered && _live.Problem is null;

    protected override Task OnInitializedAsync()
    {
        Address.Changed += OnAddressChanged;
        ReadAddress();
        _order = new ListOrder<BackEndSort>(Address, BackEndSort.Verdict);
        _tests = new TestRuns(BackEnds);
        _live = Updates.For(_ => _rows.ReloadAsync(), StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.BackEnds);
        _rows = new GridRows<BackEndSummary, long>(_live, _selection) { Read = ReadAsync, ReadKeys = KeysAsync, Count = CountAsync };
        return _live.ReloadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && Show is { } shown && Address["open"] is null)
            await ViewAsync(shown);
    }

    public void Dispose()
    {
        Address.Changed -= OnAddressChanged;
        _tests?.Dispose();
        _live.Dispose();
    }

    private Task<IReadOnlyList<long>> KeysAsync(CancellationToken cancellationToken) => BackEnds.IdsAsync(_query, cancellationToken);

    private async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await BackEnds.ListAsync(new BackEndQuery { Top = 1 }, cancellationToken)).Count;

    private async Task<GridData<BackEndSummary>> ReadAsync(GridStateVirtualize<BackEndSummary> state)
    {
        var sort = state.SortDefinitions.FirstOrDefault();
        var taken = _live.Lifetime.IsCancellationRequested
            ? Task.CompletedTask
            : _order.TakeAsync(sort is null ? null : _sorts[sort.SortBy], sort?.Descending ?? false);
        _query = new BackEndQuery
        {
            Search = _search,
            Filter = _filter,
            Sort = _order.Sort,
            Descending = _order.IsDescending,
            Skip = state.StartIndex,
            Top = state.Count,
        };
        var page = await BackEnds.ListAsync(_query, _live.Lifetime);
        await taken;
        return new GridData<BackEndSummary> { Items = page.BackEnds, TotalItems = page.Count };
    }

    private static string NameOf(BackEndSummary backEnd) => DisplayText.Shorten(backEnd.Name);

    private static string AddressTitle(BackEndAddress address) =>
        DisplayText.Shorten(address.ServerName is null ? address.ToString() : $"{address}, asked for {address.ServerName}", 300);

    private void ReadAddress() => (_search, _filter) = (Address["search"], FilterTitles.For(Address["verdict"]));

    private void OnAddressChanged()
    {
        var before = (_search, _filter);
        ReadAddress();
        if ((_search, _filter) == before)
            return;
        StateHasChanged();
        _ = InvokeAsync(_rows.ApplyFiltersAsync);
    }

    private Task SearchAsync(string? search) => FilterAsync(string.IsNullOrEmpty(search) ? null : search, _filter);

    private Task FilterVerdictAsync(BackEndFilter? filter) => FilterAsync(_search, filter);

    private Task ClearFiltersAsync() => FilterAsync(null, null);

    private async Task FilterAsync(string? search, BackEndFilter? filter)
    {
        (_search, _filter) = (search, filter);

        // First, because another page may be opened until the rows are there.
        var written = Address.SetAsync(isStep: false, ("search", search), ("verdict", filter is { } chosen ? FilterTitles.NameOf(chosen) : null));
        await _rows.ApplyFiltersAsync();
        await written;
    }

    private async Task AddAsync()
    {
        if (await BackEndDialog.ShowAsync(Dialogs, null, Actor) is { Count: > 0 } added)
            await TestAsync(added);
    }

    private async Task EditAsync(BackEndSummary backEnd)
    {
        if (await BackEndDialog.ShowAsync(Dialogs, backEnd, Actor) is { Count: > 0 } changed)
            await TestAsync(changed);
    }

    private async Task DeleteAsync(IReadOnlyList<long> ids)
    {
        if (!await DeleteBackEndsDialog.ShowAsync(Dialogs, ids, Actor))
            return;
        _selection.Clear();
    }

    private async Task TestAllAsync()
    {
        if (await _live.TryAsync(KeysAsync) is { } ids)
            await TestAsync(ids);
    }

    private async Task TestAsync(IReadOnlyCollection<long> ids)
    {
        _selection.Clear();
        var running = _tests!.RunAsync(ids, Actor);
        StateHasChanged();
        if (await _live.TryAsync(_ => running) is not { } result)
            return;
        if (result.Outcome is BackEndOutcome.Refused refused)
            Snackbar.Add($"{refused.Message} {refused.Advice}", Severity.Error);
        else if (result.Outcome is BackEndOutcome.Forbidden)
            Snackbar.Add("Your role may look, but not test. Ask an administrator.", Severity.Error);
        else
            Snackbar.Add(result.Summary, result.Trusted == result.Tested.Count && !result.IsCancelled ? Severity.Success : Severity.Warning);
    }

    private Task ViewAsync(long id) => BackEndDrawer.ShowAsync(Dialogs, id, Actor);

    private async Task ViewAnchorAsync(BackEndAnchor anchor)
    {
        if (await _live.TryAsync(token => Certificates.FindAsync(anchor.Sha256, token)) is not { } managed)
            return;
        if (managed.OrderBy(c => c.Key.Store).FirstOrDefault() is { } certificate)
            await CertificateDrawer.ShowAsync(Dialogs, certificate.Key);
        else
            await UnmanagedDrawer.ShowAsync(Dialogs, new CaCertificateKey(CaStore.Root, anchor.Sha256));
    }
}
