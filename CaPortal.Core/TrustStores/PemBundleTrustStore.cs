using CaPortal.Core.Files;
using CaPortal.Core.Certificates;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// Two files, <c>roots.pem</c> and <c>intermediates.pem</c>, for the many programs that take the certificates they trust
/// from a PEM file: nginx, Envoy, HAProxy, curl, OpenSSL, Node, Python.
/// </summary>
/// <param name="options">Where the files are, and whether the operating system's roots go in.</param>
/// <param name="systemRoots">The operating system's roots.</param>
public sealed class PemBundleTrustStore(IOptions<CoreOptions> options, OperatingSystemRoots systemRoots) : ITrustStore
{
    /// <summary>Its name in the settings.</summary>
    public const string Kind = "pem-bundle";

    private static readonly CaStore[] Stores = [CaStore.Root, CaStore.CertificateAuthority];

    // A file can change twice within one tick of a file system's clock, which is some 10 ms; what is younger is read again.
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = FolderOf(options.Value);
    private readonly bool _includesSystemRoots = options.Value.PemBundle.IncludeSystemRoots;
    private readonly Lock _gate = new();
    private readonly Dictionary<CaStore, BundleFile> _settled = [];
    private readonly Dictionary<CaStore, (string Hash, PemBundle Bundle)> _parsed = [];

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public string Title => "PEM bundle files";

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public bool Holds(CaStore store) => true;

    /// <inheritdoc/>
    public string Location(CaStore store) => Path.Combine(_folder, store == CaStore.Root ? "roots.pem" : "intermediates.pem");

    /// <inheritdoc/>
    public ProgramFile FileForPrograms => new(
        Location(CaStore.Root),
        _includesSystemRoots,
        $"{CoreOptions.Section}:PemBundle:{nameof(PemBundleOptions.Directory)}",
        $"{CoreOptions.Section}:PemBundle:{nameof(PemBundleOptions.IncludeSystemRoots)}");

    /// <inheritdoc/>
    public TrustStoreState GetState() => StoreAccess.StateOf(_folder);

    /// <inheritdoc/>
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            var files = Stores.Select(s => (Store: s, File: Read(s))).ToList();
            return new TrustStoreSnapshot(
                files.SelectMany(f => f.File.Certificates, (f, sha256) => new CaCertificateKey(f.Store, sha256)).ToHashSet(),
                [.. files.Select(f => f.File.Damage).OfType<string>()]);
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
            var bundles = Stores.Where(s => File.Exists(Location(s))).ToDictionary(s => s, s => Parse(s, File.ReadAllBytes(Location(s))));
            return (IReadOnlyList<FoundCertificate>)
            [
                .. from key in keys
                   where bundles.ContainsKey(key.Store)
                   let der = bundles[key.Store].Find(key.Sha256)
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
    }

    private async Task WriteAsync(TrustStoreChange change, IReadOnlyList<SystemRoot> roots, CancellationToken cancellationToken)
    {
        AtomicFile.CreateFolder(_folder, AtomicFile.PublicFolder);
        using var held = await FileLock.AcquireAsync(Path.Combine(_folder, ".caportal.lock"), FileLock.Patience, cancellationToken);
        AtomicFile.Sweep(_folder);
        var changes = new FileChanges();
        foreach (var store in Stores)
        {
            var path = Location(store);
            var before = File.Exists(path) ? File.ReadAllBytes(path) : [];
            var present = Parse(store, before);
            if (present.IsDamaged)
                changes.Put($"{path}.damaged-{Thumbprints.Sha256(before)[..8]}", before, AtomicFile.OwnerOnly);

            var intended = present.With(change.Add.Where(c => c.Key.Store == store), change.Remove.Where(c => c.Store == store));
            var content = intended.Format(store, store == CaStore.Root ? roots : []);
            RequireReadable(Parse(store, content), intended, path);
            changes.Put(path, content, AtomicFile.Public);
        }

        changes.Commit();
    }

    // One certificate that cannot be loaded stops all TLS of the programs that read the file.
    private static void RequireReadable(PemBundle candidate, PemBundle intended, string path)
    {
        if (candidate.IsDamaged || !candidate.Certificates.SequenceEqual(intended.Certificates))
        {
            throw new TrustStoreException(
                $"'{path}' was left as it is, because the new content could not be read back.",
                "A certificate is malformed and would stop the programs that read this file; look for it among the latest additions and delete it.");
        }
    }

    private BundleFile Read(CaStore store)
    {
        var file = new FileInfo(Location(store));
        if (!file.Exists)
            return new BundleFile(default, 0, [], null);

        var (written, length) = (file.LastWriteTimeUtc, file.Length);
        lock (_gate)
        {
            if (_settled.TryGetValue(store, out var known) && known.Written == written && known.Length == length)
                return known;
        }

        var newest = TimeProvider.System.GetUtcNow().UtcDateTime - ClockTick;
        var bundle = Parse(store, File.ReadAllBytes(file.FullName));
        var read = new BundleFile(written, length, bundle.Certificates, DamageOf(bundle, file.FullName));
        if (written < newest)
        {
            lock (_gate)
                _settled[store] = read;
        }

        return read;
    }

    // The content that is checked before it is written is the one that is read back and changed the next time.
    private PemBundle Parse(CaStore store, byte[] content)
    {
        var hash = Thumbprints.Sha256(content);
        lock (_gate)
        {
            if (_parsed.TryGetValue(store, out var last) && last.Hash == hash)
                return last.Bundle;
        }

        var bundle = PemBundle.Parse(content);
        lock (_gate)
            _parsed[store] = (hash, bundle);
        return bundle;
    }

    private static string? DamageOf(PemBundle bundle, string path) =>
        bundle.IsSomethingElse ? $"The file '{path}' holds something else than certificates."
        : bundle.DamagedBlocks > 0 ? $"The file '{path}' has {bundle.DamagedBlocks} certificate blocks that cannot be read."
        : null;

    private static string FolderOf(CoreOptions options) => options.PemBundle.Directory.Length > 0
        ? Path.GetFullPath(options.PemBundle.Directory)
        : options.ResolvedTrustDirectory;

    private sealed record BundleFile(DateTime Written, long Length, IReadOnlyCollection<string> Certificates, string? Damage);
}
