using CaPortal.Core.Activity;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Shared;

/// <summary>A component that shows what is true now: it loads again whenever anybody changes something.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private bool _isDisposed;
    private bool _isReloading;
    private bool _isOutdated;

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    [Inject]
    public required ActivityService Activities { get; init; }

    /// <summary>Why there is nothing to show; null where there is.</summary>
    protected string? Problem { get; set; }

    /// <summary>It shows when the trust stores were last looked at, and so changes with each look.</summary>
    protected virtual bool ShowsVerification => false;

    /// <summary>It shows back-ends, and so changes with their list and their verdicts.</summary>
    protected virtual bool ShowsBackEnds => false;

    /// <summary>It shows the activity log, and so changes with each entry.</summary>
    protected virtual bool ShowsActivity => false;

    /// <summary>Loads what is shown. A database that cannot be used becomes <see cref="Problem"/>.</summary>
    protected abstract Task LoadAsync();

    /// <summary>Begins to hear of changes that only this component shows, by <see cref="OnChanged"/>.</summary>
    protected virtual void Watch()
    {
    }

    /// <summary>Ends what <see cref="Watch"/> began.</summary>
    protected virtual void Unwatch()
    {
    }

    protected override async Task OnInitializedAsync()
    {
        Certificates.Changed += OnChanged;
        if (ShowsVerification)
            Machine.Verified += OnChanged;
        if (ShowsBackEnds)
            BackEnds.Changed += OnChanged;
        if (ShowsActivity)
            Activities.Changed += OnChanged;
        Watch();
        await ReloadAsync();
    }

    public void Dispose()
    {
        _isDisposed = true;
        Certificates.Changed -= OnChanged;
        Machine.Verified -= OnChanged;
        BackEnds.Changed -= OnChanged;
        Activities.Changed -= OnChanged;
        Unwatch();
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

    /// <summary>What it shows has changed.</summary>
    protected void OnChanged() => _ = InvokeAsync(ShowChangeAsync);

    /// <summary>Nothing awaits it, so that it passes an error on to the page itself.</summary>
    private async Task ShowChangeAsync()
    {
        try
        {
            await CatchUpAsync();
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    /// <summary>Many changes that come at once, as when all back-ends are tested, are loaded together.</summary>
    private async Task CatchUpAsync()
    {
        _isOutdated = true;
        if (_isReloading)
            return;
        _isReloading = true;
        try
        {
            while (_isOutdated)
            {
                _isOutdated = false;
                await ReloadAsync();
            }
        }
        finally
        {
            _isReloading = false;
        }
    }
}
