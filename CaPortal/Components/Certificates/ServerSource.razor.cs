using System.Security.Cryptography;
using System.Text;
using CaPortal.Components.Shared;
using CaPortal.Core.Access;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Inspection;
using CaPortal.Core.Probing;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Certificates;

/// <summary>Asks a server for its certificates, and lets some of them be chosen.</summary>
public sealed partial class ServerSource : IDisposable
{
    private const int MaxShown = 20;

    private readonly CancellationTokenSource _closed = new();
    private readonly HashSet<string> _chosen = [];
    private MudTextField<string>? _field;
    private BackEndProbed? _probed;
    private string _address = "";
    private string _serverName = "";
    private string? _addressProblem;
    private string? _serverNameProblem;
    private string? _problem;
    private bool _isFetching;

    [Inject]
    public required BackEndService BackEnds { get; init; }

    /// <summary>Who acts.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    /// <summary>Called with the certificates that were chosen, or with an issuer that was fetched.</summary>
    [Parameter, EditorRequired]
    public EventCallback<UploadedFile> OnServed { get; set; }

    /// <summary>Called when nothing is to be taken from a server.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnCancel { get; set; }

    /// <summary>Called when <see cref="Chosen"/> has changed.</summary>
    [Parameter]
    public EventCallback OnChosen { get; set; }

    /// <summary>Nothing can be chosen now.</summary>
    [Parameter]
    public bool Disabled { get; set; }

    /// <summary>How many certificates are chosen.</summary>
    public int Chosen => _chosen.Count;

    private string Server => _probed!.Contact.Address.ToString();

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            await _field!.FocusAsync();
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }

    /// <summary>
    /// What an administrator most likely wants of a chain: its root where the server sent it, else the CA nearest to it.
    /// Never the server's own certificate, and nothing where the chain ends in the stores already.
    /// </summary>
    public static PresentedCertificate? Suggestion(BackEndProbed probed)
    {
        if (probed.Judgement.Anchor is not null)
            return null;
        var issuers = probed.Contact.Chain.Skip(1).Where(c => c.Facts is { IsCa: true }).ToList();
        var path = probed.Judgement.Path.Select(p => p.Sha256).ToList();
        return issuers.FirstOrDefault(c => c.Facts!.IsSelfSigned) ?? issuers.MaxBy(c => path.IndexOf(c.Sha256));
    }

    /// <summary>Hands over what is chosen.</summary>
    public Task TakeAsync()
    {
        var text = new StringBuilder();
        foreach (var certificate in _probed!.Contact.Chain.Where(c => _chosen.Contains(c.Sha256)).DistinctBy(c => c.Sha256))
            text.Append(PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span)).Append('\n');
        return OnServed.InvokeAsync(new UploadedFile($"from {Server}", Encoding.ASCII.GetBytes(text.ToString())));
    }

    private static string NameOf(PresentedCertificate certificate) =>
        certificate.Facts is { } facts ? DisplayText.Shorten(facts.Name) : "A certificate that cannot be read";

    private Task CancelAsync() => OnCancel.InvokeAsync();

    private Task ChooseAsync(PresentedCertificate certificate, bool isChosen)
    {
        if (isChosen)
            _chosen.Add(certificate.Sha256);
        else
            _chosen.Remove(certificate.Sha256);
        return OnChosen.InvokeAsync();
    }

    private async Task FetchAsync()
    {
        // The button stays enabled: a disabled one would lose the focus.
        if (_isFetching)
            return;
        (_probed, _problem, _addressProblem, _serverNameProblem) = (null, null, null, null);
        _chosen.Clear();
        if (!BackEndAddress.TryParse(_address, null, out _, out _addressProblem)
            || !BackEndAddress.TryParse(_address, _serverName, out var address, out _serverNameProblem))
            return;
        _isFetching = true;
        try
        {
            _probed = await BackEnds.ProbeAsync(address, Actor, _closed.Token);
            if (_probed is null)
                _problem = "Your role may look, but not ask servers. Ask an administrator.";
            else if (Suggestion(_probed) is { } suggestion)
                _chosen.Add(suggestion.Sha256);
        }
        catch (DatabaseException e)
        {
            _problem = ProblemText.Of(e);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            return; // It is closed; nobody waits for the answer.
        }

        _isFetching = false;
        await OnChosen.InvokeAsync();
    }
}
