using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>The keys with which programs use the portal. Only administrators see them.</summary>
public sealed partial class ApiKeySection
{
    private LiveView _live = null!;
    private IReadOnlyList<ApiKeySummary>? _keys;
    private bool _showsRevoked;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required ApiKeyService Keys { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private List<ApiKeySummary> Shown => [.. _keys!.Where(k => _showsRevoked || k.Status != ApiKeyStatus.Revoked)];

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync)
            .Watch(h => Keys.Changed += h, h => Keys.Changed -= h);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_keys, _live.Problem) = (await Keys.ListAsync(Actor, cancellationToken), null);

    private async Task CreateAsync() => await CreateApiKeyDialog.ShowAsync(Dialogs, Actor);

    private async Task RevokeAsync(ApiKeySummary key) => await RevokeApiKeyDialog.ShowAsync(Dialogs, key, Actor);
}
