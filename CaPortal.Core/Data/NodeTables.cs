using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Data;

/// <summary>A machine of an instance.</summary>
public sealed class Node
{
    /// <summary>Key.</summary>
    public int Id { get; set; }

    /// <summary>The instance.</summary>
    public int InstanceId { get; set; }

    /// <summary>The machine's name.</summary>
    public required string Name { get; set; }

    /// <summary>What the data directory of its portal calls it; null where the database has one portal, or no portal has taken the row yet.</summary>
    public string? Key { get; set; }

    /// <summary>The number of the activity entry that says what came of its trust stores last; null if there is none.</summary>
    public long? OutcomeEntry { get; set; }

    /// <summary>The last revision that was reconciled, regardless of the result.</summary>
    public long AppliedRevision { get; set; }

    /// <summary>When it was last reconciled, UTC.</summary>
    public DateTime? SeenAt { get; set; }

    /// <summary>The newest revision for which programs were asked whether they see it.</summary>
    public long ProvedRevision { get; set; }

    /// <summary>What the machine's clock said when it was last looked at, UTC.</summary>
    public DateTime? ClockSeenAt { get; set; }

    /// <summary>What time it was then by a clock that does not jump, UTC.</summary>
    public DateTime? ClockSteadyAt { get; set; }

    /// <summary>How long the portal has run since the machine's clock last got ahead of that one, in ticks of 100 ns; a day at most.</summary>
    public long ClockDoubtedFor { get; set; }
}

/// <summary>The state of one trust store of a machine, as it was last read back.</summary>
public sealed class NodeStatus
{
    /// <summary>The machine.</summary>
    public int NodeId { get; set; }

    /// <summary>The trust store's name.</summary>
    public required string TrustStore { get; set; }

    /// <summary>What came of it.</summary>
    public TrustStoreResult Result { get; set; }

    /// <summary>The revision for which it was last read back; stays while it cannot be read.</summary>
    public long Revision { get; set; }

    /// <summary>The newest revision that it was found to hold, no more and no less of ours; 0 where it never was.</summary>
    public long VerifiedRevision { get; set; }

    /// <summary>Hash of what it should hold; see <see cref="SetHash"/>.</summary>
    public string? ExpectedHash { get; set; }

    /// <summary>Hash of what was re-read: it is in order where both are the same. Null if it could not be read.</summary>
    public string? ObservedHash { get; set; }

    /// <summary>Why it failed, cannot be used or is absent.</summary>
    public string? Error { get; set; }

    /// <summary>What to do about it.</summary>
    public string? Advice { get; set; }

    /// <summary>When it was last read back, UTC; null if it never could be.</summary>
    public DateTime? VerifiedAt { get; set; }

    /// <summary>When CaPortal last changed what is in it, UTC; null if it never had to.</summary>
    public DateTime? WrittenAt { get; set; }

    /// <summary>Since when it is not as it should be, UTC; null if it is, or is absent.</summary>
    public DateTime? WrongSince { get; set; }

    /// <summary>What was done last behind a change; null if nothing was.</summary>
    public string? FollowUpDetail { get; set; }

    /// <summary>What that could not do, and what to do about it.</summary>
    public string? FollowUpWarning { get; set; }

    /// <summary>When that was, UTC.</summary>
    public DateTime? FollowedUpAt { get; set; }
}

/// <summary>A certificate that a trust store should hold and did not when it was read back.</summary>
public sealed class NodeMissing
{
    /// <summary>The machine.</summary>
    public int NodeId { get; set; }

    /// <summary>The trust store's name.</summary>
    public required string TrustStore { get; set; }

    /// <summary>The store.</summary>
    public CaStore Store { get; set; }

    /// <summary>The certificate.</summary>
    public required string Sha256 { get; set; }

    /// <summary>Why.</summary>
    public MissingReason Reason { get; set; }
}

/// <summary>Why a trust store does not hold a certificate that it should hold.</summary>
public enum MissingReason
{
    /// <summary>It could not be brought to hold it.</summary>
    NotInstalled,

    /// <summary>It held it, and somebody else removed it.</summary>
    Drifted,

    /// <summary>It is left out on purpose, because it would stop the programs that read this trust store.</summary>
    LeftOut,

    /// <summary>
    /// A program could not open the trust store after it had been added, so that it was taken out again. It is not added until
    /// somebody asks for it.
    /// </summary>
    TakenBack,
}
