using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>The keys with which programs use the portal. For administrators alone.</summary>
public sealed partial class ApiKeySection
{
    private IReadOnlyList<ApiKeySummary>? _keys;
    private bool _showsRevoked;

    [Inject]
    public required ApiKeyService Keys { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private List<ApiKeySummary> Shown => [.. _keys!.Where(k => _showsRevoked || k.Status != ApiKeyStatus.Revoked)];

    protected override void Watch() => Keys.Changed += OnChanged;

    protected override void Unwatch() => Keys.Changed -= OnChanged;

    protected override async Task LoadAsync() => (_keys, Problem) = (await Keys.ListAsync(Actor, CancellationToken.None), null);

    private async Task CreateAsync() => await CreateApiKeyDialog.ShowAsync(Dialogs, Actor);

    private async Task RevokeAsync(ApiKeySummary key) => await RevokeApiKeyDialog.ShowAsync(Dialogs, key, Actor);
}
