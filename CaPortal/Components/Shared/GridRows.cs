using CaPortal.Core.Data;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>The rows of a grid, which are read in parts as it is scrolled.</summary>
/// <typeparam name="TRow">A row.</typeparam>
/// <typeparam name="TKey">Identifies a row.</typeparam>
/// <param name="live">Keeps the page up to date.</param>
/// <param name="selection">The selected rows.</param>
public sealed class GridRows<TRow, TKey>(LiveView live, Selection<TKey> selection)
{
    private const int MaxInView = 12;

    private bool _hasRows;
    private int _reads;

    /// <summary>Reads a part of the rows.</summary>
    public required Func<GridStateVirtualize<TRow>, Task<GridData<TRow>>> Read { get; init; }

    /// <summary>Reads the keys of all rows, also of those that are not in view.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<TKey>>> ReadKeys { get; init; }

    /// <summary>Counts the rows without search and filters.</summary>
    public required Func<CancellationToken, Task<int>> Count { get; init; }

    /// <summary>The grid, where there is one.</summary>
    public MudDataGrid<TRow>? Grid { get; set; }

    /// <summary>What lies in place of the first rows.</summary>
    public ListSkeleton? Skeleton { get; set; }

    /// <summary>How many rows are still to come for the first time, as far as they are in view.</summary>
    public int Coming => _hasRows ? 0 : Math.Min(selection.Total ?? MaxInView, MaxInView);

    /// <summary>Reads again what is in view.</summary>
    public async Task ReloadAsync()
    {
        if (selection.Keys.Count > 0)
            selection.KeepOnly(await ReadKeys(live.Lifetime));

        // There is no grid at first, and none while the list is empty.
        if (Grid is null)
            (selection.Total, live.Problem) = (await Count(live.Lifetime), null);
        else
            await Grid.ReloadServerData();
    }

    /// <summary>Reads again after search or filters have changed.</summary>
    public async Task ApplyFiltersAsync()
    {
        selection.Clear();
        if (Grid is not null)
            await Grid.ReloadServerData();
    }

    /// <summary>Selects all rows where none is selected, and otherwise none.</summary>
    public Task SelectAllAsync() => selection.SelectAllAsync(() => live.TryAsync(ReadKeys));

    /// <summary>What the grid calls for a part of the rows.</summary>
    public async Task<GridData<TRow>> LoadAsync(GridStateVirtualize<TRow> state, CancellationToken _)
    {
        var read = ++_reads;
        try
        {
            // Not cancelled with the grid's own token: it takes a cancelled load for a failure or an empty list, and the query is short.
            var rows = await Read(state);
            if (read != _reads)
                return rows;
            var isNews = selection.Total != rows.TotalItems || live.Problem is not null;
            (selection.Total, live.Problem) = (rows.TotalItems, null);
            EndSkeleton();

            // What is around the grid does not wait for it.
            if (isNews)
                live.Draw();
            return rows;
        }
        catch (DatabaseException e)
        {
            live.Fail(e);
            EndSkeleton();
            live.Draw();
            return Nothing();
        }
        catch (OperationCanceledException) when (live.Lifetime.IsCancellationRequested)
        {
            return Nothing();
        }
    }

    private static GridData<TRow> Nothing() => new() { Items = [], TotalItems = 0 };

    private void EndSkeleton()
    {
        _hasRows = true;
        Skeleton?.End();
    }
}
