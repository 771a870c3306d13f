using CaPortal.Core.Alerts;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Monitoring;

/// <summary>What needs somebody now, and how much there is.</summary>
public sealed record Overview
{
    /// <summary>What needs somebody, the worst first; empty where all is in order.</summary>
    public required IReadOnlyList<Matter> Matters { get; init; }

    /// <summary>The certificates of the list in the store of trusted roots.</summary>
    public required int Roots { get; init; }

    /// <summary>The certificates of the list in the store of intermediates.</summary>
    public required int Intermediates { get; init; }

    /// <summary>The revision of the list: 0 until it is changed for the first time.</summary>
    public required long Revision { get; init; }

    /// <summary>The back-ends.</summary>
    public required int BackEnds { get; init; }

    /// <summary>Those of them that every client that counts trusts.</summary>
    public required int TrustedBackEnds { get; init; }

    /// <summary>The trust stores in use that this machine has.</summary>
    public required int TrustStores { get; init; }

    /// <summary>Those of them that were found to hold the newest revision when they were read back last.</summary>
    public required int TrustStoresInOrder { get; init; }

    /// <summary>Since when each of them has been read back at least once more, UTC; null if one never was.</summary>
    public required DateTime? VerifiedAt { get; init; }

    /// <summary>What expires next within <see cref="ExpiryRadar.Months"/> and has no successor; null if nothing does.</summary>
    public required ExpiringCertificate? NextExpiry { get; init; }
}

/// <summary>Something that needs somebody, however many it is about.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Count">How many it is about.</param>
/// <param name="Subjects">The first ones.</param>
public sealed record Matter(MatterKind Kind, int Count, IReadOnlyList<MatterSubject> Subjects)
{
    /// <summary>How bad it is.</summary>
    public MatterSeverity Severity => Kind switch
    {
        MatterKind.ActivityLog or MatterKind.TrustStoreFailed or MatterKind.Expired or MatterKind.BackEndNotTrusted => MatterSeverity.Error,
        MatterKind.TrustStoreDrifted or MatterKind.ExpiresSoon or MatterKind.BackEndUnreachable => MatterSeverity.Warning,
        _ => MatterSeverity.Info,
    };
}

/// <summary>One that a matter is about.</summary>
/// <param name="Name">Its name. Untrusted text.</param>
public sealed record MatterSubject(string Name)
{
    /// <summary>One sentence: what is wrong; null if the matter says it. Untrusted text.</summary>
    public string? Detail { get; init; }

    /// <summary>The certificate of the list that it is; else null.</summary>
    public CaCertificateKey? Certificate { get; init; }

    /// <summary>The back-end that it is, or that presents it; else null.</summary>
    public long? BackEndId { get; init; }
}

/// <summary>What needs somebody, the worst first.</summary>
public enum MatterKind
{
    /// <summary>The end of the activity log, or its key, is lost.</summary>
    ActivityLog,

    /// <summary>A trust store cannot be read or written, or does not hold what it should.</summary>
    TrustStoreFailed,

    /// <summary>A certificate of the list, or one that a back-end presents, has expired and is not replaced.</summary>
    Expired,

    /// <summary>A back-end's chain was judged, and a client that counts does not trust it.</summary>
    BackEndNotTrusted,

    /// <summary>Somebody else changed a trust store, and the settings say to leave it so.</summary>
    TrustStoreDrifted,

    /// <summary>Such a certificate expires within 60 days.</summary>
    ExpiresSoon,

    /// <summary>No chain came from a back-end.</summary>
    BackEndUnreachable,

    /// <summary>A back-end was never tested.</summary>
    BackEndNotTested,

    /// <summary>A change waits for a second administrator.</summary>
    WaitsForApproval,
}

/// <summary>How bad something is.</summary>
public enum MatterSeverity
{
    /// <summary>Calls fail because of it, or may fail.</summary>
    Error,

    /// <summary>Calls will fail because of it unless somebody acts.</summary>
    Warning,

    /// <summary>It waits for somebody.</summary>
    Info,
}
