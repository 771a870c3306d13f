namespace CaPortal.Core.Certificates;

/// <summary>Whether a CA certificate is where it should be on this machine.</summary>
public enum CaCertificateStatus
{
    /// <summary>Read back from every trust store in use that has a place for it; of a deleted one: known to be gone from all of them.</summary>
    Installed,

    /// <summary>Recorded, and on its way into the trust stores; of a deleted one: not known to be gone from all of them.</summary>
    Pending,

    /// <summary>It was installed, and somebody else removed it from a trust store since.</summary>
    Drifted,

    /// <summary>At least one trust store could not be brought to hold it.</summary>
    Failed,
}

/// <summary>The worst that holds of a certificate under management, in this order.</summary>
public enum CaCertificateCondition
{
    /// <summary>At least one trust store could not be brought to hold it.</summary>
    Failed,

    /// <summary>It has expired.</summary>
    Expired,

    /// <summary>Somebody else removed it from a trust store.</summary>
    Drifted,

    /// <summary>It expires within <see cref="CertificateFacts.ExpiresSoonDays"/> days.</summary>
    ExpiresSoon,

    /// <summary>It is on its way into the trust stores.</summary>
    Pending,

    /// <summary>It is in every trust store in use that has a place for it.</summary>
    Installed,
}

/// <summary>
/// A CA certificate under management, drawn from stored facts alone. Two are equal if they are the same certificate in the
/// same store, regardless of its state: a list that is read again has the same rows.
/// </summary>
public sealed record CaCertificate
{
    /// <summary>The worst that holds of it at <paramref name="now"/>.</summary>
    public CaCertificateCondition ConditionAt(DateTimeOffset now) => (Status, (Facts.NotAfter - now.UtcDateTime).TotalDays) switch
    {
        (CaCertificateStatus.Failed, _) => CaCertificateCondition.Failed,
        (_, < 0) => CaCertificateCondition.Expired,
        (CaCertificateStatus.Drifted, _) => CaCertificateCondition.Drifted,
        (_, < CertificateFacts.ExpiresSoonDays) => CaCertificateCondition.ExpiresSoon,
        (CaCertificateStatus.Pending, _) => CaCertificateCondition.Pending,
        _ => CaCertificateCondition.Installed,
    };

    /// <summary>Its identity.</summary>
    public required CaCertificateKey Key { get; init; }

    /// <summary>What was read from it when it was added.</summary>
    public required CertificateFacts Facts { get; init; }

    /// <summary>Whether it is where it should be.</summary>
    public required CaCertificateStatus Status { get; init; }

    /// <summary>
    /// The findings about it. In a list: what was found when it was added, if it depends neither on the time nor on other
    /// certificates. In a view of it alone: what holds now.
    /// </summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>When it was added, UTC.</summary>
    public required DateTime AddedAt { get; init; }

    /// <summary>Who added it.</summary>
    public required string AddedBy { get; init; }

    /// <summary>Why it was added.</summary>
    public string? Description { get; init; }

    /// <summary>How it came to the recycle bin; null while it is in its store.</summary>
    public CaCertificateRemoval? Removal { get; init; }

    /// <inheritdoc/>
    public bool Equals(CaCertificate? other) => Key == other?.Key;

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();
}

/// <summary>How a certificate came to the recycle bin.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="By">Who deleted it.</param>
/// <param name="Reason">Why.</param>
/// <param name="RestorableUntil">Until when it can be restored, UTC.</param>
public sealed record CaCertificateRemoval(DateTime At, string By, string? Reason, DateTime RestorableUntil);
