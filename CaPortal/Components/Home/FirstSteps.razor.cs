using CaPortal.Components.Shared;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Monitoring;
using CaPortal.Core.Nodes;
using CaPortal.Core.Programs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

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
    private bool? _isDismissed;
    private bool _isSeen;
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

    /// <summary>Where nothing was ever changed it is certainly to be seen, also before the browser has said what it remembers.</summary>
    private bool IsShown => _isDismissed switch
    {
        true => false,
        false => _isSeen || !IsDone,
        null => Overview is { Revision: 0, BackEnds: 0 },
    };

    private IEnumerable<Step> Steps =>
    [
        new("Add your CA", HasCertificates, CertificateText, AddCertificateButton),
        new("Let your programs use it", HasCertificates && _isTrusted, ProgramsText, ProgramsLink),
        new("Add a back-end and see it trusted", HasTrustedBackEnd, BackEndText, AddBackEndButton),
    ];

    private string ProgramsText => _summary switch
    {
        { Account: null, ByThemselves.Count: > 0 } summary => $"{string.Join(", ", summary.ByThemselves)} on this machine need nothing.",
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

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _isDismissed = await Browser.RecallAsync(Memory) is not null;
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
        _askedRevision = Overview.Revision;
        try
        {
            _summary = ClientGuides.SummaryOf(await Machine.TrustStoresAsync(_closed.Token));
            _isTrusted = HasCertificates && (_summary is { Account: null, ByThemselves.Count: > 0 } || await IsTrustedByOneAsync());
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            // The page says that the database cannot be used, or is closed.
            return;
        }

        _isSeen |= !IsDone;
        if (IsDone && !_isSeen)
            await DismissAsync();
        StateHasChanged();
    }

    private async Task<bool> IsTrustedByOneAsync() =>
        (await Programs.LookAsync(_closed.Token)).Programs.Any(p => p.State == RunningProgramState.Trusts);

    private async Task DismissAsync()
    {
        _isDismissed = true;
        await Browser.RememberAsync(Memory, "1");
    }

    private sealed record Step(string Title, bool IsDone, string Text, RenderFragment Action);
}
