namespace CaPortal.Core.Programs;

/// <summary>How a list is kept.</summary>
internal enum ListKind
{
    /// <summary>A PEM file; where the name is that of a folder, all files in it.</summary>
    Pem,

    /// <summary>A truststore of Java.</summary>
    JavaTruststore,

    /// <summary>A folder in which OpenSSL finds certificates by the hash of their subject.</summary>
    HashedFolder,

    /// <summary>The store of root certificates that .NET keeps for an account.</summary>
    DotNetStore,
}

/// <summary>A file or folder that a program reads CA certificates from.</summary>
/// <param name="Path">Where it is, as the program sees it.</param>
/// <param name="Kind">How it is kept.</param>
/// <param name="IsOptional">The program goes without it where it is not there.</param>
internal sealed record ListSource(string Path, ListKind Kind, bool IsOptional = false)
{
    /// <summary>Nobody named it: the program reads it besides, where it is there.</summary>
    public bool IsBeside { get; init; }

    /// <summary>It is looked into at each connection, so that a program that runs sees what is added.</summary>
    public bool IsLive => Kind is ListKind.HashedFolder or ListKind.DotNetStore;
}

/// <summary>What a program trusts for some of its connections: all of several sources together.</summary>
/// <param name="Sources">The sources.</param>
/// <param name="Title">What else it is, for people; null if the sources are all.</param>
internal sealed record ListUse(IReadOnlyList<ListSource> Sources, string? Title = null);

/// <summary>The lists of a program.</summary>
/// <param name="Uses">Each has to hold the certificates.</param>
/// <param name="Problem">One or two sentences: why they are not known; null if they are.</param>
internal sealed record ListPlan(IReadOnlyList<ListUse> Uses, string? Problem = null)
{
    /// <summary>When the configuration that names them last changed; null if there is none.</summary>
    public DateTimeOffset? ConfiguredAt { get; init; }

    /// <summary>When the program last read its lists, where that is known better than by its processes; null if not.</summary>
    public DateTimeOffset? LoadedAt { get; init; }

    /// <summary>One or two sentences: why a list that lacks certificates may not be the one that the program reads; null if it is.</summary>
    public string? Doubt { get; init; }

    /// <summary>They are not known.</summary>
    public static ListPlan Unknown(string problem) => new([], problem);
}
