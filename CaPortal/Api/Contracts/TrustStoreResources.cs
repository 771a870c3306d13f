using System.ComponentModel;
using CaPortal.Core.Certificates;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;

namespace CaPortal.Api.Contracts;

/// <summary>Every kind of trust store.</summary>
public sealed record TrustStoreList
{
    [Description("Whose trust is managed.")]
    public required TrustScope Scope { get; init; }

    [Description("Whether the settings name the trust stores, so that the scope does not choose them.")]
    public required bool IsNamed { get; init; }

    [Description("Those in use in the order of the settings, then the others.")]
    public required IReadOnlyList<TrustStoreStateResource> Value { get; init; }
}

/// <summary>One kind of trust store and its state.</summary>
public sealed record TrustStoreStateResource
{
    [Description("Its name in the settings.")]
    public required string Name { get; init; }

    public required string Title { get; init; }

    public required TrustStoreCondition State { get; init; }

    [Description("The stores that it holds, each with its place.")]
    public required IReadOnlyList<TrustStorePlaceResource> Places { get; init; }

    [Description("The file that programs can be told to take their trusted roots from, where there is one.")]
    public string? File { get; init; }

    [Description("What is in it now; absent where it is not in use or could not be read.")]
    public TrustStoreCountsResource? Certificates { get; init; }

    [Description("Files that somebody else put there and that programs do not take as they are meant. They say nothing against the state.")]
    public required IReadOnlyList<TrustStoreNoteResource> Notes { get; init; }

    [Description("When CaPortal last changed what is in it.")]
    public DateTime? WrittenAt { get; init; }

    [Description("When it was last compared with what it should hold.")]
    public DateTime? VerifiedAt { get; init; }

    [Description("What is wrong, or why it cannot be used.")]
    public string? Error { get; init; }

    [Description("What to do about the error.")]
    public string? Advice { get; init; }
}

/// <summary>A file that somebody else put into a trust store. Its name is not to be trusted.</summary>
public sealed record TrustStoreNoteResource
{
    public required string File { get; init; }

    [Description("What is the matter with it, and why it matters.")]
    public required string Message { get; init; }

    [Description("What to do.")]
    public required string Advice { get; init; }
}

/// <summary>Where a trust store keeps the certificates of one store.</summary>
public sealed record TrustStorePlaceResource
{
    public required CaStore StoreName { get; init; }

    public required string Location { get; init; }
}

/// <summary>What is in a trust store, counted.</summary>
public sealed record TrustStoreCountsResource
{
    [Description("Certificates that it should hold.")]
    public required int Wanted { get; init; }

    [Description("Those of them that are there.")]
    public required int Installed { get; init; }

    [Description("Certificates kept out of it, because they would stop the programs that read it.")]
    public required int LeftOut { get; init; }

    [Description("Certificates that were deleted and are there all the same.")]
    public required int Withdrawn { get; init; }

    [Description("Certificates that CaPortal has nothing to do with.")]
    public required int Others { get; init; }
}

/// <summary>What verifying or repairing found.</summary>
public sealed record TrustStoreResults
{
    [Description("The revision of the list that they were compared with.")]
    public required long Revision { get; init; }

    public required IReadOnlyList<TrustStoreResource> TrustStores { get; init; }
}
