using System.ComponentModel;
using CaPortal.Core.Certificates;

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

    [Description("What overrides the Errors that refuse the request, where some can be overridden.")]
    public OverrideResource? Override { get; init; }

    [Description("The revision of the list, where it is known.")]
    public long? Revision { get; init; }

    [Description("The back-ends because of which nothing was deleted.")]
    public IReadOnlyList<BackEndEffectResource>? Effect { get; init; }

    [Description("What was deleted and is trusted all the same, and from where.")]
    public IReadOnlyList<StillTrustedResource>? StillTrusted { get; init; }

    [Description("The trust stores of this machine, where the change reached them.")]
    public IReadOnlyList<TrustStoreResource>? TrustStores { get; init; }
}

/// <summary>What to send again, besides the same, to override Errors.</summary>
public sealed record OverrideResource
{
    [Description("The value of the field override. A reason is needed with it, in the field reason.")]
    public required IReadOnlyList<FindingCode> Override { get; init; }

    [Description("Whether that is enough; false where another Error cannot be overridden.")]
    public required bool IsEnough { get; init; }
}
