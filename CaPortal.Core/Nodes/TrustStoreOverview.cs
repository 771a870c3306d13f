using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;

namespace CaPortal.Core.Nodes;

/// <summary>Every kind of trust store and its state on this machine.</summary>
/// <param name="Scope">Whose trust is managed.</param>
/// <param name="IsNamed">The settings name the trust stores one by one, so that <paramref name="Scope"/> does not choose them.</param>
/// <param name="TrustStores">Those in use in the order of the settings, then the others.</param>
public sealed record TrustStoreOverview(TrustScope Scope, bool IsNamed, IReadOnlyList<TrustStoreView> TrustStores)
{
    /// <summary>Those that the settings name.</summary>
    public IEnumerable<TrustStoreView> InUse => TrustStores.Where(t => t.IsInUse);

    /// <summary>Those that the settings do not name.</summary>
    public IEnumerable<TrustStoreView> NotInUse => TrustStores.Where(t => !t.IsInUse);

    /// <summary>
    /// The settings that use this trust store besides those in use now. All are named, because naming one ends the
    /// choice by scope.
    /// </summary>
    public IReadOnlyList<SettingValue> SettingsFor(TrustStoreView added) =>
        [.. InUse.Append(added).Select((t, i) => new SettingValue($"{CoreOptions.Section}:{nameof(CoreOptions.TrustStores)}:{i}", t.Name))];
}

/// <summary>A setting and its value.</summary>
/// <param name="Key">Its key, with colons.</param>
/// <param name="Value">Its value.</param>
public sealed record SettingValue(string Key, string Value)
{
    /// <summary>As an environment variable: <c>CaPortal__Scope=Machine</c>.</summary>
    public string Environment => $"{Key.Replace(":", "__", StringComparison.Ordinal)}={Value}";
}

/// <summary>The state of a trust store.</summary>
public enum TrustStoreCondition
{
    /// <summary>The settings do not name it.</summary>
    NotInUse,

    /// <summary>It cannot be used now; the problem says why.</summary>
    Unusable,

    /// <summary>This machine has no such trust store.</summary>
    Absent,

    /// <summary>It has not been brought to the newest revision yet.</summary>
    Pending,

    /// <summary>It holds what it should.</summary>
    Installed,

    /// <summary>Somebody else changed it since it was last verified.</summary>
    Drifted,

    /// <summary>It could not be read or written, or does not hold what it should.</summary>
    Failed,
}

/// <summary>One kind of trust store: what it is, and what is in it.</summary>
public sealed record TrustStoreView
{
    /// <summary>Its name in the settings and on the wire.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, for people.</summary>
    public required string Title { get; init; }

    /// <summary>Its state.</summary>
    public required TrustStoreCondition Condition { get; init; }

    /// <summary>Whether the settings name it.</summary>
    public bool IsInUse => Condition != TrustStoreCondition.NotInUse;

    /// <summary>Whether it can be used here and now.</summary>
    public required TrustStoreState State { get; init; }

    /// <summary>The scopes that it is part of on this operating system where the settings name none.</summary>
    public required IReadOnlyCollection<TrustScope> Scopes { get; init; }

    /// <summary>The stores that it holds, each with its place.</summary>
    public required IReadOnlyList<TrustStorePlace> Places { get; init; }

    /// <summary>The file that programs can be configured to take their trusted roots from; null if there is none.</summary>
    public ProgramFile? File { get; init; }

    /// <summary>Only the account that the portal runs as, and administrators, can read <see cref="File"/>.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>What is in it now; null if it is not in use or could not be read.</summary>
    public TrustStoreCounts? Counts { get; init; }

    /// <summary>Files of others in it that somebody has to look at; they say nothing against <see cref="Condition"/>.</summary>
    public IReadOnlyList<TrustStoreNote> Notes { get; init; } = [];

    /// <summary>When it was last compared with what it should hold, UTC; null if it never was.</summary>
    public DateTime? VerifiedAt { get; init; }

    /// <summary>When CaPortal last changed what is in it, UTC; null if it never had to.</summary>
    public DateTime? WrittenAt { get; init; }

    /// <summary>What was done last behind a change; null if nothing follows changes, or nothing was done yet.</summary>
    public TrustStoreFollowedUp? FollowUp { get; init; }

    /// <summary>One sentence: what is wrong; null if nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>One sentence: what to do about <see cref="Problem"/>.</summary>
    public string? Advice { get; init; }
}

/// <summary>What was done last behind a change of a trust store.</summary>
/// <param name="Title">What it was: <c>update-ca-certificates</c>.</param>
/// <param name="Detail">What came of it.</param>
/// <param name="Warning">What it could not do, and what to do about that; null if all went well.</param>
/// <param name="At">When, UTC.</param>
public sealed record TrustStoreFollowedUp(string Title, string Detail, string? Warning, DateTime At);

/// <summary>Where a trust store keeps the certificates of one store.</summary>
/// <param name="Store">The store.</param>
/// <param name="Location">The folder or file.</param>
public sealed record TrustStorePlace(CaStore Store, string Location);

/// <summary>What is in a trust store, counted.</summary>
/// <param name="Wanted">Certificates that it should hold.</param>
/// <param name="Installed">Those of them that are there.</param>
/// <param name="LeftOut">Certificates that are kept out of it, because they would stop the programs that read it.</param>
/// <param name="Withdrawn">Certificates that were deleted and are there all the same.</param>
/// <param name="Others">Certificates that CaPortal has nothing to do with.</param>
/// <param name="Damaged">One sentence for each thing found there that is not readable.</param>
public sealed record TrustStoreCounts(int Wanted, int Installed, int LeftOut, int Withdrawn, int Others, IReadOnlyList<string> Damaged)
{
    /// <summary>It holds what it should, and nothing that it should not.</summary>
    public bool IsRight => Installed == Wanted && Withdrawn == 0 && Damaged.Count == 0;
}
