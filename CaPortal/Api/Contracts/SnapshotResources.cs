using System.ComponentModel;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;

namespace CaPortal.Api.Contracts;

/// <summary>The snapshots that are kept.</summary>
public sealed record SnapshotList
{
    [Description("Newest first.")]
    public required IReadOnlyList<SnapshotResource> Value { get; init; }
}

/// <summary>What the trust stores held before a change.</summary>
public sealed record SnapshotResource
{
    public required long Id { get; init; }

    [Description("When it was taken.")]
    public required DateTime At { get; init; }

    [Description("The revision of the list at that time.")]
    public required long Revision { get; init; }

    [Description("The kind of the change that came after it.")]
    public required ChangeKind Before { get; init; }

    [Description("Who made that change.")]
    public required string By { get; init; }

    [Description("How many certificates each trust store held, by its name.")]
    public required IReadOnlyDictionary<string, int> Certificates { get; init; }
}

/// <summary>A snapshot and what is different since it was taken.</summary>
public sealed record SnapshotDifferenceResource
{
    public required SnapshotResource Snapshot { get; init; }

    [Description("Whether every trust store could be read and holds what it held.")]
    public required bool IsSame { get; init; }

    public required IReadOnlyList<TrustStoreDifferenceResource> TrustStores { get; init; }
}

/// <summary>What is different in one trust store.</summary>
public sealed record TrustStoreDifferenceResource
{
    public required string Name { get; init; }

    [Description("Certificates that it has now and had not then.")]
    public required IReadOnlyList<NamedCertificateResource> Appeared { get; init; }

    [Description("Certificates that it had then and has no more.")]
    public required IReadOnlyList<NamedCertificateResource> Gone { get; init; }

    [Description("Why it cannot be compared.")]
    public string? Error { get; init; }
}

/// <summary>A certificate in a trust store.</summary>
public sealed record NamedCertificateResource
{
    public required string Sha256 { get; init; }

    public required CaStore StoreName { get; init; }

    public required string Name { get; init; }

    [Description("Whether it is, or was, under management; else somebody else put it there.")]
    public required bool IsManaged { get; init; }
}

/// <summary>What came of going back to a snapshot.</summary>
public sealed record RestoreResult
{
    [Description("What came back to the list.")]
    public required IReadOnlyList<CertificateKeyResource> Added { get; init; }

    [Description("What was deleted from the list.")]
    public required IReadOnlyList<CertificateKeyResource> Deleted { get; init; }

    [Description("The revision of the list now.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }

    [Description("What it does to the back-ends: only what changes.")]
    public required IReadOnlyList<BackEndEffectResource> Effect { get; init; }
}
