using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.BackEnds;

/// <summary>All about a back-end, at the side of the list: whether it is trusted, why not, what would change that, its chain.</summary>
public sealed partial class BackEndDrawer
{
    private LiveView _live = null!;
    private BackEndView? _view;
    private bool _isTesting;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>The back-end.</summary>
    [Parameter, EditorRequired]
    public long Id { get; set; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    protected override string Name => DrawerNames.Of(Id);

    private bool IsTesting => _isTesting || _view is { Summary.IsTesting: true };

    /// <summary>What is true now, where the stores have changed since the test.</summary>
    private TrustVerdict? Verdict => _view?.Summary.Verdict is null ? null : _view.Judgement.Verdict;

    /// <summary>Opens it, until it is closed.</summary>
    public static Task ShowAsync(IDialogService dialogs, long id, Actor actor) =>
        ShowAsync(dialogs, "Back-end", new DialogParameters<BackEndDrawer> { { d => d.Id, id }, { d => d.Actor, actor } });

    protected override Task OnInitializedAsync()
    {
        _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync, LiveTopics.BackEnds);
        return _live.ReloadAsync();
    }

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _view = await BackEnds.ViewAsync(Id, cancellationToken);
        _live.Problem = _view is null ? "This back-end is not in the list any more." : null;

        // The title is drawn by the dialog's frame.
        Dialog.StateHasChanged();
    }

    private async Task TestAsync()
    {
        _isTesting = true;
        try
        {
            // The test goes on when the drawer is closed.
            _live.Problem = await BackEnds.TestAsync([Id], Actor, null, CancellationToken.None) switch
            {
                BackEndOutcome.Refused refused => $"{refused.Message} {refused.Advice}",
                BackEndOutcome.Forbidden => "Your role may look, but not test. Ask an administrator.",
                _ => null,
            };
        }
        catch (DatabaseException e)
        {
            _live.Problem = ProblemText.Of(e);
        }

        _isTesting = false;
    }

    private static IEnumerable<(string Label, string Value)> Facts(BackEndView view)
    {
        yield return ("Address", view.Summary.Address.ToString());
        if (view.Summary.Address.ServerName is { } serverName)
            yield return ("Asked for", serverName);
        if (view.RemoteAddress is { } ip)
            yield return ("IP address", ip);
        if (view.Protocol is { } protocol)
            yield return ("Protocol", protocol);
        if (view.Protocol is not null)
            yield return ("Client certificate", view.AsksForClientCertificate ? "The server asks for one" : "The server does not ask for one");
        if (view.Summary.VerdictSince is { } since)
            yield return ("This verdict since", since.ToString("u"));
    }
}
