using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores.PemBundle;

/// <summary>
/// Two files, <c>roots.pem</c> and <c>intermediates.pem</c>, for the many programs that take the certificates they trust
/// from a PEM file: nginx, Envoy, HAProxy, curl, OpenSSL, Node, Python. Beside them is <c>roots+system.pem</c>, which also has the
/// operating system's own roots: for programs whose setting takes a file in place of that list.
/// </summary>
/// <param name="options">Where the files are, and whether the operating system's roots go into <c>roots.pem</c> too.</param>
/// <param name="systemRoots">The operating system's roots.</param>
public sealed class PemBundleTrustStore(IOptions<CoreOptions> options, OperatingSystemRoots systemRoots) : ITrustStore
{
    /// <summary>Its name in the settings.</summary>
    public const string Kind = "pem-bundle";

    /// <summary>Number of damaged contents of one file that are kept, the newest.</summary>
    internal const int MaxDamaged = 5;

    private static readonly CaStore[] Stores = [CaStore.Root, CaStore.CertificateAuthority];

    // What the file with the operating system's roots was written with last; null before this process has written it.
    private Written? _written;
    private volatile bool _isUnwritten;
    private volatile bool _isStale;

    private readonly string _folder = FolderOf(options.Value);
    private readonly bool _includesSystemRoots = options.Value.PemBundle.IncludeSystemRoots;
    private readonly Dictionary<CaStore, ParsedFile<PemBundleFile>> _files = Stores.ToDictionary(
        s => s, s => new ParsedFile<PemBundleFile>(Path.Combine(FolderOf(options.Value), FileName(s)), content => PemBundleFile.Parse(content)));
    private readonly ParsedFile<PemBundleFile> _combined = new(
        Path.Combine(FolderOf(options.Value), "roots+system.pem"), content => PemBundleFile.Parse(content));

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public string Title => "PEM bundle files";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public bool Holds(CaStore store) => true;

    /// <inheritdoc/>
    public string Location(CaStore store) => _files[store].Path;

    /// <inheritdoc/>
    public string MarkFolder => _folder;

    /// <inheritdoc/>
    public string? PemFile(CaStore store) => Location(store);

    /// <inheritdoc/>
    public ProgramFile FileForPrograms => new(
        Location(CaStore.Root),
        _includesSystemRoots,
        $"{CoreOptions.Section}:PemBundle:{nameof(PemBundleOptions.Directory)}")
    {
        Combined = _includesSystemRoots ? null : _combined.Path,
    };

    /// <inheritdoc/>
    public IEnumerable<string> WatchedPaths => [.. Stores.Select(Location), _combined.Path];

    /// <inheritdoc/>
    public TrustStoreState GetState() => StoreAccess.StateOf(_folder);

    /// <inheritdoc/>
    public void Forget()
    {
        foreach (var file in _files.Values)
            file.Forget();
        _combined.Forget();
        systemRoots.Forget();
    }

    /// <inheritdoc/>
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            var bundles = Bundles();
            var damageOfCombined = LookAtCombined(bundles);
            return new TrustStoreSnapshot(
                bundles.SelectMany(b => b.Bundle.Certificates, (b, sha256) => new CaCertificateKey(b.Store, sha256)).ToHashSet(),
                [.. bundles.Select(b => DamageOf(b.Bundle, Location(b.Store))).Append(damageOfCombined).OfType<string>()])
            {
                Passing = bundles.SelectMany(b => b.Bundle.ReadByOpenSslAlone, (b, sha256) => new CaCertificateKey(b.Store, sha256)).ToHashSet(),
            };
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _folder);
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            return (IReadOnlyList<FoundCertificate>)
            [
                .. from bundle in Bundles()
                   from key in keys
                   where key.Store == bundle.Store
                   let der = bundle.Bundle.Find(key.Sha256)
                   where der is not null
                   select new FoundCertificate(key, der.Value, Location(key.Store)),
            ];
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _folder);
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken) => ChangeAsync(change, cancellationToken);

    /// <inheritdoc/>
    public string? FollowUpTitle => IsRenewalDue ? "Roots of the operating system in the bundle files" : null;

    private bool IsRenewalDue => _written is { } written
        ? _isUnwritten || _isStale || !systemRoots.IsCurrent(written.SystemRoots)
        : RegularFile.IsThere(Location(CaStore.Root));

    /// <summary>
    /// The operating system's roots may have been changed after they were copied here, by the very same change, or others have added
    /// certificates to <c>roots.pem</c>.
    /// </summary>
    public async Task<TrustStoreFollowUp?> FollowUpAsync(CancellationToken cancellationToken) =>
        IsRenewalDue && await ChangeAsync(new TrustStoreChange([], []), cancellationToken)
            ? new TrustStoreFollowUp("The operating system's roots were renewed.")
            : null;

    private async Task<bool> ChangeAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        try
        {
            var roots = await systemRoots.GetAsync(cancellationToken);
            return await Task.Run(() => WriteAsync(change, roots, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _folder);
        }
    }

    private async Task<bool> WriteAsync(TrustStoreChange change, IReadOnlyList<SystemRoot> roots, CancellationToken cancellationToken)
    {
        FolderGuard.CreateFolder(_folder, AtomicFile.PublicFolder);
        using var held = await FileLock.AcquireAsync(Path.Combine(_folder, ".caportal.lock"), FileLock.DefaultTimeout, cancellationToken);
        AtomicFile.Sweep(_folder);
        var (changes, combined) = (new FileChanges(), new FileChanges());
        IReadOnlyCollection<string> combinedCertificates = [];
        foreach (var store in Stores)
        {
            var path = Location(store);
            var before = RegularFile.IsThere(path) ? RegularFile.Read(path) : [];
            var present = _files[store].Parse(before);
            if (present.IsDamaged)
                KeepDamaged(path, before, changes);

            var intended = present.With(change.Add.Where(c => c.Key.Store == store), change.Remove.Where(c => c.Store == store));
            Put(_files[store], intended, intended.Format(store, store == CaStore.Root && _includesSystemRoots ? roots : []), changes);
            if (store != CaStore.Root)
                continue;
            Put(_combined, intended, intended.FormatCombined(FileName(store), roots), combined);
            combinedCertificates = intended.Certificates;
        }

        // It is much larger: where a disk has no room for it, what is deleted is gone from the others all the same.
        var hasChanged = changes.Commit();
        _isUnwritten = true;
        hasChanged |= combined.Commit();
        _written = new Written(roots, combinedCertificates);
        _isUnwritten = _isStale = false;
        return hasChanged;
    }

    // A program that goes on damaging the file must not fill the disk with what it made.
    private static void KeepDamaged(string path, byte[] content, FileChanges changes)
    {
        var copy = $"{path}.damaged-{Thumbprints.Sha256(content)[..8]}";
        changes.Put(copy, content, AtomicFile.OwnerOnly);
        var others = new DirectoryInfo(Path.GetDirectoryName(path)!).EnumerateFiles($"{Path.GetFileName(path)}.damaged-*").Where(f => f.FullName != copy);
        foreach (var old in others.OrderByDescending(f => f.LastWriteTimeUtc).Skip(MaxDamaged - 1))
            changes.Delete(old.FullName);
    }

    // One certificate that cannot be loaded stops all TLS of the programs that read the file.
    private static void Put(ParsedFile<PemBundleFile> file, PemBundleFile intended, byte[] content, FileChanges changes)
    {
        var candidate = file.Parse(content);
        if (candidate.IsDamaged || !candidate.Certificates.SequenceEqual(intended.Certificates))
        {
            throw new TrustStoreException(
                $"'{file.Path}' was left as it is, because the new content could not be read back.",
                "A certificate is malformed and would stop the programs that read this file; look for it among the latest additions and delete it.");
        }

        changes.Put(file.Path, content, AtomicFile.Public);
    }

    /// <summary>
    /// Whether somebody else has changed the file with the operating system's roots, as a sentence; null if not. Where others have only
    /// added to <c>roots.pem</c>, it is renewed behind.
    /// </summary>
    private string? LookAtCombined(IReadOnlyList<(CaStore Store, PemBundleFile Bundle)> bundles)
    {
        // One that an earlier version has not written is written behind.
        if (_written is not { } written || bundles.FirstOrDefault(b => b.Store == CaStore.Root).Bundle is not { } roots)
            return null;
        if (_combined.Read() is not { } combined)
            return $"The file '{_combined.Path}' is missing.";
        if (DamageOf(combined, _combined.Path) is { } damage)
            return damage;
        var isEqual = combined.Certificates.SequenceEqual(roots.Certificates);

        // What somebody took out is drift, which is put right or only shown; it is not taken out of another file too.
        _isStale = !isEqual && roots.Certificates.ToHashSet().IsSupersetOf(combined.Certificates);
        return !isEqual && !combined.Certificates.SequenceEqual(written.Certificates)
            ? $"The file '{_combined.Path}' does not hold what CaPortal wrote."
            : null;
    }

    private List<(CaStore Store, PemBundleFile Bundle)> Bundles() =>
        [.. from file in _files let bundle = file.Value.Read() where bundle is not null select (file.Key, bundle)];

    private static string? DamageOf(PemBundleFile bundle, string path) =>
        bundle.IsSomethingElse ? $"The file '{path}' holds something else than certificates."
        : bundle.DamagedBlocks > 0 ? $"The file '{path}' has {bundle.DamagedBlocks} certificate blocks that cannot be read."
        : null;

    private static string FolderOf(CoreOptions options) => options.PemBundle.Directory.Length > 0
        ? Path.GetFullPath(options.PemBundle.Directory)
        : options.ResolvedTrustDirectory;

    private static string FileName(CaStore store) => store == CaStore.Root ? "roots.pem" : "intermediates.pem";

    private sealed record Written(IReadOnlyList<SystemRoot> SystemRoots, IReadOnlyCollection<string> Certificates);
}
