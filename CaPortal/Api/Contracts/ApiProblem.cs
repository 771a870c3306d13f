using System.ComponentModel;

namespace CaPortal.Api.Contracts;

/// <summary>Problem details (RFC 9457).</summary>
public sealed record ApiProblem
{
    [Description("Always about:blank; the code tells problems apart.")]
    public string Type { get; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    [Description("What happened and what to do.")]
    public required string Detail { get; init; }

    [Description("Tells problems apart and never changes.")]
    public required string Code { get; init; }

    [Description("The items of the upload with their findings, where there was one.")]
    public IReadOnlyList<ItemResource>? Items { get; init; }

    [Description("The revision of the list, where it is known.")]
    public long? Revision { get; init; }

    [Description("The back-ends because of which nothing was deleted.")]
    public IReadOnlyList<BackEndEffectResource>? Effect { get; init; }

    [Description("The trust stores of this machine, where the change reached them.")]
    public IReadOnlyList<TrustStoreResource>? TrustStores { get; init; }
}
