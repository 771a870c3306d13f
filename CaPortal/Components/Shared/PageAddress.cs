using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace CaPortal.Components.Shared;

/// <summary>
/// What a page keeps in its address: search, filters, order, the open drawer. So that a link shows the same again, and Back undoes it.
/// One for each circuit, used only on its dispatcher.
/// </summary>
public sealed class PageAddress : IDisposable
{
    /// <summary>The longest value, in UTF-16 code units: that of a search.</summary>
    public const int MaxLength = 200;

    private readonly NavigationManager _navigation;
    private readonly BrowserInterop _browser;
    private string _navigated;
    private string _address;

    /// <summary>Creates it.</summary>
    public PageAddress(NavigationManager navigation, BrowserInterop browser)
    {
        (_navigation, _browser, _navigated, _address) = (navigation, browser, navigation.Uri, navigation.Uri);
        navigation.LocationChanged += OnLocationChanged;
    }

    /// <summary>Raised after a link or Back has changed the address of the page that is shown.</summary>
    public event Action? Changed;

    /// <summary>Raised after a link or Back has changed the address, whichever page it is of.</summary>
    public event Action? Navigated;

    /// <summary>A parameter of the address; null where it has none, an empty one, or one that is longer than <see cref="MaxLength"/>.</summary>
    public string? this[string name] =>
        QueryHelpers.ParseQuery(new Uri(Current).Query).TryGetValue(name, out var values)
        && values is [{ Length: > 0 and <= MaxLength } value, ..]
            ? value
            : null;

    /// <summary>The newest address. A page that is being opened asks for it before the event of its navigation arrives here.</summary>
    public string Current
    {
        get
        {
            if (_navigated != _navigation.Uri)
                (_navigated, _address) = (_navigation.Uri, _navigation.Uri);
            return _address;
        }
    }

    /// <summary>Changes parameters of the address and leaves the others as they are.</summary>
    /// <param name="isStep">Back leads to the address before.</param>
    /// <param name="parameters">The parameters, and null for those to take away.</param>
    public async Task SetAsync(bool isStep, params IEnumerable<(string Name, string? Value)> parameters)
    {
        var address = _navigation.GetUriWithQueryParameters(Current, parameters.ToDictionary(p => p.Name, p => (object?)(p.Value is "" ? null : p.Value)));
        if (address == _address)
            return;
        _address = address;
        await _browser.ShowAddressAsync(address, isStep);
    }

    public void Dispose() => _navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        var isSamePage = PathOf(e.Location) == PathOf(_address);
        (_navigated, _address) = (e.Location, e.Location);
        if (isSamePage)
            Changed?.Invoke();
        Navigated?.Invoke();
    }

    private static string PathOf(string address) => new Uri(address).AbsolutePath;
}
