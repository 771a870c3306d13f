using CaPortal.Components.Shared;
using CaPortal.Core.Activity;
using CaPortal.Core.TrustStores;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>The last entries about one certificate.</summary>
public sealed partial class CertificateActivity
{
    private const int MaxShown = 10;

    private LiveView _live = null!;
    private IReadOnlyList<ActivityRecord>? _entries;
    private IReadOnlyDictionary<string, string> _trustStores = new Dictionary<string, string>();

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ActivityService Activities { get; init; }

    [Inject]
    public required TrustStoreSelection TrustStores { get; init; }

    /// <summary>The certificate's SHA-256, 64 lower-case hexadecimal digits.</summary>
    [Parameter, EditorRequired]
    public required string Sha256 { get; set; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Activity);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _trustStores = TrustStores.Enabled.ToDictionary(s => s.Name, s => s.Title);
        _entries = (await Activities.ListAsync(new ActivityQuery { Sha256 = Sha256, OnlyNoteworthy = true, Top = MaxShown }, cancellationToken)).Entries;
        _live.Problem = null;
    }
}
