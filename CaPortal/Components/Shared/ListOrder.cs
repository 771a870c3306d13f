using MudBlazor;

namespace CaPortal.Components.Shared;

/// <summary>The order of a list, which the page's address keeps: <c>sort=expiry</c>, <c>sort=-expiry</c> for the last first.</summary>
/// <typeparam name="TSort">What the list can be sorted by.</typeparam>
public sealed class ListOrder<TSort>
    where TSort : struct, Enum
{
    private const string Parameter = "sort";

    private readonly PageAddress _address;
    private readonly TSort _usual;
    private (TSort Sort, bool IsDescending) _initial;
    private bool _isTaken;

    /// <summary>Reads the order from the address.</summary>
    /// <param name="address">The page's address.</param>
    /// <param name="usual">The order where the address has none; it is not written there.</param>
    public ListOrder(PageAddress address, TSort usual)
    {
        (_address, _usual) = (address, usual);
        var name = address[Parameter];
        var isDescending = name is ['-', ..];
        _initial = KebabCase.Parse<TSort>(isDescending ? name![1..] : name) is { } sort ? (sort, isDescending) : (usual, false);
        (Sort, IsDescending) = _initial;
    }

    /// <summary>What the list is sorted by.</summary>
    public TSort Sort { get; private set; }

    /// <summary>Last first.</summary>
    public bool IsDescending { get; private set; }

    /// <summary>How a column begins, which sorts by <paramref name="sort"/>.</summary>
    public SortDirection DirectionOf(TSort sort) =>
        !sort.Equals(_initial.Sort) ? SortDirection.None
        : _initial.IsDescending ? SortDirection.Descending
        : SortDirection.Ascending;

    /// <summary>A new grid is drawn, which begins with the order of the one before.</summary>
    public void BeginAgain() => (_initial, _isTaken) = ((Sort, IsDescending), false);

    /// <summary>Takes the order that the grid has; the grid asks for rows once before its columns have given it theirs.</summary>
    /// <param name="sort">What it sorts by; null for nothing.</param>
    /// <param name="isDescending">Last first.</param>
    public Task TakeAsync(TSort? sort, bool isDescending)
    {
        if (sort is null && !_isTaken)
            return Task.CompletedTask;
        _isTaken = true;
        (Sort, IsDescending) = (sort ?? _usual, isDescending);
        var isUsual = Sort.Equals(_usual) && !IsDescending;
        return _address.SetAsync(isStep: false, (Parameter, isUsual ? null : $"{(IsDescending ? "-" : "")}{KebabCase.Of(Sort)}"));
    }
}
