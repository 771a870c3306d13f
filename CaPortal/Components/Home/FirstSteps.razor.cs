using CaPortal.Components.Shared;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Nodes;
using CaPortal.Core.Programs;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Home;

/// <summary>
/// The way from an empty list to a call that works, each step ticked by what is true. It is gone for good in a browser in which
/// somebody closed it, and where all is done before it is seen.
/// </summary>
public sealed partial class FirstSteps : IDisposable
{
    private const string Memory = "first-steps.closed";
    private const string CertificateText = "The CA that the certificates of your back-ends come from: a file, a text, or straight from a server.";

    private readonly CancellationTokenSource _closed = new();
    private CancellationToken _lifetime;
    private bool? _isDismissed;
    private bool _isSeen;
    private bool _isAsked;
    private bool _isTrusted;
    private long _askedRevision = -1;
    private ConsumerSummary? _summary;

    [Inject]
    public required BrowserInterop Browser { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [Inject]
    public required RunningPrograms Programs { get; init; }

    /// <summary>What is true now.</summary>
    [Parameter, EditorRequired]
    public required Overview Overview { get; set; }

    /// <summary>Adds a CA certificate.</summary>
    [Parameter, EditorRequired]
    public EventCallback AddCertificate { get; set; }

    /// <summary>Adds a back-end.</summary>
    [Parameter, EditorRequired]
    public EventCallback AddBackEnd { get; set; }

    private bool HasCertificates => Overview.Roots + Overview.Intermediates > 0;

    private bool HasTrustedBackEnd => Overview.TrustedBackEnds > 0;

    private bool IsDone => HasCertificates && _isTrusted && HasTrustedBackEnd;

    /// <summary>Where nothing was ever done it is certainly to be seen, also before the browser and the machine have been asked.</summary>
    private bool IsShown => _isDismissed != true && (_isSeen || (_isAsked ? !IsDone : Overview is { Revision: 0, BackEnds: 0 }));

    private IEnumerable<Step> Steps =>
    [
        new("Add your CA", HasCertificates, CertificateText, AddCertificateButton),
        new("Let your programs use it", HasCertificates && _isTrusted, ProgramsText, ProgramsLink),
        new("Add a back-end and see it trusted", HasTrustedBackEnd, BackEndText, AddBackEndButton),
    ];

    private string ProgramsText => _summary switch
    {
        { Account: null, ByThemselves.Count: > 0 } summary => $"{string.Join(", ", summary.ByThemselves)} programs on this machine need nothing.",
        { Account: { } account, ByThemselves.Count: > 0 } summary =>
            $"{string.Join(", ", summary.ByThemselves)} programs of the account {account} need nothing. Others need one setting.",
        _ => "Most programs need one setting that names the list.",
    };

    private string BackEndText => (Overview.BackEnds, HasTrustedBackEnd) switch
    {
        (_, true) => "CaPortal goes on testing them, and says so when one is not trusted any more.",
        (0, _) => "A TLS server that your programs call. CaPortal makes a real handshake and says why it is refused.",
        _ => $"{Counted.Of(Overview.BackEnds, "back-end is", "back-ends are")} in the list, and none is trusted yet. Open one to see why and what helps.",
    };

    protected override void OnInitialized() => _lifetime = _closed.Token;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _isDismissed = await Browser.RecallAsync(Memory) is not null;
            if (_lifetime.IsCancellationRequested)
                return;
            StateHasChanged();
        }

        if (_isDismissed == false && _askedRevision != Overview.Revision)
            await AskAsync();
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <summary>Asks the machine, which takes longer than to draw the page, after each change of the list.</summary>
    private async Task AskAsync()
    {
        var revision = _askedRevision = Overview.Revision;
        try
        {
            var summary = ClientGuides.SummaryOf(await Machine.TrustStoresAsync(_lifetime));
            var isTrusted = HasCertificates && (summary is { Account: null, ByThemselves.Count: > 0 } || await IsTrustedByOneAsync());

            // Another one may have been asked meanwhile, and have been faster.
            if (revision != _askedRevision)
                return;
            (_summary, _isTrusted, _isAsked) = (summary, isTrusted, true);
        }
        catch (DatabaseException)
        {
            // The page says so, and is drawn again when the database can be used.
            _askedRevision = -1;
            return;
        }
        catch (OperationCanceledException) when (_lifetime.IsCancellationRequested)
        {
            return;
        }

        _isSeen |= !IsDone;
        if (IsDone && !_isSeen)
            await DismissAsync();
        StateHasChanged();
    }

    private async Task<bool> IsTrustedByOneAsync() =>
        (await Programs.LookAsync(_lifetime)).Programs.Any(p => p.State == RunningProgramState.Trusts);

    private async Task DismissAsync()
    {
        _isDismissed = true;
        await Browser.RememberAsync(Memory, "1");
    }

    private sealed record Step(string Title, bool IsDone, string Text, RenderFragment Action);
}
