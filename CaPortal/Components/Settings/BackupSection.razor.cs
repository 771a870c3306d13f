using System.Globalization;
using CaPortal.Components.Shared;
using CaPortal.Core;
using CaPortal.Core.Access;
using CaPortal.Core.Backups;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace CaPortal.Components.Settings;

/// <summary>The backups that the portal keeps: to take one now, and to have one put back.</summary>
public sealed partial class BackupSection
{
    private const string Section = $"{CoreOptions.Section}:{nameof(CoreOptions.Backup)}";

    private LiveView _live = null!;
    private IReadOnlyList<BackupFile>? _backups;
    private RestoreReady? _waiting;
    private string? _problem;
    private bool _isWorking;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required BackupService Backups { get; init; }

    [Inject]
    public required IOptions<CoreOptions> Options { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private BackupOptions Settings => Options.Value.Backup;

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync)
            .Watch(h => Backups.Changed += h, h => Backups.Changed -= h);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            (_backups, _waiting, _live.Problem) = (Backups.List(), Backups.Waiting, null);
        }
        catch (BackupException e)
        {
            _live.Problem = $"{e.Message} {e.Advice}";
        }

        return Task.CompletedTask;
    }

    private async Task BackUpAsync()
    {
        (_isWorking, _problem) = (true, null);
        StateHasChanged();
        _problem = BackupText.ProblemOf(await Backups.BackUpAsync(Actor, CancellationToken.None));
        _isWorking = false;
    }

    private async Task CancelAsync() => _problem = BackupText.ProblemOf(await Backups.CancelRestoreAsync(Actor, CancellationToken.None));

    private async Task RestoreAsync(BackupFile backup) => await RestoreBackupDialog.ShowAsync(Dialogs, backup, Actor);

    private static string Period(TimeSpan every) => every switch
    {
        { TotalDays: 1 } => "day",
        { TotalHours: 1 } => "hour",
        _ when every.Ticks % TimeSpan.TicksPerDay == 0 => $"{every.TotalDays:N0} days",
        _ when every.Ticks % TimeSpan.TicksPerHour == 0 => $"{every.TotalHours:N0} hours",
        _ => every.ToString("g", CultureInfo.InvariantCulture),
    };
}

/// <summary>Outcomes in words.</summary>
internal static class BackupText
{
    /// <summary>When a backup was taken, to the second: there may be several of one day.</summary>
    public static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Why it was not done; null where it was.</summary>
    public static string? ProblemOf(BackupOutcome outcome) => outcome switch
    {
        BackupOutcome.Failed failed => $"{failed.Message} {failed.Advice}",
        BackupOutcome.Forbidden => "Your role may look, but not change. Ask an administrator. Nothing was changed.",
        _ => null,
    };
}
