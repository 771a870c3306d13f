using CaPortal.Components.Shared;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Programs;

/// <summary>The programs of this machine: which trust the certificates, and what the others need.</summary>
public sealed partial class ProgramsPage
{
    private LiveView _live = null!;
    private TrustStoreOverview? _overview;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Verification);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_overview, _live.Problem) = (await Machine.TrustStoresAsync(cancellationToken), null);

    private static string IdOf(ConsumerSupport support) => $"programs-{support.ToString().ToLowerInvariant()}";

    private static string TitleOf(ConsumerSupport support) => support switch
    {
        ConsumerSupport.Nothing => "Nothing to do",
        ConsumerSupport.Configuration => "Need a setting",
        _ => "Not served yet",
    };

    private string LeadOf(ConsumerSupport support) => support switch
    {
        ConsumerSupport.Nothing when ClientGuides.SummaryOf(_overview!).Account is { } account =>
            $"Programs of the account {account} trust the certificates without a setting.",
        ConsumerSupport.Nothing => "These programs trust the certificates without a setting.",
        ConsumerSupport.Configuration => "Copy the lines, and replace back-end.example with the name of your server.",
        _ => "No trust store in use reaches their list. Turn on the one that is named, in Settings.",
    };
}
