using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Shared;

/// <summary>Says from which address an issuer can be fetched, and fetches it when asked to.</summary>
public sealed partial class IssuerOffer : IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private bool _isFetching;
    private string? _problem;

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>The issuer; see <see cref="TrustFixSource.IssuerAddress"/>.</summary>
    [Parameter, EditorRequired]
    public required TrustFix Fix { get; set; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    /// <summary>Called with what was fetched.</summary>
    [Parameter, EditorRequired]
    public EventCallback<UploadedFile> OnFetched { get; set; }

    /// <summary>It is the one thing to do here.</summary>
    [Parameter]
    public bool IsMain { get; set; }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    private async Task FetchAsync()
    {
        // The button stays enabled: a disabled one would lose the focus.
        if (_isFetching)
            return;
        (_isFetching, _problem) = (true, null);
        IssuerFetch? fetched = null;
        try
        {
            fetched = await BackEnds.FetchIssuerAsync(Fix.IssuerOf!, Fix.Urls, Actor, _closed.Token);
            _problem = fetched is null ? "Your role may look, but not fetch. Ask an administrator." : DisplayText.Visible(fetched.Problem ?? "");
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            return; // The dialog is closed.
        }

        _isFetching = false;
        if (fetched?.Content is not { } content)
            return;
        _problem = null;
        await OnFetched.InvokeAsync(new UploadedFile($"from {DisplayText.Shorten(fetched.Url ?? "", 200)}", content));
    }
}
