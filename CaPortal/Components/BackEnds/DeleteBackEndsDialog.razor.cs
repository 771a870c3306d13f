using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.BackEnds;

/// <summary>Names the back-ends that are to be deleted, and asks.</summary>
public sealed partial class DeleteBackEndsDialog : IDisposable
{
    private const int MaxShown = 8;

    private readonly CancellationTokenSource _closed = new();
    private List<BackEndSummary>? _backEnds;
    private string? _problem;
    private bool _isDeleting;

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>The back-ends.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<long> Ids { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Opens the dialog.</summary>
    /// <returns>Whether they were deleted.</returns>
    public static async Task<bool> ShowAsync(IDialogService dialogs, IReadOnlyList<long> ids, Actor actor)
    {
        var dialog = await dialogs.ShowAsync<DeleteBackEndsDialog>(
            "Delete",
            new DialogParameters<DeleteBackEndsDialog> { { d => d.Ids, ids }, { d => d.Actor, actor } },
            new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, BackdropClick = false });
        return await dialog.Result is { Canceled: false };
    }

    protected override async Task OnInitializedAsync()
    {
        try
        {
            var backEnds = new List<BackEndSummary>();
            foreach (var id in Ids.Take(MaxShown))
            {
                if (await BackEnds.ViewAsync(id, _closed.Token) is { } view)
                    backEnds.Add(view.Summary);
            }

            _backEnds = backEnds;
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task DeleteAsync()
    {
        (_isDeleting, _problem) = (true, null);
        try
        {
            switch (await BackEnds.DeleteAsync(Ids, Actor, CancellationToken.None))
            {
                case BackEndOutcome.Refused refused:
                    _problem = $"{refused.Message} {refused.Advice}";
                    break;
                case BackEndOutcome.Forbidden:
                    _problem = "Your role may look, but not change. Ask an administrator. Nothing was changed.";
                    break;
                default:
                    Dialog.Close();
                    break;
            }
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }

        _isDeleting = false;
    }
}
