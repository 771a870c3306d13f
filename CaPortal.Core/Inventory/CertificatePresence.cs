namespace CaPortal.Core.Inventory;

/// <summary>Whether a certificate is in a trust store.</summary>
public enum CertificatePresence
{
    /// <summary>It was read back from it.</summary>
    Present,

    /// <summary>It should be there, and was not found when it was last read.</summary>
    Missing,

    /// <summary>It is left out, because it would stop the programs that read the trust store.</summary>
    LeftOut,

    /// <summary>The trust store has not been brought to the revision that added it.</summary>
    Pending,

    /// <summary>This machine has no such trust store.</summary>
    Absent,

    /// <summary>The trust store could not be read.</summary>
    Unknown,
}
