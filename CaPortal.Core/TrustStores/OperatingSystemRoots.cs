using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores;

/// <summary>A root certificate of the operating system's own list.</summary>
/// <param name="Sha256">SHA-256 of <paramref name="Der"/>, 64 lower-case hexadecimal digits.</param>
/// <param name="Der">Its DER encoding.</param>
public sealed record SystemRoot(string Sha256, ReadOnlyMemory<byte> Der);

/// <summary>
/// The operating system's list of roots as it is now, regardless of who put a root into it. It is read on first use, when it
/// was changed, and again after a while.
/// </summary>
public sealed class OperatingSystemRoots
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The list as one file, in the places of the families of Linux. X509Store reports changes late: it still has a root that
    /// has just been taken out.
    /// </summary>
    internal static readonly string[] LinuxBundles =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt",
        "/var/lib/ca-certificates/ca-bundle.pem", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ];

    private readonly TimeProvider _time;
    private readonly string? _bundle;
    private readonly Func<IReadOnlyList<SystemRoot>> _readStore;
    private readonly Lock _gate = new();
    private Task<IReadOnlyList<SystemRoot>>? _roots;
    private IReadOnlyList<SystemRoot>? _latest;
    private DateTimeOffset _readAt;
    private FileIdentity? _version;

    /// <summary>Creates it for this machine.</summary>
    public OperatingSystemRoots(TimeProvider time)
        : this(time, OperatingSystem.IsLinux() ? LinuxBundles.FirstOrDefault(File.Exists) : null)
    {
    }

    /// <param name="time">The clock.</param>
    /// <param name="bundle">The list as one file; null if the system has none.</param>
    /// <param name="readStore">Reads the list where there is no such file; null for .NET's own way.</param>
    internal OperatingSystemRoots(TimeProvider time, string? bundle, Func<IReadOnlyList<SystemRoot>>? readStore = null) =>
        (_time, _bundle, _readStore) = (time, bundle, readStore ?? ReadStore);

    /// <summary>Where the list is, for people.</summary>
    public string Location => _bundle ?? $@"{StoreLocation.LocalMachine}\{StoreName.Root}";

    /// <summary>The list is one file, as on Linux.</summary>
    internal bool HasBundle => _bundle is not null;

    /// <summary>The roots, at most five minutes old. Reads them on another thread; callers at the same time share one read.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The operating system's list cannot be read.</exception>
    public Task<IReadOnlyList<SystemRoot>> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            var version = CurrentVersion();
            if (_roots is null || _roots.IsFaulted || now - _readAt >= Lifetime || version != _version)
            {
                _roots = Task.Run(Read, CancellationToken.None);
                (_readAt, _version) = (now, version);
            }

            return _roots.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Whether these are the newest that <see cref="GetAsync"/> would give without reading the list again.</summary>
    internal bool IsCurrent(IReadOnlyList<SystemRoot> roots)
    {
        lock (_gate)
        {
            // A file has a version; else it may have changed after a while.
            return ReferenceEquals(_latest, roots) && CurrentVersion() == _version && (_version is not null || _time.GetUtcNow() - _readAt < Lifetime);
        }
    }

    /// <summary>Has the next look read the list, even where it seems to be the same.</summary>
    internal void Forget()
    {
        lock (_gate)
            _roots = null;
    }

    private FileIdentity? CurrentVersion() => _bundle is null ? null : FileIdentity.Of(_bundle, followLinks: true);

    private IReadOnlyList<SystemRoot> Read()
    {
        var roots = ReadList();
        lock (_gate)
            _latest = roots;
        return roots;
    }

    private IReadOnlyList<SystemRoot> ReadList()
    {
        try
        {
            return _bundle is not null ? ReadBundle(_bundle) : _readStore();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return _readStore();
        }
    }

    private static IReadOnlyList<SystemRoot> ReadBundle(string path)
    {
        var bundle = PemBundleFile.Parse(RegularFile.ReadThroughLinks(path));
        return [.. bundle.Certificates.Select(sha256 => new SystemRoot(sha256, bundle.Find(sha256)!.Value))];
    }

    private static IReadOnlyList<SystemRoot> ReadStore()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
        var roots = new List<SystemRoot>();
        foreach (var certificate in store.Certificates)
        {
            using (certificate)
                roots.Add(new SystemRoot(Thumbprints.Sha256(certificate.RawDataMemory.Span), certificate.RawData));
        }

        return [.. roots.DistinctBy(r => r.Sha256)];
    }
}
