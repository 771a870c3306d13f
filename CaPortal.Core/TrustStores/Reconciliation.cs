using System.Collections.Frozen;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>What the trust stores of this machine must hold.</summary>
/// <param name="Revision">The revision that this is.</param>
/// <param name="Certificates">What must be there.</param>
/// <param name="BreaksReaders">Those of <paramref name="Certificates"/> that shared trust stores leave out.</param>
/// <param name="Withdrawn">What CaPortal put there once and is not to be there any more.</param>
/// <param name="Source">Where certificates that must be written are loaded from.</param>
public sealed record DesiredState(
    long Revision,
    IReadOnlySet<CaCertificateKey> Certificates,
    IReadOnlySet<CaCertificateKey> BreaksReaders,
    IReadOnlySet<CaCertificateKey> Withdrawn,
    ICertificateSource Source)
{
    /// <summary>
    /// What must be there, but was taken out of the trust store of that name again, because a program could not open it any
    /// more.
    /// </summary>
    public IReadOnlySet<(string TrustStore, CaCertificateKey Key)> TakenBack { get; init; } = FrozenSet<(string, CaCertificateKey)>.Empty;
}

/// <summary>The state of one trust store after reconciling.</summary>
public enum TrustStoreResult
{
    /// <summary>What was read back is what is desired.</summary>
    Installed,

    /// <summary>It could not be read or written, or what was read back differs.</summary>
    Failed,

    /// <summary>It cannot be used now: nothing was written, and what it holds was compared as far as it can be read.</summary>
    Unusable,

    /// <summary>This machine has no such trust store.</summary>
    Absent,

    /// <summary>It held what is desired, and somebody else has changed it since.</summary>
    Drifted,
}

/// <summary>What reconciling one trust store did.</summary>
public sealed record TrustStoreOutcome
{
    /// <summary>The trust store's name.</summary>
    public required string Name { get; init; }

    /// <summary>The trust store's title.</summary>
    public required string Title { get; init; }

    /// <summary>Whether it now holds what it should.</summary>
    public required TrustStoreResult Result { get; init; }

    /// <summary>Certificates that were added.</summary>
    public IReadOnlyList<CaCertificateKey> Added { get; init; } = [];

    /// <summary>Certificates that were removed.</summary>
    public IReadOnlyList<CaCertificateKey> Removed { get; init; } = [];

    /// <summary>
    /// Files that CaPortal had not written and that were removed, because a certificate that must be gone was in them.
    /// </summary>
    public IReadOnlyList<string> RemovedFiles { get; init; } = [];

    /// <summary>Certificates that are desired and were not there when it was read back.</summary>
    public IReadOnlyList<CaCertificateKey> Missing { get; init; } = [];

    /// <summary>Certificates that must be gone and were still there when it was read back.</summary>
    public IReadOnlyList<CaCertificateKey> Left { get; init; } = [];

    /// <summary>Certificates left out because they would stop the programs that read this trust store.</summary>
    public IReadOnlyList<CaCertificateKey> LeftOut { get; init; } = [];

    /// <summary>One sentence for each damage that was found before the change.</summary>
    public IReadOnlyList<string> Damaged { get; init; } = [];

    /// <summary>Some of that damage was gone when it was read back.</summary>
    public bool IsPutRight { get; init; }

    /// <summary>What somebody else changed was put right, beside what changes of the list asked for.</summary>
    public bool IsHealed { get; init; }

    /// <summary>OpenSSL gave no answer about what was added, so that .NET's stood alone.</summary>
    public bool IsWithoutOpenSsl { get; init; }

    /// <summary>Whether it is another one than it was before.</summary>
    public bool IsChanged => IsPutRight || Added.Count + Removed.Count + RemovedFiles.Count > 0;

    /// <summary>Files of others that somebody has to look at.</summary>
    public IReadOnlyList<TrustStoreNote> Notes { get; init; } = [];

    /// <summary>One sentence: why it failed, cannot be used or is absent.</summary>
    public string? Error { get; init; }

    /// <summary>One sentence: what to do about <see cref="Error"/>.</summary>
    public string? Advice { get; init; }

    /// <summary>One sentence: which files of others were removed; null if none was.</summary>
    public string? RemovedFilesText =>
        RemovedFiles.Count == 0
            ? null
            : $"Removed with it, though CaPortal had not written {(RemovedFiles.Count == 1 ? "it" : "them")}: "
                + $"{string.Join(", ", RemovedFiles.Select(f => $"'{DisplayText.Visible(f)}'"))}.";

    /// <summary>Time that it took, read-back included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Hash of what this trust store should hold (see <see cref="SetHash"/>); null if it could not be read.</summary>
    public string? ExpectedHash { get; init; }

    /// <summary>
    /// Hash of those of CaPortal's certificates, desired or withdrawn, that were re-read; equal to <see cref="ExpectedHash"/>
    /// where it is installed, and null if it could not be read.
    /// </summary>
    public string? ObservedHash { get; init; }
}

/// <summary>One step of reconciling, as it happens.</summary>
/// <param name="TrustStore">The trust store's title.</param>
/// <param name="Outcome">Its outcome; null when it begins.</param>
public sealed record ReconcileStep(string TrustStore, TrustStoreOutcome? Outcome);
