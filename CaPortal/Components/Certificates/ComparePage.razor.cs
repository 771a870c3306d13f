using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>Two certificates of the list side by side, as an old CA and the one that takes its place.</summary>
public sealed partial class ComparePage
{
    private LiveView _live = null!;
    private CertificateView? _first;
    private CertificateView? _second;
    private IReadOnlyList<ComparedValue>? _rows;
    private bool _onlyDifferences;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required MachineTrust Machine { get; init; }

    [SupplyParameterFromQuery]
    private string? First { get; set; }

    [SupplyParameterFromQuery]
    private string? Second { get; set; }

    private string Summary
    {
        get
        {
            var (first, second) = (_first!.Certificate.Facts, _second!.Certificate.Facts);
            return (first.Sha256 == second.Sha256, first.SubjectKey == second.SubjectKey, first.PublicKeySha256 == second.PublicKeySha256) switch
            {
                (true, _, _) => "It is the same certificate, in two stores.",
                (_, true, true) => "Same name, same key: what one has issued is verified with the other too.",
                (_, true, false) => "Same name, different keys: programs that trust one of them do not accept what the other has issued.",
                (_, false, true) => "Different names, same key.",
                _ => "Different names, different keys.",
            };
        }
    }

    protected override void OnInitialized() => _live = Updates.For(LoadAsync, StateHasChanged, InvokeAsync, DispatchExceptionAsync);

    protected override Task OnParametersSetAsync() => _live.ReloadAsync();

    public void Dispose() => _live.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        (_first, _second) = (await ViewAsync(First, cancellationToken), await ViewAsync(Second, cancellationToken));
        _rows = _first is { } first && _second is { } second ? CertificateComparison.Compare(first.Details, second.Details) : null;
        _live.Problem = _rows is null
            ? "One of the two certificates is not in the list any more. Choose two certificates in the list of CA certificates, and then Compare."
            : null;
    }

    private async Task<CertificateView?> ViewAsync(string? name, CancellationToken cancellationToken) =>
        name is not null && DrawerNames.CertificateOf(name) is (var key, true) ? await Machine.ViewAsync(key, cancellationToken) : null;

    private static string NameOf(CertificateView view) => $"{DisplayText.Shorten(view.Certificate.Facts.Name)} {view.Certificate.Key.Sha256[..8]}";

    private static bool IsIn(string line, string? other) => other?.Split('\n').Contains(line) == true;
}
