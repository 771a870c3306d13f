using CaPortal.Components.Shared;
using CaPortal.Core.Programs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Programs;

/// <summary>The programs that run on this machine now, and whether they notice the CA certificates.</summary>
public sealed partial class RunningProgramsSection : IDisposable
{
    private const int MaxShown = 100;

    private LiveView _live = null!;
    private RunningProgramsReport? _report;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required RunningPrograms Programs { get; init; }

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.Verification);

        // Not for the page that is drawn ahead of the connection: a look takes a moment.
        return RendererInfo.IsInteractive ? _live.ReloadAsync() : Task.CompletedTask;
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken) => (_report, _live.Problem) = (await Programs.LookAsync(cancellationToken), null);

    private static string TextOf(RunningProgramState state) => state switch
    {
        RunningProgramState.Trusts => "Trusts them",
        RunningProgramState.NeedsReload => "Must be reloaded",
        RunningProgramState.ReadsAnotherList => "Reads another list",
        RunningProgramState.NothingToTrust => "Nothing to trust yet",
        _ => "Not known",
    };

    private static string IconOf(RunningProgramState state) => state switch
    {
        RunningProgramState.Trusts => Icons.Material.Filled.CheckCircle,
        RunningProgramState.NeedsReload => Icons.Material.Filled.Autorenew,
        RunningProgramState.ReadsAnotherList => Icons.Material.Filled.Error,
        _ => Icons.Material.Outlined.HelpOutline,
    };

    private static string CountOf(RunningProgram program) => program switch
    {
        { Total: 0 } => "there are none yet",
        { Missing: null } => "not known",
        { Missing: 0 } => $"all {program.Total:N0} are in it",
        _ => $"{program.Missing:N0} of {program.Total:N0} are not in it",
    };

    private static string ListOf(RunningProgram program) =>
        $"{program.List ?? program.ListTitle ?? "not known"}{(program.Beside is { } beside ? $" and {beside}" : "")}"
        + (program is { IsInContainer: true, List: not null } ? " in its container" : "");
}
