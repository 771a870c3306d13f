using System.Text.Json;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Activity;

/// <summary>Reads what the details of entries say. They are what was true when they were written: nothing that is missing or odd in them is an error.</summary>
internal static class ActivityRecords
{
    public static ActivityRecord RecordOf(ActivityEntry entry, ActivityEntry? outcome)
    {
        var category = ActivityActions.CategoryOf(entry.Action);
        var (added, removed) = Read(entry.Details, d => (BoundedDetails.CountOf(d, "added"), BoundedDetails.CountOf(d, "removed")));
        return new()
        {
            Sequence = entry.Sequence,
            At = entry.At,
            Actor = entry.Actor,
            Role = entry.Role,
            Source = entry.Source,
            Action = entry.Action,
            Category = category,
            Reason = entry.Reason,
            RevisionBefore = entry.RevisionBefore,
            RevisionAfter = entry.RevisionAfter,
            Details = entry.Details,
            Hash = entry.Hash,
            PreviousHash = entry.PreviousHash,
            Certificates = CertificatesOf(entry.Details),
            AddedCount = added,
            RemovedCount = removed,
            Outcomes = entry.Action == ActivityActions.Outcome ? OutcomesOf(entry.Details) : outcome is null ? [] : OutcomesOf(outcome.Details),
        };
    }

    private static IReadOnlyList<ActivityCertificate> CertificatesOf(string details) =>
        Read(details, root =>
            root.ValueKind == JsonValueKind.Object
                ?
                [
                    .. BoundedDetails.ItemsOf(root, "removed").Select(c => CertificateOf(c, isAddition: false)).OfType<ActivityCertificate>(),
                    .. BoundedDetails.ItemsOf(root, "added").Select(c => CertificateOf(c, isAddition: true)).OfType<ActivityCertificate>(),
                ]
                : (IReadOnlyList<ActivityCertificate>)[]);

    private static ActivityCertificate? CertificateOf(JsonElement item, bool isAddition)
    {
        if (Text(item, "sha256") is not { } sha256 || !Enum.TryParse<CaStore>(Text(item, "store"), out var store))
            return null;
        return new(
            new CaCertificateKey(store, sha256),
            Text(item, "name") ?? Text(item, "subject") ?? sha256,
            isAddition,
            Text(item, "fileSha256"),
            [
                .. BoundedDetails.ItemsOf(item, "accepted")
                    .Select(a => Enum.TryParse<FindingCode>(a.ToString(), out var code) ? code : (FindingCode?)null).OfType<FindingCode>(),
            ]);
    }

    private static IReadOnlyList<ActivityOutcome> OutcomesOf(string details) => Read<IReadOnlyList<ActivityOutcome>>(details, root =>
        [
            .. BoundedDetails.ItemsOf(root).Where(o => o.ValueKind == JsonValueKind.Object).Select(o => new ActivityOutcome(
                Text(o, "name") ?? "",
                ResultOf(Text(o, "result")),
                BoundedDetails.CountOf(o, "added"),
                BoundedDetails.CountOf(o, "removed"),
                BoundedDetails.CountOf(o, "missing"),
                Text(o, "error"))
            {
                RemovedFiles = [.. BoundedDetails.ItemsOf(o, "removedFiles").Select(f => f.ToString())],
            }),
        ]);

    // Entries of before call what cannot be used disabled.
    private static TrustStoreResult ResultOf(string? text) =>
        text == "Disabled" ? TrustStoreResult.Unusable : Enum.TryParse<TrustStoreResult>(text, out var result) ? result : TrustStoreResult.Failed;

    private static T Read<T>(string details, Func<JsonElement, T> read)
    {
        using var document = ParseOrEmpty(details);
        return read(document.RootElement);
    }

    private static JsonDocument ParseOrEmpty(string details)
    {
        try
        {
            return JsonDocument.Parse(details);
        }
        catch (JsonException)
        {
            // Somebody has changed it; the check of the chain says so.
            return JsonDocument.Parse("{}");
        }
    }

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
