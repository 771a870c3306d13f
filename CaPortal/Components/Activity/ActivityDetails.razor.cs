using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace CaPortal.Components.Activity;

/// <summary>Everything about an entry.</summary>
public sealed partial class ActivityDetails : IDisposable
{
    private const int MaxCertificates = 20;

    private readonly CancellationTokenSource _closed = new();
    private readonly HashSet<CaCertificateKey> _present = [];
    private SnapshotSummary? _snapshot;

    [Inject]
    public required CertificateList Certificates { get; init; }

    [Inject]
    public required CertificateChanges Changes { get; init; }

    [Inject]
    public required IDialogService Dialogs { get; init; }

    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public required ActivityRecord Entry { get; set; }

    /// <summary>Who looks at it.</summary>
    [Parameter, EditorRequired]
    public required Actor Actor { get; set; }

    private string? RevisionText => (Entry.RevisionBefore, Entry.RevisionAfter) switch
    {
        ({ } before, { } after) => $"{before:N0} → {after:N0}",
        (null, { } after) => $"{after:N0}",
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        try
        {
            foreach (var sha256 in Entry.Certificates.Take(MaxCertificates).Select(c => c.Key.Sha256).Distinct())
                _present.UnionWith((await Certificates.FindAsync(sha256, _closed.Token)).Select(c => c.Key));
            if (Entry is { IsChange: true, RevisionBefore: { } before })
                _snapshot = (await Changes.SnapshotsAsync(_closed.Token)).FirstOrDefault(s => s.Revision == before);
        }
        catch (DatabaseException)
        {
            // The page says so; what was recorded is shown without links.
        }
    }

    public void Dispose()
    {
        _closed.Cancel();
        _closed.Dispose();
    }
}
