using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>Names the API key that is to be revoked, and asks.</summary>
public sealed partial class RevokeApiKeyDialog
{
    private string? _problem;
    private bool _isRevoking;

    [Inject]
    public required ApiKeyService Keys { get; init; }

    /// <summary>The key.</summary>
    [Parameter, EditorRequired]
    public required ApiKeySummary Key { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, ApiKeySummary key, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<RevokeApiKeyDialog>(
            "Revoke",
            new DialogParameters<RevokeApiKeyDialog> { { d => d.Key, key }, { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, BackdropClick = false });
        await dialog.Result;
    }

    private async Task RevokeAsync()
    {
        (_isRevoking, _problem) = (true, null);
        try
        {
            if (await Keys.RevokeAsync(Key.Id, Actor, CancellationToken.None) is ApiKeyOutcome.Forbidden)
                _problem = "Your role may look, but not change. Ask an administrator. Nothing was changed.";
            else
                Dialog.Close();
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        _isRevoking = false;
    }
}
