namespace CaPortal.Components.Shared;

/// <summary>The drawers that are open, the newest on top. The page's address has the one on top. One for each circuit.</summary>
public sealed class OpenDrawers : IDisposable
{
    private const string Parameter = "open";

    private readonly PageAddress _address;
    private readonly List<(string Name, Action Close)> _open = [];

    /// <summary>Creates it.</summary>
    public OpenDrawers(PageAddress address)
    {
        _address = address;
        address.Navigated += OnNavigated;
    }

    /// <summary>Raised when the address has a drawer that is not open.</summary>
    public event Action? IsWanted;

    /// <summary>The drawer that the address has and that is not open; null if there is none.</summary>
    public string? Wanted => _address[Parameter] is { } name && !_open.Exists(o => o.Name == name) ? name : null;

    /// <summary>A drawer has opened.</summary>
    /// <param name="name">What it shows.</param>
    /// <param name="close">Closes it.</param>
    public Task EnterAsync(string name, Action close)
    {
        _open.Add((name, close));
        return _address.SetAsync(isStep: true, (Parameter, name));
    }

    /// <summary>A drawer was closed.</summary>
    public Task LeaveAsync(string name)
    {
        if (_open.FindLastIndex(o => o.Name == name) is >= 0 and var index)
            _open.RemoveAt(index);
        return _address[Parameter] == name ? _address.SetAsync(isStep: false, (Parameter, _open.LastOrDefault().Name)) : Task.CompletedTask;
    }

    public void Dispose() => _address.Navigated -= OnNavigated;

    private void OnNavigated()
    {
        var name = _address[Parameter];
        foreach (var (_, close) in Enumerable.Reverse(_open).TakeWhile(o => o.Name != name).ToList())
            close();
        if (Wanted is not null)
            IsWanted?.Invoke();
    }
}
