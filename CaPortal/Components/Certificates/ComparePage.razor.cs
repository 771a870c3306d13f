using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Components.Certificates;

/// <summary>Two certificates of the list side by side, as an old CA and the one that takes its place.</summary>
public sealed partial class ComparePage
{
    private LiveView _live = null!;
    private CaCertificate? _first;
    private CaCertificate? _second;
    private IReadOnlyList<ComparedRow>? _rows;
    private bool _onlyDifferences;

    [Inject]
    public required LiveUpdates Updates { get; init; }

    [Inject]
    public required CertificateList Certificates { get; init; }

    [SupplyParameterFromQuery]
    private string? First { get; set; }

    [SupplyParameterFromQuery]
    private string? Second { get; set; }

    private string Summary
    {
        get
        {
            var (first, second) = (_first!.Facts, _second!.Facts);
            return (first.Sha256 == second.Sha256, first.SubjectKey == second.SubjectKey, first.PublicKeySha256 == second.PublicKeySha256) switch
            {
                (true, _, _) when _first.Key == _second.Key => "It is the same certificate.",
                (true, _, _) => "It is the same certificate, in two stores.",
                (_, true, true) => "Same name, same key: what one has issued is verified with the other too.",
                (_, true, false) =>
                    "Same name, different keys: programs that trust one of them accept what the other has issued only where one has signed the other.",
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
        var wanted = (First, Second);
        var (first, second) = (await FindAsync(First, cancellationToken), await FindAsync(Second, cancellationToken));
        var rows = first is { } one && second is { } two ? CertificateComparison.Compare(one.Details, two.Details).Select(ComparedRow.Of).ToList() : null;

        // Somebody has gone on to two others meanwhile.
        if ((First, Second) != wanted)
            return;
        (_first, _second, _rows) = (first?.Certificate, second?.Certificate, rows);
        _live.Problem = rows is null
            ? "One of the two certificates is not in the list any more. Choose two certificates in the list of CA certificates, and then Compare."
            : null;
    }

    private async Task<(CaCertificate Certificate, CertificateDetails Details)?> FindAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is null || DrawerNames.CertificateOf(name) is not (var key, true))
            return null;
        var certificate = (await Certificates.FindAsync(key.Sha256, cancellationToken)).FirstOrDefault(c => c.Key == key);
        return certificate is not null && await Certificates.DerAsync(key.Sha256, cancellationToken) is { } der
            ? (certificate, CertificateDetails.Read(certificate.Facts, der))
            : null;
    }

    private static string NameOf(CaCertificate certificate) => $"{DisplayText.Shorten(certificate.Facts.Name)} {certificate.Key.Sha256[..8]}";
}
