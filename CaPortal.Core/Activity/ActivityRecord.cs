using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Activity;

/// <summary>What an entry of the activity log is about.</summary>
public enum ActivityCategory
{
    /// <summary>The list of CA certificates was changed.</summary>
    Change,

    /// <summary>What the trust stores, and the programs that read them, made of it; also what was healed.</summary>
    Outcome,

    /// <summary>Something was tried and refused.</summary>
    Refusal,

    /// <summary>Somebody signed in or out, or tried to.</summary>
    SignIn,

    /// <summary>Who may do what was changed: API keys.</summary>
    Access,

    /// <summary>A change was proposed, or a proposal decided.</summary>
    Approval,

    /// <summary>Back-ends were added, edited, deleted or tested, or a server was looked at.</summary>
    BackEnd,

    /// <summary>The rest: recycle bin, alerts, a list begun again.</summary>
    Other,
}

/// <summary>An entry of the activity log, with what its details say.</summary>
public sealed record ActivityRecord
{
    /// <summary>Its number: 1, 2, 3 without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTime At { get; init; }

    /// <summary>Who.</summary>
    public required string Actor { get; init; }

    /// <summary>In which role.</summary>
    public required string Role { get; init; }

    /// <summary>From where: an address, or a part of the portal.</summary>
    public required string Source { get; init; }

    /// <summary>What, as it is stored: <c>Add</c>, <c>Delete</c>, <c>Outcome</c>...</summary>
    public required string Action { get; init; }

    /// <summary>What it is about.</summary>
    public required ActivityCategory Category { get; init; }

    /// <summary>Why. Untrusted text.</summary>
    public string? Reason { get; init; }

    /// <summary>The revision that it changed.</summary>
    public long? RevisionBefore { get; init; }

    /// <summary>The revision that the entry made, or whose outcome it reports.</summary>
    public long? RevisionAfter { get; init; }

    /// <summary>Everything else that was recorded, as JSON. Untrusted text.</summary>
    public required string Details { get; init; }

    /// <summary>Keyed hash of the entry, which the next entry holds.</summary>
    public required string Hash { get; init; }

    /// <summary>The hash of the entry before; empty for the first.</summary>
    public string PreviousHash { get; init; } = "";

    /// <summary>The certificates that it added or removed, or would have: of many the first ones, as the log keeps them.</summary>
    public IReadOnlyList<ActivityCertificate> Certificates { get; init; } = [];

    /// <summary>How many it added, or would have.</summary>
    public int AddedCount { get; init; }

    /// <summary>How many it removed, or would have.</summary>
    public int RemovedCount { get; init; }

    /// <summary>What each trust store made of it: of a change the newest outcome of its revision.</summary>
    public IReadOnlyList<ActivityOutcome> Outcomes { get; init; } = [];

    /// <summary>
    /// Names of certificates that the details give by their SHA-256 alone, if they were ever in the list. Untrusted text.
    /// </summary>
    public IReadOnlyDictionary<string, string> Names { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Those of its certificates, by SHA-256, whose name another certificate has too: one of the list, or of the entries that were
    /// read with this one. It may hold those of these other entries.
    /// </summary>
    public IReadOnlySet<string> Namesakes { get; init; } = new HashSet<string>();

    /// <summary>It is an outcome by which was put right what somebody else had changed in a trust store.</summary>
    public bool IsHealing { get; init; }

    /// <summary>It is a change of the list.</summary>
    public bool IsChange => Category == ActivityCategory.Change;

    /// <summary>
    /// A change whose outcome is not recorded yet. It is being made, or it was interrupted and the next look at the trust
    /// stores settles it.
    /// </summary>
    public bool IsUnfinished => IsChange && Outcomes.Count == 0;
}

/// <summary>A certificate of an entry.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="IsAddition">It was added; else removed.</param>
/// <param name="FileSha256">SHA-256 of the file that it came in; null if it did not come in a file.</param>
/// <param name="Accepted">The Errors that were overridden.</param>
public sealed record ActivityCertificate(CaCertificateKey Key, string Name, bool IsAddition, string? FileSha256, IReadOnlyList<FindingCode> Accepted);

/// <summary>What one trust store made of a change.</summary>
/// <param name="TrustStore">The trust store's name.</param>
/// <param name="Result">Its state, read back.</param>
/// <param name="Added">How many certificates were put into it.</param>
/// <param name="Removed">How many were taken out.</param>
/// <param name="Missing">How many are missing.</param>
/// <param name="Error">What went wrong; null if nothing did.</param>
public sealed record ActivityOutcome(string TrustStore, TrustStoreResult Result, int Added, int Removed, int Missing, string? Error)
{
    /// <summary>Files that CaPortal had not written and that were removed with a certificate.</summary>
    public IReadOnlyList<string> RemovedFiles { get; init; } = [];
}

/// <summary>Which entries.</summary>
public sealed record ActivityQuery
{
    /// <summary>Only of this actor: exactly that name.</summary>
    public string? Actor { get; init; }

    /// <summary>Only about this certificate: SHA-256 as 64 lower-case hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Only of these categories; empty: of all.</summary>
    public IReadOnlySet<ActivityCategory> Categories { get; init; } = new HashSet<ActivityCategory>();

    /// <summary>Not before this moment, UTC.</summary>
    public DateTime? From { get; init; }

    /// <summary>Before this moment, UTC.</summary>
    public DateTime? Until { get; init; }

    /// <summary>
    /// Only what is worth reading by itself. The outcome of a change that went well is not: it is shown with the change.
    /// </summary>
    public bool OnlyNoteworthy { get; init; }

    /// <summary>Only entries with a smaller number.</summary>
    public long? Before { get; init; }

    /// <summary>Only entries with a greater number.</summary>
    public long? After { get; init; }

    /// <summary>How many of the newest to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>How many at most.</summary>
    public int Top { get; init; } = 50;
}

/// <summary>A part of the activity log.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="Count">How many the query has in all.</param>
public sealed record ActivityPage(IReadOnlyList<ActivityRecord> Entries, int Count);
