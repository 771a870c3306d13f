using System.Globalization;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>Makes an API key, and shows it once.</summary>
public sealed partial class CreateApiKeyDialog
{
    private static readonly Expiry[] Expiries = Enum.GetValues<Expiry>();

    private readonly string _formId = $"api-key-{Guid.NewGuid():N}";
    private MudTextField<string>? _nameField;
    private string _name = "";
    private Role _role = Role.Reader;
    private Expiry _expiry = Expiry.Days90;
    private DateOnly? _lastDay;
    private string? _problem;
    private bool _isSaving;
    private bool _hasFocused;
    private ApiKeyOutcome.Created? _created;

    /// <summary>For how long a key works.</summary>
    private enum Expiry
    {
        Days30 = 30,
        Days90 = 90,
        Days365 = 365,
        OnADate = 1000,
        Never,
    }

    [Inject]
    public required ApiKeyService Keys { get; init; }

    [Inject]
    public required TimeProvider Time { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    /// <summary>Opens the dialog, until it is closed.</summary>
    public static async Task ShowAsync(IDialogService dialogs, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<CreateApiKeyDialog>(
            "API key",
            new DialogParameters<CreateApiKeyDialog> { { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        await dialog.Result;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_hasFocused || _nameField is null)
            return;
        _hasFocused = true;
        await _nameField.FocusAsync();
    }

    private static string TextOf(Expiry expiry) => expiry switch
    {
        Expiry.OnADate => "On a date",
        Expiry.Never => "Never",
        _ => $"In {(int)expiry} days",
    };

    private static string EndText(ApiKeySummary key) => key.ExpiresAt is { } end
        ? $"It works until {end.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC."
        : "It works until it is revoked.";

    private DateTime? EndOf(Expiry expiry) => expiry switch
    {
        Expiry.Never => null,
        Expiry.OnADate => _lastDay?.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
        _ => Time.GetUtcNow().UtcDateTime.AddDays((int)expiry),
    };

    private async Task SaveAsync()
    {
        if (_isSaving)
            return;
        if (_expiry == Expiry.OnADate && (_lastDay is null || _lastDay == DateOnly.MaxValue))
        {
            _problem = "There is no such last day. Choose one, or another time.";
            return;
        }

        (_isSaving, _problem) = (true, null);
        try
        {
            Conclude(await Keys.CreateAsync(_name, _role, EndOf(_expiry), Actor, CancellationToken.None));
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        _isSaving = false;
    }

    private void Conclude(ApiKeyOutcome outcome)
    {
        switch (outcome)
        {
            case ApiKeyOutcome.Created created:
                _created = created;
                break;
            case ApiKeyOutcome.Refused refused:
                _problem = $"{refused.Message} {refused.Advice}";
                break;
            default:
                _problem = "Your role may look, but not change. Ask an administrator. Nothing was changed.";
                break;
        }
    }
}
