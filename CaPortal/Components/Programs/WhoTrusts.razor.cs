using CaPortal.Components.Shared;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Programs;

/// <summary>Which programs trust the CA certificates on this machine, which need a setting first, and which are not served.</summary>
public sealed partial class WhoTrusts : IDisposable
{
    private LiveView _live = null!;
    private ConsumerSummary? _summary;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    /// <summary>There are no certificates yet: it says who will trust them.</summary>
    [Parameter]
    public bool IsAhead { get; set; }

    /// <summary>What is said is on the page that the link leads to.</summary>
    [Parameter]
    public bool HidesLink { get; set; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _summary = ClientGuides.SummaryOf(await Machine.TrustStoresAsync(cancellationToken));
        }
        catch (DatabaseException)
        {
            // What it is a part of says so.
        }
    }

    private string NowText(ConsumerSummary summary) => summary switch
    {
        { ByThemselves: [] } => "No program trusts a root without a setting.",
        { Account: { } account } => $"{Trusted} {string.Join(", ", summary.ByThemselves)} programs of the account {account}.",
        _ => $"{Trusted} {string.Join(", ", summary.ByThemselves)} on this machine.",
    };

    // They read their list once.
    private static string? Restarting(ConsumerSummary summary) =>
        summary.ByThemselves.Where(p => p is "Go" or "Java").ToList() is { Count: > 0 } once
            ? $"Start running programs of {string.Join(" and ", once)} again: they read their list once."
            : null;

    private string Trusted => IsAhead ? "Roots are trusted at once by" : "Roots are trusted now by";
}
