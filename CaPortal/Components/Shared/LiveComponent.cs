using CaPortal.Core.Data;
using CaPortal.Core.Management;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Shared;

/// <summary>A component that shows what is true now: it loads again whenever anybody changes something.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private bool _isDisposed;

    [Inject]
    public required CaCertificateService Certificates { get; init; }

    /// <summary>Why there is nothing to show; null where there is.</summary>
    protected string? Problem { get; set; }

    /// <summary>It shows when the trust stores were last looked at, and so changes with each look.</summary>
    protected virtual bool ShowsVerification => false;

    /// <summary>Loads what is shown. A database that cannot be used becomes <see cref="Problem"/>.</summary>
    protected abstract Task LoadAsync();

    protected override async Task OnInitializedAsync()
    {
        Certificates.Changed += OnChanged;
        if (ShowsVerification)
            Certificates.Verified += OnChanged;
        await ReloadAsync();
    }

    public void Dispose()
    {
        _isDisposed = true;
        Certificates.Changed -= OnChanged;
        Certificates.Verified -= OnChanged;
        GC.SuppressFinalize(this);
    }

    protected async Task ReloadAsync()
    {
        if (_isDisposed)
            return;
        try
        {
            await LoadAsync();
        }
        catch (DatabaseException e)
        {
            Problem = $"{e.Message} {e.Advice}";
        }

        StateHasChanged();
    }

    private void OnChanged() => _ = InvokeAsync(ReloadAsync);
}
