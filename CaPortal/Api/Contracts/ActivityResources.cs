using System.ComponentModel;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Api.Contracts;

/// <summary>A part of the activity log.</summary>
public sealed record ActivityList
{
    [Description("Newest first.")]
    public required IReadOnlyList<ActivityResource> Value { get; init; }

    [Description("How many there are in all.")]
    public required int Count { get; init; }
}

/// <summary>An entry of the activity log.</summary>
public sealed record ActivityResource
{
    [Description("Its number: 1, 2, 3 without gaps.")]
    public required long Sequence { get; init; }

    public required DateTime At { get; init; }

    [Description("Who.")]
    public required string Actor { get; init; }

    public required string Role { get; init; }

    [Description("From where: an address, or a part of the portal.")]
    public required string Source { get; init; }

    [Description("What: Add, Delete, Outcome, Refused and others. Names never change.")]
    public required string Action { get; init; }

    public required ActivityCategory Category { get; init; }

    public string? Reason { get; init; }

    [Description("The revision of the list that it changed.")]
    public long? RevisionBefore { get; init; }

    [Description("The revision that it made, or whose outcome it tells.")]
    public long? RevisionAfter { get; init; }

    [Description("Whether it is a change whose outcome is not recorded yet.")]
    public required bool IsUnfinished { get; init; }

    [Description("What it added or removed, or would have: of many the first ones.")]
    public required IReadOnlyList<ActivityCertificateResource> Certificates { get; init; }

    [Description("How many it added and removed in all.")]
    public required int CertificateCount { get; init; }

    [Description("What each trust store made of it.")]
    public required IReadOnlyList<ActivityOutcomeResource> TrustStores { get; init; }

    [Description("Everything else that was recorded, 64 KB at most: of long lists the first items with the count and the SHA-256 of all.")]
    public required JsonElement Details { get; init; }

    [Description("The hash of the entry before; empty for the first.")]
    public required string PreviousHash { get; init; }

    [Description("Keyed hash of the entry, 64 hexadecimal digits.")]
    public required string Hash { get; init; }
}

/// <summary>A certificate of an entry.</summary>
public sealed record ActivityCertificateResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    public required string Name { get; init; }

    [Description("Whether it was added; else removed.")]
    public required bool IsAddition { get; init; }

    [Description("SHA-256 of the file that it came in.")]
    public string? FileSha256 { get; init; }

    [Description("The Errors that were overridden.")]
    public required IReadOnlyList<FindingCode> Accepted { get; init; }
}

/// <summary>What one trust store made of a change.</summary>
public sealed record ActivityOutcomeResource
{
    public required string Name { get; init; }

    public required TrustStoreResult State { get; init; }

    [Description("Certificates that were put into it.")]
    public required int Added { get; init; }

    [Description("Certificates that were taken out of it.")]
    public required int Removed { get; init; }

    [Description("Files that CaPortal had not written and that were removed, because a certificate that was deleted was in them.")]
    public required IReadOnlyList<string> RemovedFiles { get; init; }

    [Description("Certificates that are missing in it.")]
    public required int Missing { get; init; }

    public string? Error { get; init; }
}

/// <summary>What checking the activity log found.</summary>
public sealed record ActivityVerificationResource
{
    [Description("Whether nothing was changed, cut off, put in or taken out.")]
    public required bool Intact { get; init; }

    [Description("How many entries there are.")]
    public required int Entries { get; init; }

    [Description("The entry from which on the log cannot be trusted.")]
    public long? FirstBroken { get; init; }

    [Description("What is wrong, where something is.")]
    public string? Error { get; init; }

    [Description("Whether an administrator may acknowledge it: the end of the log was lost, and no entry was found to be changed.")]
    public required bool CanBeAcknowledged { get; init; }

    [Description("The entry since which the log is intact, where its end was lost before and that was acknowledged.")]
    public long? IntactSince { get; init; }

    [Description("What was lost before and acknowledged.")]
    public required IReadOnlyList<AcknowledgedLossResource> Acknowledged { get; init; }
}

/// <summary>A loss of the end of the log that was acknowledged.</summary>
public sealed record AcknowledgedLossResource
{
    [Description("The entry that tells of it.")]
    public required long Sequence { get; init; }

    [Description("What was lost.")]
    public required string Message { get; init; }

    [Description("Who acknowledged it.")]
    public required string By { get; init; }

    public required DateTime At { get; init; }

    [Description("Why.")]
    public string? Reason { get; init; }
}

/// <summary>Which loss is acknowledged, and why.</summary>
public sealed record AcknowledgeRequest
{
    [Description("The entry that tells of the loss: firstBroken of what verifying found.")]
    public long Sequence { get; init; }

    [Description("Why; goes into the activity log. Must not be empty.")]
    public string? Reason { get; init; }
}

/// <summary>What taking a change back would do.</summary>
public sealed record UndoPlanResource
{
    [Description("The entry whose change is taken back.")]
    public required long Sequence { get; init; }

    [Description("The revision of the list that it was planned for.")]
    public required long Revision { get; init; }

    [Description("Whether nothing is left to undo.")]
    public required bool IsEmpty { get; init; }

    [Description("What would come back to the list.")]
    public required IReadOnlyList<CertificateKeyResource> Adds { get; init; }

    [Description("What would be deleted from the list, to the recycle bin.")]
    public required IReadOnlyList<CertificateKeyResource> Deletes { get; init; }

    [Description("What would stay as it is, because it has changed since or cannot come back.")]
    public required IReadOnlyList<PassedOverResource> PassedOver { get; init; }

    [Description("What would be deleted and trusted all the same, from somewhere else.")]
    public required IReadOnlyList<StillTrustedResource> StillTrusted { get; init; }

    public required IReadOnlyList<UndoTrustStoreEffectResource> TrustStores { get; init; }

    [Description("What it would do to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}

/// <summary>What taking a change back would do to one trust store of this machine.</summary>
public sealed record UndoTrustStoreEffectResource
{
    public required string Name { get; init; }

    public required int Adds { get; init; }

    public required int Removes { get; init; }

    [Description("Files that CaPortal did not write and that would be removed, because a certificate that is taken out is in them.")]
    public required IReadOnlyList<string> RemovesFiles { get; init; }

    [Description("Why it cannot be used, where it cannot.")]
    public string? Unusable { get; init; }
}

/// <summary>A certificate that stays as it is.</summary>
public sealed record PassedOverResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    public required string Name { get; init; }

    [Description("Why.")]
    public required string Reason { get; init; }
}

/// <summary>How to take a change back.</summary>
public sealed record UndoRequest
{
    [Description("Why; goes into the activity log.")]
    public string? Reason { get; init; }

    [Description("Codes of the Errors that are accepted in what comes back; needs a reason.")]
    public IReadOnlyList<string?>? Override { get; init; }

    [Description("Whether it is taken back also where back-ends would not be trusted any more.")]
    public bool Force { get; init; }
}

/// <summary>What came of taking a change back.</summary>
public sealed record UndoResult
{
    [Description("The entry whose change was taken back.")]
    public required long Sequence { get; init; }

    [Description("What came back to the list.")]
    public required IReadOnlyList<CertificateKeyResource> Added { get; init; }

    [Description("What was deleted from the list.")]
    public required IReadOnlyList<CertificateKeyResource> Deleted { get; init; }

    [Description("What stayed as it is, because it has changed since or cannot come back.")]
    public required IReadOnlyList<PassedOverResource> PassedOver { get; init; }

    [Description("The revision of the list now.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }

    [Description("What was deleted and is trusted all the same, from somewhere else.")]
    public required IReadOnlyList<StillTrustedResource> StillTrusted { get; init; }

    [Description("What it did to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}
