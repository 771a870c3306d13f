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

    private readonly string _folder = FolderOf(options.Value);
    private readonly bool _includesSystemRoots = options.Value.PemBundle.IncludeSystemRoots;
    private readonly Dictionary<CaStore, ParsedFile<PemBundleFile>> _files = Stores.ToDictionary(
        s => s, s => new ParsedFile<PemBundleFile>(Path.Combine(FolderOf(options.Value), FileName(s)), content => PemBundleFile.Parse(content)));
    private readonly CombinedFile _combined = new(Path.Combine(FolderOf(options.Value), "roots+system.pem"), systemRoots);

    // What the operating system's section of the roots was written with last, where they have one.
    private volatile IReadOnlyList<SystemRoot>? _included;

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
        Combined = _includesSystemRoots || !_combined.IsOfUse ? null : _combined.Path,
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
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => Task.Run(async () =>
    {
        try
        {
            var bundles = Bundles();
            var damageOfCombined = _combined.DamageBeside(RootsIn(bundles));
            if (damageOfCombined is not null && GetState().IsEnabled)
            {
                // A change that was being written looks the same.
                using var held = await FileLock.AcquireAsync(LockFile, FileLock.DefaultTimeout, cancellationToken);
                bundles = Bundles();
                damageOfCombined = _combined.DamageBeside(RootsIn(bundles));
            }

            return new TrustStoreSnapshot(
                bundles.SelectMany(b => b.Bundle.Certificates, (b, sha256) => new CaCertificateKey(b.Store, sha256)).ToHashSet(),
                [.. bundles.Select(b => b.Bundle.DamageIn(Location(b.Store))).Append(damageOfCombined).OfType<string>()])
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
    public async Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        try
        {
            var roots = _includesSystemRoots ? await systemRoots.GetAsync(cancellationToken) : [];
            await Task.Run(() => WriteAsync(change, roots, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _folder);
        }

        // Where there is no room for it, it holds what was deleted. Else it is tried again behind the change, which says why it failed.
        if (_combined.Failure is { } failure && StoreAccess.IsForLackOfSpace(failure.InnerException))
            throw failure;
    }

    /// <inheritdoc/>
    public string? FollowUpTitle => IsRenewalDue ? "Roots of the operating system in the bundle files" : null;

    private bool IsRenewalDue
    {
        get
        {
            var isThere = RegularFile.IsThere(Location(CaStore.Root));
            return _combined.IsRenewalDue(isThere) || (_includesSystemRoots && (_included is null ? isThere : !systemRoots.IsCurrent(_included)));
        }
    }

    private string LockFile => Path.Combine(_folder, ".caportal.lock");

    /// <summary>
    /// The operating system's roots may have been changed after they were copied here, by the very same change, or others have added
    /// certificates to <c>roots.pem</c>. That file itself stays as it is, unless the settings put the operating system's roots into it.
    /// </summary>
    public async Task<TrustStoreFollowUp?> FollowUpAsync(CancellationToken cancellationToken)
    {
        if (!IsRenewalDue)
            return null;
        try
        {
            var hasChanged = await Task.Run(() => RenewAsync(cancellationToken), cancellationToken);
            return hasChanged ? new TrustStoreFollowUp("The operating system's roots were renewed.") : null;
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _folder);
        }
    }

    private async Task WriteAsync(TrustStoreChange change, IReadOnlyList<SystemRoot> roots, CancellationToken cancellationToken)
    {
        FolderGuard.CreateFolder(_folder, AtomicFile.PublicFolder);
        using var held = await FileLock.AcquireAsync(LockFile, FileLock.DefaultTimeout, cancellationToken);
        AtomicFile.Sweep(_folder);
        var changes = new FileChanges();
        var intended = new Dictionary<CaStore, PemBundleFile>();
        foreach (var store in Stores)
        {
            var path = Location(store);
            var before = RegularFile.IsThere(path) ? RegularFile.Read(path) : [];
            var present = _files[store].Parse(before);
            if (present.IsDamaged)
                KeepDamaged(path, before, changes);

            intended[store] = present.With(change.Add.Where(c => c.Key.Store == store), change.Remove.Where(c => c.Store == store));
            Put(_files[store], intended[store], store == CaStore.Root ? roots : [], changes);
        }

        // The other file is much larger, and needs the operating system's list: what is deleted is gone from these without it.
        changes.Commit();
        _included = roots;
        await _combined.WriteAsync(intended[CaStore.Root], FileName(CaStore.Root));
    }

    private async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        var roots = _includesSystemRoots ? await systemRoots.GetAsync(cancellationToken) : [];
        using var held = await FileLock.AcquireAsync(LockFile, FileLock.DefaultTimeout, cancellationToken);

        // What is missing or damaged is put right first, or only shown.
        if (_files[CaStore.Root].Read() is not { IsDamaged: false } present)
            return false;
        var changes = new FileChanges();
        if (_includesSystemRoots)
            Put(_files[CaStore.Root], present, roots, changes);
        var hasChanged = changes.Commit();
        _included = roots;
        hasChanged |= await _combined.WriteAsync(present, FileName(CaStore.Root));

        // Of this attempt, as it was made: an earlier failure says nothing where nothing was tried.
        return _combined.Failure is { } failure ? throw failure : hasChanged;
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

    private void Put(ParsedFile<PemBundleFile> file, PemBundleFile intended, IReadOnlyList<SystemRoot> roots, FileChanges changes)
    {
        var content = intended.Format(file == _files[CaStore.Root] ? CaStore.Root : CaStore.CertificateAuthority, roots);
        file.Parse(content).RequireToHold(intended, file.Path);
        changes.Put(file.Path, content, AtomicFile.Public);
    }

    private static PemBundleFile? RootsIn(List<(CaStore Store, PemBundleFile Bundle)> bundles) => bundles.Find(b => b.Store == CaStore.Root).Bundle;

    private List<(CaStore Store, PemBundleFile Bundle)> Bundles() =>
        [.. from file in _files let bundle = file.Value.Read() where bundle is not null select (file.Key, bundle)];

    private static string FolderOf(CoreOptions options) => options.PemBundle.Directory.Length > 0
        ? Path.GetFullPath(options.PemBundle.Directory)
        : options.ResolvedTrustDirectory;

    private static string FileName(CaStore store) => store == CaStore.Root ? "roots.pem" : "intermediates.pem";
}
