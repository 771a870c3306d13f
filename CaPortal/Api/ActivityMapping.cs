using System.Text.Json;
using CaPortal.Api.Contracts;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;

namespace CaPortal.Api;

/// <summary>From what Core says about the activity log to what goes over the wire.</summary>
internal static class ActivityMapping
{
    public static ActivityResource ToResource(this ActivityRecord entry) => new()
    {
        Sequence = entry.Sequence,
        At = entry.At,
        Actor = entry.Actor,
        Role = entry.Role,
        Source = entry.Source,
        Action = entry.Action,
        Category = entry.Category,
        Reason = entry.Reason,
        RevisionBefore = entry.RevisionBefore,
        RevisionAfter = entry.RevisionAfter,
        IsUnfinished = entry.IsUnfinished,
        Certificates = [.. entry.Certificates.Select(ToResource)],
        CertificateCount = entry.AddedCount + entry.RemovedCount,
        TrustStores = [.. entry.Outcomes.Select(ToResource)],
        Details = DetailsOf(entry.Details),
        PreviousHash = entry.PreviousHash,
        Hash = entry.Hash,
    };

    public static ActivityVerificationResource ToResource(this ActivityVerification verification) => new()
    {
        Intact = verification.Damage is null,
        Entries = verification.Entries,
        FirstBroken = verification.Damage?.Sequence,
        Error = verification.Damage?.Message,
        CanBeAcknowledged = verification.Damage?.CanBeAcknowledged ?? false,
        IntactSince = verification.IntactSince,
        Acknowledged = [.. verification.Acknowledged.Select(l => new AcknowledgedLossResource
        {
            Sequence = l.Sequence, Message = l.Message, By = l.By ?? "", At = l.At ?? default, Reason = l.Reason,
        })],
    };

    public static UndoPlanResource ToUndoResource(this ChangePlan plan, long sequence, IReadOnlyList<BackEndEffect> effect) =>
        new()
        {
            Sequence = sequence,
            Revision = plan.Revision,
            IsEmpty = plan.IsEmpty,
            Adds = [.. plan.Additions.Select(a => a.Key.ToResource())],
            Deletes = [.. plan.Removals.Select(r => r.Key.ToResource())],
            PassedOver = [.. plan.PassedOver.Select(ToResource)],
            StillTrusted = [.. plan.StillTrusted.Select(s => s.ToResource())],
            TrustStores =
            [
                .. plan.Effects.Select(e => new UndoTrustStoreEffectResource
                {
                    Name = e.Name,
                    Adds = e.Adds,
                    Removes = e.Removes,
                    RemovesFiles = e.RemovesFiles,
                    Unusable = e.Unusable,
                }),
            ],
            Effect = effect.ToResources(),
        };

    public static UndoResult ToUndoResult(this ChangeOutcome.Applied applied, ChangePlan plan, long sequence) => new()
    {
        Sequence = sequence,
        Added = [.. plan.Additions.Select(a => a.Key.ToResource())],
        Deleted = [.. plan.Removals.Select(r => r.Key.ToResource())],
        PassedOver = [.. plan.PassedOver.Select(ToResource)],
        Revision = applied.Revision,
        TrustStores = [.. applied.TrustStores.Select(t => t.ToResource())],
        StillTrusted = [.. applied.StillTrusted.Select(s => s.ToResource())],
        Effect = applied.BackEnds.ToResources(),
    };

    private static ActivityCertificateResource ToResource(ActivityCertificate certificate) => new()
    {
        Sha256 = certificate.Key.Sha256,
        StoreName = certificate.Key.Store,
        Name = certificate.Name,
        IsAddition = certificate.IsAddition,
        FileSha256 = certificate.FileSha256,
        Accepted = certificate.Accepted,
    };

    private static ActivityOutcomeResource ToResource(ActivityOutcome outcome) => new()
    {
        Name = outcome.TrustStore,
        State = outcome.Result,
        Added = outcome.Added,
        Removed = outcome.Removed,
        RemovedFiles = outcome.RemovedFiles,
        Missing = outcome.Missing,
        Error = outcome.Error,
    };

    private static PassedOverResource ToResource(PassedOver passedOver) => new()
    {
        Sha256 = passedOver.Key.Sha256,
        StoreName = passedOver.Key.Store,
        Name = passedOver.Name,
        Reason = passedOver.Reason,
    };

    private static JsonElement DetailsOf(string details)
    {
        try
        {
            using var document = JsonDocument.Parse(details);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Somebody has changed it; as text it can still be looked at.
            return JsonSerializer.SerializeToElement(details);
        }
    }
}
