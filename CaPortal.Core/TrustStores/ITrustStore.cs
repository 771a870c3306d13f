using System.Collections.Frozen;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// A place on this machine where programs read trusted certificates from. Registered by one line in
/// <see cref="CoreServices"/>. Safe for use by several threads and several processes at once.
/// </summary>
public interface ITrustStore
{
    /// <summary>The kind as written in the settings, and the name on the wire: <c>x509</c>, <c>pem-bundle</c>.</summary>
    string Name { get; }

    /// <summary>What it is, for people: <c>.NET certificate store of this user</c>.</summary>
    string Title { get; }

    /// <summary>
    /// Many programs read one file that is made of all certificates, so that one malformed certificate would harm them all.
    /// Certificates with one of <see cref="Finding.KeptOutOfSharedFiles"/> are left out, even if the error was overridden.
    /// </summary>
    bool IsShared { get; }

    /// <summary>Its trusted roots become part of the operating system's list of roots, without being the operating system's own.</summary>
    bool FeedsOperatingSystem => false;

    /// <summary>The operating system's own roots are among what it holds.</summary>
    bool ShowsOperatingSystem => false;

    /// <summary>Whether it has a place for this store's certificates.</summary>
    bool Holds(CaStore store);

    /// <summary>
    /// Whether the programs that read it can read this certificate too. One that they stumble over is left out, so that
    /// it does not keep them from the others. What no program at all can read is not asked about.
    /// </summary>
    bool Takes(TrustedCertificate certificate) => true;

    /// <summary>The folder or file in which this store's certificates are kept.</summary>
    string Location(CaStore store);

    /// <summary>The file that programs can be configured to take their trusted roots from; null if there is none to name.</summary>
    ProgramFile? FileForPrograms => null;

    /// <summary>Files and folders that it is made of: a change in them by somebody else is a reason to look at it again.</summary>
    IEnumerable<string> WatchedPaths => Enum.GetValues<CaStore>().Where(Holds).Select(Location).Where(Path.IsPathFullyQualified);

    /// <summary>
    /// A folder that belongs to it, in which no program stumbles over one more small file; null if there is none. What the
    /// portal keeps there does not go back with an older backup of the data directory.
    /// </summary>
    string? MarkFolder => null;

    /// <summary>The PEM file that programs are configured to read this store's certificates from; null if there is none.</summary>
    string? PemFile(CaStore store) => null;

    /// <summary>Whether .NET trusts what is in it without being configured.</summary>
    bool IsReadByDotNet => false;

    /// <summary>Whether it can be used here and now, cheaply found out.</summary>
    TrustStoreState GetState();

    /// <summary>
    /// Makes the next <see cref="ReadAsync"/> read everything for real. Otherwise a file whose identity, size and times are
    /// the same is taken to hold what it held.
    /// </summary>
    void Forget()
    {
    }

    /// <summary>What is really there now, ours and others'.</summary>
    /// <exception cref="TrustStoreException">It cannot be read; the message says why and what to do.</exception>
    Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken);

    /// <summary>The certificates themselves: those of <paramref name="keys"/> that are there.</summary>
    /// <exception cref="TrustStoreException">It cannot be read; the message says why and what to do.</exception>
    Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Adds and removes, all or nothing; durable when it returns; idempotent. What is neither added nor removed stays as it
    /// is, regardless of who put it there. Once writing has begun it runs to its end.
    /// </summary>
    /// <exception cref="TrustStoreException">It cannot be written; the message says why and what to do.</exception>
    Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken);

    /// <summary>What <see cref="FollowUpAsync"/> does, for people: <c>update-ca-certificates</c>; null if nothing follows a change.</summary>
    string? FollowUpTitle => null;

    /// <summary>
    /// Does what follows from a change and may come later than the certificates themselves, such as a command of the
    /// operating system that takes seconds. It finds out by itself whether there is anything to do, regardless of earlier
    /// runs.
    /// </summary>
    /// <returns>What was done; null if there was nothing to do.</returns>
    /// <exception cref="TrustStoreException">It failed; the message says why and what to do.</exception>
    Task<TrustStoreFollowUp?> FollowUpAsync(CancellationToken cancellationToken) => Task.FromResult<TrustStoreFollowUp?>(null);

    /// <summary>Ends commands of the operating system that run for it, and lets it start no more: the portal ends. What they leave is put right.</summary>
    void EndCommands()
    {
    }
}

/// <summary>Whether a trust store can be used.</summary>
/// <param name="IsEnabled">It can.</param>
/// <param name="Reason">One sentence: why not.</param>
/// <param name="Advice">One sentence: what to do.</param>
public sealed record TrustStoreState(bool IsEnabled, string? Reason = null, string? Advice = null)
{
    /// <summary>It can be used.</summary>
    public static TrustStoreState Enabled { get; } = new(true);

    /// <summary>
    /// This machine has no such trust store, so that nothing of ours can be in it. Else one that cannot be used may hold what
    /// programs go on trusting.
    /// </summary>
    public bool IsAbsent { get; init; }

    /// <summary>This machine has no such trust store.</summary>
    /// <param name="reason">One sentence: why not.</param>
    /// <param name="advice">One sentence: what to do.</param>
    public static TrustStoreState Absent(string reason, string advice) => new(false, reason, advice) { IsAbsent = true };
}

/// <summary>A file that programs can be configured to take their trusted roots from.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="HasSystemRoots">The operating system's own roots are in it too.</param>
/// <param name="PlaceSetting">The setting that names it or its folder; null if its place is fixed.</param>
/// <param name="Password">What programs have to give to read it, which guards nothing and is shown to everybody; null if they need none.</param>
public sealed record ProgramFile(string Path, bool HasSystemRoots, string? PlaceSetting = null, string? Password = null)
{
    /// <summary>The file beside it that has the operating system's own roots too; null if there is none.</summary>
    public string? Combined { get; init; }
}

/// <summary>A certificate as it is written to a trust store.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Der">Its DER encoding.</param>
/// <param name="Subject">Its subject, for comments. Untrusted text.</param>
/// <param name="NotBefore">Start of its validity, UTC.</param>
/// <param name="NotAfter">End of its validity, UTC.</param>
public sealed record TrustedCertificate(CaCertificateKey Key, ReadOnlyMemory<byte> Der, string Subject, DateTime NotBefore, DateTime NotAfter);

/// <summary>What a trust store holds.</summary>
/// <param name="Certificates">The identities of all certificates in it, ours and others'.</param>
/// <param name="Damaged">One sentence for each thing found there that is not readable: a torn file, a bad block.</param>
public sealed record TrustStoreSnapshot(IReadOnlySet<CaCertificateKey> Certificates, IReadOnlyList<string> Damaged)
{
    /// <summary>
    /// Those of <see cref="Certificates"/> that programs trust but that do not last, because the file that they came from is
    /// gone. Also those that some programs pass over because of their form. If they are wanted, they must be put there as
    /// they should be; else they must be removed.
    /// </summary>
    public IReadOnlySet<CaCertificateKey> Passing { get; init; } = FrozenSet<CaCertificateKey>.Empty;

    /// <summary>Files of their own that CaPortal did not write, by the certificate in them: with the certificate they are removed.</summary>
    public ILookup<CaCertificateKey, string> FilesOfOthers { get; init; } = NoFiles;

    /// <summary>Files that CaPortal did not write and that somebody has to look at: programs do not take them as they are meant.</summary>
    public IReadOnlyList<TrustStoreNote> Notes { get; init; } = [];

    /// <summary>Whether the certificate is there, and lasts.</summary>
    public bool Keeps(CaCertificateKey key) => Certificates.Contains(key) && !Passing.Contains(key);

    private static ILookup<CaCertificateKey, string> NoFiles { get; } = Array.Empty<string>().ToLookup(_ => default(CaCertificateKey));
}

/// <summary>
/// A file in a trust store's folder that CaPortal did not write and leaves as it is, and that programs do not take as it is
/// meant. It says nothing against what CaPortal manages there.
/// </summary>
/// <param name="File">The file. Untrusted text.</param>
/// <param name="Message">What is the matter with it, and why it matters; it names the file.</param>
/// <param name="Advice">What to do.</param>
/// <param name="HidesCertificates">Programs do not read what may be certificates in it, so that none of them are among those that were found.</param>
public sealed record TrustStoreNote(string File, string Message, string Advice, bool HidesCertificates);

/// <summary>A certificate that is in a trust store, regardless of who put it there.</summary>
/// <param name="Key">Its identity.</param>
/// <param name="Der">Its DER encoding.</param>
/// <param name="Place">The file or entry that it is in, for people.</param>
/// <param name="Fixed">One sentence: why it cannot be removed on its own; null if it can.</param>
public sealed record FoundCertificate(CaCertificateKey Key, ReadOnlyMemory<byte> Der, string Place, string? Fixed = null);

/// <summary>What was done behind a change.</summary>
/// <param name="Detail">What came of it.</param>
/// <param name="Warning">What it could not do, and what to do about that; null if all went well.</param>
/// <param name="IsPutOff">Nothing was done, because somebody else is at work; it is tried again.</param>
public sealed record TrustStoreFollowUp(string Detail, string? Warning = null, bool IsPutOff = false);

/// <summary>What must be changed in a trust store.</summary>
/// <param name="Add">To be there afterwards.</param>
/// <param name="Remove">Not to be there afterwards.</param>
public sealed record TrustStoreChange(IReadOnlyList<TrustedCertificate> Add, IReadOnlyList<CaCertificateKey> Remove);

/// <summary>A trust store cannot be read or written.</summary>
public sealed class TrustStoreException : IOException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One sentence: what happened.</param>
    /// <param name="advice">One sentence: what to do.</param>
    /// <param name="innerException">The cause.</param>
    public TrustStoreException(string message, string advice, Exception? innerException = null)
        : base(DisplayText.Visible(message), innerException) => Advice = DisplayText.Visible(advice);

    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; }
}
