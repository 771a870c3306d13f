using CaPortal.Core.Access;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>A list of which some or all rows can be selected, to do the same with each.</summary>
/// <typeparam name="TKey">What a row is known by.</typeparam>
public abstract class SelectableList<TKey> : LiveComponent
{
    [Inject]
    public required IDialogService Dialogs { get; init; }

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [CascadingParameter]
    public required Actor Actor { get; set; }

    protected HashSet<TKey> Selected { get; } = [];

    /// <summary>How many rows there are; null while that is not known.</summary>
    protected int? Total { get; set; }

    protected bool? AllSelected => Selected.Count == 0 ? false : Selected.Count >= Total ? true : null;

    /// <summary>The keys of all rows, those that were not fetched too.</summary>
    protected abstract Task<IReadOnlyList<TKey>> KeysAsync();

    protected void Select(TKey key, bool isSelected)
    {
        if (isSelected)
            Selected.Add(key);
        else
            Selected.Remove(key);
    }

    protected async Task SelectAllAsync(bool? _)
    {
        var select = Selected.Count == 0;
        ClearSelection();
        if (select && await TryAsync(KeysAsync) is { } keys)
            Selected.UnionWith(keys);
    }

    protected void ClearSelection() => Selected.Clear();

    /// <summary>What an action finds; null where the database cannot be used, which becomes the problem that is shown.</summary>
    protected async Task<T?> TryAsync<T>(Func<Task<T>> action)
        where T : class
    {
        try
        {
            return await action();
        }
        catch (DatabaseException e)
        {
            Problem = $"{e.Message} {e.Advice}";
            return null;
        }
    }
}
