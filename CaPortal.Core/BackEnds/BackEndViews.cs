using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;

namespace CaPortal.Core.BackEnds;

/// <summary>
/// A back-end, drawn from what its last test found. Two are equal if they are the same back-end, regardless of what was
/// found: a list that is read again has the same rows.
/// </summary>
public sealed record BackEndSummary
{
    /// <summary>Its identity.</summary>
    public required long Id { get; init; }

    /// <summary>What people call it. Untrusted text.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is.</summary>
    public required BackEndAddress Address { get; init; }

    /// <summary>The names of the clients that count for its verdict; null: those of the settings.</summary>
    public IReadOnlyList<string>? Clients { get; init; }

    /// <summary>The verdict; null if it was never tested.</summary>
    public TrustVerdict? Verdict { get; init; }

    /// <summary>One sentence: what was found.</summary>
    public string? Message { get; init; }

    /// <summary>Since when it has that verdict, UTC.</summary>
    public DateTime? VerdictSince { get; init; }

    /// <summary>When it was tested last, UTC.</summary>
    public DateTime? CheckedAt { get; init; }

    /// <summary>The CA certificate that it depends on; null if there is none.</summary>
    public BackEndAnchor? Anchor { get; init; }

    /// <summary>The earliest end of validity in its chain, UTC.</summary>
    public DateTime? ExpiresAt { get; init; }

    /// <summary>It is being tested now.</summary>
    public bool IsTesting { get; init; }

    /// <inheritdoc/>
    public bool Equals(BackEndSummary? other) => Id == other?.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();
}

/// <summary>The CA certificate that a back-end depends on.</summary>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Name">Its name. Untrusted text.</param>
public sealed record BackEndAnchor(string Sha256, string Name);

/// <summary>What the list of back-ends can be sorted by.</summary>
public enum BackEndSort
{
    /// <summary>The name.</summary>
    Name,

    /// <summary>The address.</summary>
    Address,

    /// <summary>The verdict.</summary>
    Verdict,

    /// <summary>The CA certificate that it depends on.</summary>
    Anchor,

    /// <summary>The earliest end of validity in its chain.</summary>
    Expiry,

    /// <summary>When it was tested last.</summary>
    CheckedAt,
}

/// <summary>Which verdicts to list.</summary>
public enum BackEndFilter
{
    /// <summary>Trusted ones.</summary>
    Trusted,

    /// <summary>Those whose chain was judged and is not trusted.</summary>
    NotTrusted,

    /// <summary>Those from which no chain came.</summary>
    Unreachable,

    /// <summary>Those that were never tested.</summary>
    NotTested,

    /// <summary>Those whose chain has something that expires within 60 days or has expired.</summary>
    ExpiresSoon,
}

/// <summary>Which back-ends to list, in which order.</summary>
public sealed record BackEndQuery
{
    /// <summary>Words that must all occur in name, address, server name or anchor, regardless of case.</summary>
    public string? Search { get; init; }

    /// <summary>Those alone.</summary>
    public BackEndFilter? Filter { get; init; }

    /// <summary>Those alone that depend on this certificate, by SHA-256.</summary>
    public string? AnchorSha256 { get; init; }

    /// <summary>What to sort by.</summary>
    public BackEndSort Sort { get; init; } = BackEndSort.Name;

    /// <summary>Last first.</summary>
    public bool Descending { get; init; }

    /// <summary>Back-ends to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>Back-ends to return at most.</summary>
    public int Top { get; init; } = 100;
}

/// <summary>A part of the list.</summary>
/// <param name="BackEnds">The back-ends.</param>
/// <param name="Count">How many the query has in all.</param>
public sealed record BackEndPage(IReadOnlyList<BackEndSummary> BackEnds, int Count);

/// <summary>A back-end with its chain, judged against what is in the stores now.</summary>
/// <param name="Summary">What the list shows of it.</param>
/// <param name="Judgement">What is found now, from the chain that it presented last.</param>
/// <param name="Presented">What it presented last, its own certificate first.</param>
/// <param name="Fix">What would make it trusted with one click, or is needed for that; null if CaPortal does not know or nothing
/// has to be done.</param>
public sealed record BackEndView(BackEndSummary Summary, TrustJudgement Judgement, IReadOnlyList<PresentedCertificate> Presented, TrustFix? Fix)
{
    /// <summary>The IP address that was connected to.</summary>
    public string? RemoteAddress { get; init; }

    /// <summary>The protocol of the handshake.</summary>
    public string? Protocol { get; init; }

    /// <summary>The server asked for a certificate of the client.</summary>
    public bool AsksForClientCertificate { get; init; }
}

/// <summary>From where the certificate that is missing can be taken.</summary>
public enum TrustFixSource
{
    /// <summary>The server presented it.</summary>
    Presented,

    /// <summary>It is under management, in the other store.</summary>
    OtherStore,

    /// <summary>It is in the recycle bin.</summary>
    RecycleBin,

    /// <summary>Another back-end of the list presented it. Untrusted, as that server is, unless <see cref="TrustFix.ProvenBy"/> says more.</summary>
    OtherBackEnd,

    /// <summary>It can be fetched from the address that the certificate below it names. Untrusted, as that address is.</summary>
    IssuerAddress,
}

/// <summary>The certificate that would make a back-end trusted, or that it needs for that.</summary>
/// <param name="Source">From where it can be taken.</param>
/// <param name="Store">The store that it will go to.</param>
/// <param name="Sha256">Its SHA-256; null if it has to be fetched first.</param>
/// <param name="Name">Its name. Untrusted text.</param>
/// <param name="Der">Its DER encoding; null if it has to be fetched first.</param>
/// <param name="Url">Where it can be fetched; null if that is not needed. Untrusted text.</param>
public sealed record TrustFix(TrustFixSource Source, CaStore Store, string? Sha256, string Name, ReadOnlyMemory<byte>? Der, string? Url)
{
    /// <summary>
    /// One sentence: what is still wrong once it is in its store. Null if the back-end is trusted then, or if it must be
    /// fetched first.
    /// </summary>
    public string? Remaining { get; init; }

    /// <summary>The back-end that presented it, where that is another one; else null.</summary>
    public BackEndAddress? PresentedBy { get; init; }

    /// <summary>
    /// The name of the root, trusted here already, to which the signatures of what another back-end presented lead; null if
    /// there is none. Untrusted text.
    /// </summary>
    public string? ProvenBy { get; init; }

    /// <summary>The certificate that it issued, if the issuer must be fetched first; else null.</summary>
    public PresentedCertificate? IssuerOf { get; init; }

    /// <summary>All addresses where it can be fetched, <see cref="Url"/> first; empty if that is not needed. Untrusted text.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];
}

/// <summary>A back-end as an administrator describes it.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Name">What people call it; blank: its host.</param>
public sealed record BackEndDraft(BackEndAddress Address, string? Name)
{
    /// <summary>The names of the clients that count for its verdict; null or empty: those of the settings.</summary>
    public IReadOnlyList<string>? Clients { get; init; }
}

/// <summary>One line of a list of back-ends that was pasted.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">The line. Untrusted text.</param>
/// <param name="Draft">What it says; null if it cannot be understood.</param>
/// <param name="Problem">One sentence: why it cannot be understood; null if it can.</param>
public sealed record BackEndLine(int Number, string Text, BackEndDraft? Draft, string? Problem);

/// <summary>What came of changing the list of back-ends.</summary>
public abstract record BackEndOutcome
{
    private BackEndOutcome()
    {
    }

    /// <summary>It is done.</summary>
    /// <param name="Ids">The back-ends that were added, changed or deleted.</param>
    /// <param name="Duplicates">What was there already and is passed over.</param>
    public sealed record Done(IReadOnlyList<long> Ids, IReadOnlyList<BackEndAddress> Duplicates) : BackEndOutcome;

    /// <summary>It may not be done as it is; nothing was changed.</summary>
    /// <param name="Message">One sentence: why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Refused(string Message, string Advice) : BackEndOutcome;

    /// <summary>The actor may not do that; nothing was changed.</summary>
    public sealed record Forbidden : BackEndOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }
}

/// <summary>A test of one back-end that has ended.</summary>
/// <param name="BackEnd">What was found.</param>
/// <param name="Before">The verdict before; null if there was none.</param>
/// <param name="Done">How many of the tests asked for have ended.</param>
/// <param name="Total">How many were asked for.</param>
public sealed record BackEndTested(BackEndSummary BackEnd, TrustVerdict? Before, int Done, int Total);

/// <summary>One server asked once, whether it is in the list or not.</summary>
/// <param name="Contact">What came of the handshake.</param>
/// <param name="Judgement">What is found, judged against what is in the stores now.</param>
/// <param name="Fix">What would make it trusted with one click, or is needed for that; null if CaPortal does not know or nothing
/// has to be done.</param>
public sealed record BackEndProbed(ProbeContact Contact, TrustJudgement Judgement, TrustFix? Fix);
