using System.Text.Json;
using System.Text.Json.Serialization;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Data;
using CaPortal.Core.Inventory;

namespace CaPortal.Core.Approvals;

/// <summary>What a proposed change adds and removes, as it is stored: with everything that making it needs.</summary>
/// <param name="Additions">What it adds.</param>
/// <param name="Removals">What it removes.</param>
internal sealed record ProposalContent(IReadOnlyList<ProposedAddition> Additions, IReadOnlyList<ProposedRemoval> Removals)
{
    public static ProposalContent Of(ChangePlan plan) => new(
        [.. plan.Additions.Select(a => new ProposedAddition(
            a.Key.Store, a.Key.Sha256, a.Facts.Name, a.Der.ToArray(), [.. a.Accepted], a.Description, a.FileSha256, a.Found?.Key.Store)
        {
            Marks = [.. a.Findings.Where(f => f.IsMark)],
        })],
        [.. plan.Removals.Select(r => new ProposedRemoval(r.Key.Store, r.Key.Sha256, r.Name, r.Found is not null))]);

    public static ProposalContent Of(ProposedChange proposal) => JsonSerializer.Deserialize<ProposalContent>(proposal.Content, ActivityLog.Json)!;

    /// <summary>What it adds and removes, for people.</summary>
    [JsonIgnore]
    public IReadOnlyList<RevisionSummaryChange> Changes =>
        [.. Removals.Select(r => new RevisionSummaryChange(r.Key, r.Name, false)), .. Additions.Select(a => new RevisionSummaryChange(a.Key, a.Name, true))];

    /// <summary>What remains of it once it is decided: the certificates themselves are not needed any more.</summary>
    [JsonIgnore]
    public ProposalContent Decided => this with { Additions = [.. Additions.Select(a => a with { Der = null })] };

    public string ToJson() => JsonSerializer.Serialize(this, ActivityLog.Json);

    /// <summary>Both put the same certificates into the same stores and take the same out of them.</summary>
    public bool IsSameAs(ProposalContent other) =>
        Additions.Select(a => a.Key).ToHashSet().SetEquals(other.Additions.Select(a => a.Key))
        && Removals.Select(r => r.Key).ToHashSet().SetEquals(other.Removals.Select(r => r.Key));
}

/// <summary>A certificate that a proposed change adds.</summary>
/// <param name="Store">Its store.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Der">Its DER encoding; null once it is decided.</param>
/// <param name="Accepted">The Errors that are overridden.</param>
/// <param name="Description">Why it was added in the first place; null if the reason of this change is that.</param>
/// <param name="FileSha256">SHA-256 of the file that it came in; null if it did not come in a file.</param>
/// <param name="FoundIn">The store that it was found in on this machine; null if it was not found there.</param>
internal sealed record ProposedAddition(
    CaStore Store, string Sha256, string Name, byte[]? Der, IReadOnlyList<FindingCode> Accepted, string? Description, string? FileSha256, CaStore? FoundIn)
{
    /// <summary>What its file said about it, which the certificate itself does not say.</summary>
    public IReadOnlyList<Finding> Marks { get; init; } = [];

    [JsonIgnore]
    public CaCertificateKey Key => new(Store, Sha256);
}

/// <summary>A certificate that a proposed change removes.</summary>
/// <param name="Store">Its store.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="IsFound">It is not under management, but was found on this machine.</param>
internal sealed record ProposedRemoval(CaStore Store, string Sha256, string Name, bool IsFound)
{
    [JsonIgnore]
    public CaCertificateKey Key => new(Store, Sha256);
}
