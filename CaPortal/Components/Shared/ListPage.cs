using CaPortal.Core.Data;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>A page with a list that is fetched in parts as it is scrolled.</summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <typeparam name="TKey">What a row is known by.</typeparam>
public abstract class ListPage<TRow, TKey> : SelectableList<TKey>
{
    private const int MaxInView = 12;

    private bool _hasRows;

    protected MudDataGrid<TRow>? Grid { get; set; }

    protected ListSkeleton? Skeleton { get; set; }

    /// <summary>Rows are searched for or filtered.</summary>
    protected abstract bool IsFiltered { get; }

    /// <summary>False where something else is shown in place of the grid.</summary>
    protected virtual bool ShowsGrid => true;

    /// <summary>How many rows are still to come for the first time, as far as they are in view.</summary>
    protected int ComingRows => _hasRows ? 0 : Math.Min(Total ?? MaxInView, MaxInView);

    protected bool IsEmpty => Total == 0 && !IsFiltered && Problem is null;

    /// <summary>How many rows there are without search and filters.</summary>
    protected abstract Task<int> CountAsync();

    /// <summary>Reads a part of the list.</summary>
    protected abstract Task<GridData<TRow>> ReadAsync(GridStateVirtualize<TRow> state);

    protected override async Task LoadAsync()
    {
        // What somebody else deleted or moved is not selected any more.
        if (Selected.Count > 0)
            Selected.IntersectWith(await KeysAsync());

        // There is no grid yet at first, where the list was empty, and where something else is shown.
        if (!ShowsGrid)
            Problem = null;
        else if (Grid is null)
            (Total, Problem) = (await CountAsync(), null);
        else
            await Grid.ReloadServerData();
    }

    protected async Task<GridData<TRow>> LoadRowsAsync(GridStateVirtualize<TRow> state, CancellationToken _)
    {
        try
        {
            // Not cancelled: the grid takes a cancelled load for a failure or an empty list, and the query is short.
            var rows = await ReadAsync(state);
            var isNews = Total != rows.TotalItems || Problem is not null;
            (Total, Problem) = (rows.TotalItems, null);
            EndSkeleton();
            if (isNews)
                ShowNews();
            return rows;
        }
        catch (DatabaseException e)
        {
            Problem = $"{e.Message} {e.Advice}";
            EndSkeleton();
            ShowNews();
            return new GridData<TRow> { Items = [], TotalItems = 0 };
        }
    }

    protected async Task FilteredAsync()
    {
        ClearSelection();
        if (Grid is not null)
            await Grid.ReloadServerData();
    }

    private void EndSkeleton()
    {
        _hasRows = true;
        Skeleton?.End();
    }

    /// <summary>Draws what is around the grid, which does not wait for it.</summary>
    private void ShowNews() => _ = InvokeAsync(StateHasChanged);
}
