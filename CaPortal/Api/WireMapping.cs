using CaPortal.Api.Contracts;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Api;

/// <summary>From the types of Core to what goes over the wire.</summary>
internal static class WireMapping
{
    public static CaCertificateResource ToResource(this CaCertificate certificate) => new()
    {
        Sha256 = certificate.Key.Sha256,
        Thumbprint = certificate.Facts.Thumbprint,
        Subject = certificate.Facts.Subject,
        Issuer = certificate.Facts.Issuer,
        SerialNumber = certificate.Facts.SerialNumber,
        NotBefore = certificate.Facts.NotBefore,
        Expiry = certificate.Facts.NotAfter,
        StoreName = certificate.Key.Store,
        KeyAlgorithm = certificate.Facts.KeyAlgorithm,
        KeySize = certificate.Facts.KeySize,
        SignatureAlgorithm = certificate.Facts.SignatureAlgorithm,
        IsCa = certificate.Facts.IsCa,
        PathLength = certificate.Facts.PathLength,
        IsSelfSigned = certificate.Facts.IsSelfSigned,
        Status = certificate.Status,
        Findings = ToResources(certificate.Findings),
        AddedAt = certificate.AddedAt,
        AddedBy = certificate.AddedBy,
        Description = certificate.Description,
    };

    public static CertificatePlaceResource ToResource(this CertificatePlace place, CaStore store) => new()
    {
        Name = place.Name,
        StoreName = store,
        Location = place.Location,
        State = place.Presence,
        Error = place.Problem,
        Advice = place.Advice,
        VerifiedAt = place.VerifiedAt,
    };

    public static ItemResource ToResource(this PlannedItem planned, ItemOutcome outcome) => new()
    {
        Kind = planned.Item.Item.Kind,
        FileName = planned.Item.FileName,
        Position = planned.Item.Item.Position,
        Sha256 = planned.Item.Facts?.Sha256,
        Thumbprint = planned.Item.Facts?.Thumbprint,
        Subject = planned.Item.Facts?.Subject,
        StoreName = planned.Store,
        SuggestedStore = planned.Item.Facts?.SuggestedStore,
        Result = outcome,
        Findings = ToResources(planned.Findings),
    };

    /// <summary>A certificate that was to come back, and did not.</summary>
    public static ItemResource ToResource(this PlannedAddition addition) => new()
    {
        Kind = "Certificate",
        FileName = "",
        Sha256 = addition.Key.Sha256,
        Thumbprint = addition.Facts.Thumbprint,
        Subject = addition.Facts.Subject,
        StoreName = addition.Key.Store,
        SuggestedStore = addition.Facts.SuggestedStore,
        Result = addition.OpenErrors.Any() ? ItemOutcome.Refused : ItemOutcome.Skipped,
        Findings = ToResources(addition.Findings),
    };

    /// <summary>What became of an item that was to be added.</summary>
    /// <param name="planned">The item.</param>
    /// <param name="outcome">What came of the plan; null where it was not applied.</param>
    public static ItemOutcome OutcomeAfter(this PlannedItem planned, ChangeOutcome? outcome) => outcome switch
    {
        // Its Error was to be accepted, and was not.
        ChangeOutcome.Refused { Code: RefusalCode.ReasonRequired } when planned.Findings.Any(f => f.Severity == FindingSeverity.Error) => ItemOutcome.Refused,
        ChangeOutcome.Refused or ChangeOutcome.Stale => ItemOutcome.Skipped,
        _ => ItemOutcome.Added,
    };

    public static TrustStoreResource ToResource(this TrustStoreOutcome outcome) => new()
    {
        Name = outcome.Name,
        State = outcome.Result,
        Milliseconds = (long)outcome.Duration.TotalMilliseconds,
        LeftOut = [.. outcome.LeftOut.Select(k => new CertificateKeyResource { Sha256 = k.Sha256, StoreName = k.Store })],
        RemovedFiles = outcome.RemovedFiles,
        Notes = ToResources(outcome.Notes),
        Error = outcome.Error,
        Advice = outcome.Advice,
    };

    public static TrustStoreStateResource ToResource(this TrustStoreView store) => new()
    {
        Name = store.Name,
        Title = store.Title,
        State = store.Condition,
        Places = [.. store.Places.Select(p => new TrustStorePlaceResource { StoreName = p.Store, Location = p.Location })],
        File = store.File?.Path,
        Certificates = store.Counts is not { } counts ? null : new()
        {
            Wanted = counts.Wanted,
            Installed = counts.Installed,
            LeftOut = counts.LeftOut,
            Withdrawn = counts.Withdrawn,
            Others = counts.Others,
        },
        Notes = ToResources(store.Notes),
        WrittenAt = store.WrittenAt,
        VerifiedAt = store.VerifiedAt,
        Error = store.Problem,
        Advice = store.Advice,
    };

    public static FileResource ToResource(this InspectedFile file) => new()
    {
        FileName = file.Name,
        Sha256 = file.Sha256,
        Format = file.Format,
        Password = file.Password,
    };

    public static PlanResource ToPlanResource(this Addition addition) => new()
    {
        IsAccepted = !addition.IsRefused,
        Adds = addition.IsRefused ? 0 : addition.Plan.Additions.Count,
        NeedsReason = !addition.IsRefused && addition.Plan.NeedsReason,
        TrustStores = addition.IsRefused ? [] : [.. addition.Plan.Effects.Select(e => e.ToResource())],
    };

    public static TrustStoreEffectResource ToResource(this TrustStoreEffect effect) => new()
    {
        RemovesFiles = effect.RemovesFiles,
        Name = effect.Name,
        Adds = effect.Adds,
        Removes = effect.Removes,
        LeavesOut = effect.LeavesOut,
        Unusable = effect.Unusable,
    };

    public static DeleteResult ToDeleteResult(this ChangeOutcome.Applied applied, ChangePlan plan) => new()
    {
        Deleted = [.. plan.Removals.Select(r => r.Key.ToResource())],
        Revision = applied.Revision,
        TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
        StillTrusted = [.. applied.StillTrusted.Select(s => s.ToResource())],
        Effect = applied.BackEnds.ToResources(),
    };

    public static StillTrustedResource ToResource(this StillTrusted certificate) =>
        new() { Sha256 = certificate.Key.Sha256, StoreName = certificate.Key.Store, Places = certificate.Places };

    public static AddResult ToAddResult(this ChangeOutcome.Applied applied, IReadOnlyList<ItemResource> items) => new()
    {
        Items = items,
        Revision = applied.Revision,
        TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
        Effect = applied.BackEnds.ToResources(),
    };

    public static UnmanagedCertificateResource ToResource(this UnmanagedCertificate certificate) => new()
    {
        Sha256 = certificate.Key.Sha256,
        Thumbprint = certificate.Facts.Thumbprint,
        Subject = certificate.Facts.Subject,
        Issuer = certificate.Facts.Issuer,
        SerialNumber = certificate.Facts.SerialNumber,
        NotBefore = certificate.Facts.NotBefore,
        Expiry = certificate.Facts.NotAfter,
        StoreName = certificate.Key.Store,
        KeyAlgorithm = certificate.Facts.KeyAlgorithm,
        KeySize = certificate.Facts.KeySize,
        SignatureAlgorithm = certificate.Facts.SignatureAlgorithm,
        IsCa = certificate.Facts.IsCa,
        PathLength = certificate.Facts.PathLength,
        IsSelfSigned = certificate.Facts.IsSelfSigned,
        Findings = ToResources(certificate.Findings),
        Places = [.. certificate.Places.Select(p => new UnmanagedPlaceResource { Name = p.TrustStore, Location = p.Location, Fixed = p.Fixed })],
    };

    public static CertificateKeyResource ToResource(this CaCertificateKey key) => new() { Sha256 = key.Sha256, StoreName = key.Store };

    public static SnapshotResource ToResource(this SnapshotSummary snapshot) => new()
    {
        Id = snapshot.Id,
        At = snapshot.At,
        Revision = snapshot.Revision,
        Before = snapshot.Before,
        By = snapshot.By,
        Certificates = snapshot.Certificates,
    };

    public static SnapshotDifferenceResource ToResource(this SnapshotDifference difference) => new()
    {
        Snapshot = difference.Snapshot.ToResource(),
        IsSame = difference.IsSame,
        TrustStores = [.. difference.TrustStores.Select(t => new TrustStoreDifferenceResource
        {
            Name = t.Name,
            Appeared = [.. t.Appeared.Select(ToResource)],
            Gone = [.. t.Gone.Select(ToResource)],
            Error = t.Problem,
        })],
    };

    private static NamedCertificateResource ToResource(NamedCertificate certificate) => new()
    {
        Sha256 = certificate.Key.Sha256,
        StoreName = certificate.Key.Store,
        Name = certificate.Name,
        IsManaged = certificate.IsManaged,
    };

    private static List<TrustStoreNoteResource> ToResources(IReadOnlyList<TrustStoreNote> notes) =>
        [.. notes.Select(n => new TrustStoreNoteResource { File = n.File, Message = n.Message, Advice = n.Advice })];

    public static List<FindingResource> ToResources(this IEnumerable<Finding> findings) =>
        [
            .. findings.Select(f => new FindingResource
            {
                Code = f.Code,
                Severity = f.Severity,
                Message = f.Message,
                Advice = f.Advice,
                CanOverride = f.CanOverride,
            }),
        ];
}
