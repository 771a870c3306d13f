using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Inventory;

/// <summary>What one change did.</summary>
/// <param name="Revision">The revision that it made.</param>
/// <param name="Kind">What kind of change it was.</param>
/// <param name="By">Who made it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="Changes">What it added and removed.</param>
public sealed record RevisionSummary(long Revision, ChangeKind Kind, string By, DateTime At, string? Reason, IReadOnlyList<RevisionSummaryChange> Changes);

/// <summary>One certificate that a change added or removed.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="IsAddition">It was added; else removed.</param>
public sealed record RevisionSummaryChange(CaCertificateKey Key, string Name, bool IsAddition);
