namespace CaPortal.Components.Shared;

/// <summary>The rows of a list that are selected, to do the same with each.</summary>
/// <typeparam name="TKey">Identifies a row.</typeparam>
public sealed class Selection<TKey>
{
    private readonly HashSet<TKey> _keys = [];

    /// <summary>The keys of the selected rows.</summary>
    public IReadOnlySet<TKey> Keys => _keys;

    /// <summary>How many rows the list has; null while that is not known.</summary>
    public int? Total { get; set; }

    /// <summary>All are selected (true), none (false), or some (null).</summary>
    public bool? AllSelected => _keys.Count == 0 ? false : _keys.Count >= Total ? true : null;

    /// <summary>Selects one row, or not.</summary>
    public void Select(TKey key, bool isSelected)
    {
        if (isSelected)
            _keys.Add(key);
        else
            _keys.Remove(key);
    }

    /// <summary>Selects all rows where none is selected, and otherwise none.</summary>
    /// <param name="readKeys">Reads the keys of all rows, also of those that are not in view; null when they cannot be read.</param>
    public async Task SelectAllAsync(Func<Task<IReadOnlyList<TKey>?>> readKeys)
    {
        var select = _keys.Count == 0;
        Clear();
        if (select && await readKeys() is { } keys)
            _keys.UnionWith(keys);
    }

    /// <summary>Selects none.</summary>
    public void Clear() => _keys.Clear();

    /// <summary>Removes the rows that somebody else has deleted or moved.</summary>
    public void KeepOnly(IEnumerable<TKey> existing) => _keys.IntersectWith(existing);
}
