using System.ComponentModel;
using System.Text.Json.Serialization;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;

namespace CaPortal.Api.Contracts;

/// <summary>One remark about one item.</summary>
public sealed record FindingResource
{
    public required FindingCode Code { get; init; }

    public required FindingSeverity Severity { get; init; }

    [Description("What, and why it matters.")]
    public required string Message { get; init; }

    [Description("What to do.")]
    public string? Advice { get; init; }

    [Description("Whether an addition can override it: with its code in override, and a reason.")]
    public required bool CanOverride { get; init; }
}

/// <summary>What becomes of one item of an upload.</summary>
public enum ItemOutcome
{
    /// <summary>It is now in the store.</summary>
    [JsonStringEnumMemberName("added")]
    Added,

    /// <summary>It was there already, or is earlier in the upload.</summary>
    [JsonStringEnumMemberName("duplicate")]
    Duplicate,

    /// <summary>An Error keeps it out.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>It is no certificate and harmless, or good and left out because another item was refused or the change was not made.</summary>
    [JsonStringEnumMemberName("skipped")]
    Skipped,
}

/// <summary>One item of an uploaded file and what becomes of it.</summary>
public sealed record ItemResource
{
    [Description("What it is, in words: \"Certificate\", \"Private key\", \"Damaged certificate\".")]
    public required string Kind { get; init; }

    public required string FileName { get; init; }

    [Description("Where in the file it stands, where the file holds more than this item.")]
    public string? Position { get; init; }

    [Description("Absent where the item is no certificate that can be read.")]
    public string? Sha256 { get; init; }

    public string? Thumbprint { get; init; }

    public string? Subject { get; init; }

    [Description("The store that it goes to.")]
    public CaStore? StoreName { get; init; }

    [Description("The store that fits: Root for self-signed certificates, else CertificateAuthority.")]
    public CaStore? SuggestedStore { get; init; }

    public required ItemOutcome Result { get; init; }

    public required IReadOnlyList<FindingResource> Findings { get; init; }
}

/// <summary>A trust store of this machine after a change, as it was read back.</summary>
public sealed record TrustStoreResource
{
    public required string Name { get; init; }

    public required TrustStoreResult State { get; init; }

    [Description("How long writing and reading back took.")]
    public required long Milliseconds { get; init; }

    [Description("Certificates of the list that it does not hold, because the programs that read it would stumble over them or cannot use them.")]
    public required IReadOnlyList<CertificateKeyResource> LeftOut { get; init; }

    [Description("Files that CaPortal had not written and that were removed, because a certificate that was deleted was in them.")]
    public required IReadOnlyList<string> RemovedFiles { get; init; }

    [Description("Files that somebody else put there and that programs do not take as they are meant. They say nothing against the state.")]
    public required IReadOnlyList<TrustStoreNoteResource> Notes { get; init; }

    public string? Error { get; init; }

    public string? Advice { get; init; }
}

/// <summary>What came of adding certificates.</summary>
public sealed record AddResult
{
    public required IReadOnlyList<ItemResource> Items { get; init; }

    [Description("The revision of the list now.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }

    [Description("What it does to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}

/// <summary>What came of deleting a certificate.</summary>
public sealed record DeleteResult
{
    [Description("From which stores it was deleted.")]
    public required IReadOnlyList<CertificateKeyResource> Deleted { get; init; }

    [Description("The revision of the list now.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }

    [Description("What this machine trusts all the same, from somewhere else.")]
    public required IReadOnlyList<StillTrustedResource> StillTrusted { get; init; }

    [Description("What it does to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}

/// <summary>A certificate that was deleted and is trusted all the same.</summary>
public sealed record StillTrustedResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    [Description("From where, in words.")]
    public required IReadOnlyList<string> Places { get; init; }
}

/// <summary>A certificate in one store.</summary>
public sealed record CertificateKeyResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }
}

/// <summary>What adding the files would do.</summary>
public sealed record InspectResult
{
    public required IReadOnlyList<FileResource> Files { get; init; }

    [Description("The items, with the result that adding them would have.")]
    public required IReadOnlyList<ItemResource> Items { get; init; }

    [Description("The revision of the list that they were compared with.")]
    public required long Revision { get; init; }

    public required PlanResource Plan { get; init; }

    [Description("What it would do to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}

/// <summary>One uploaded file.</summary>
public sealed record FileResource
{
    public required string FileName { get; init; }

    public required string Sha256 { get; init; }

    [Description("As people call it: PEM, DER, PKCS#7, PKCS#12, Java keystore, Unknown.")]
    public required string Format { get; init; }

    public required PasswordState Password { get; init; }
}

/// <summary>What a change would do.</summary>
public sealed record PlanResource
{
    [Description("Whether the change would be made; false where it would be answered with 422.")]
    public required bool IsAccepted { get; init; }

    [Description("Certificates that would be added.")]
    public required int Adds { get; init; }

    [Description("Whether a reason must be given, because an Error is overridden.")]
    public required bool NeedsReason { get; init; }

    public required IReadOnlyList<TrustStoreEffectResource> TrustStores { get; init; }
}

/// <summary>What a change would do to one trust store of this machine.</summary>
public sealed record TrustStoreEffectResource
{
    public required string Name { get; init; }

    public required int Adds { get; init; }

    public required int Removes { get; init; }

    [Description("Files that CaPortal did not write and that would be removed, because a certificate that is taken out is in them.")]
    public required IReadOnlyList<string> RemovesFiles { get; init; }

    [Description("Certificates that it would leave out, because they would stop the programs that read it.")]
    public required int LeavesOut { get; init; }

    [Description("Why it cannot be used, where it cannot.")]
    public string? Unusable { get; init; }
}
