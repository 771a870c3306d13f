using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.TrustStores.X509;

/// <summary>
/// The X.509 stores <c>Root</c> and <c>CertificateAuthority</c> of an account: those of Windows, or on Linux those that
/// .NET keeps in the account's home folder.
/// </summary>
public sealed class X509TrustStore : ITrustStore
{
    /// <summary>Its name in the settings.</summary>
    public const string Kind = "x509";

    /// <summary>
    /// The scopes that it is part of. Linux has no such store of the machine that can be written: X509Store opens
    /// LocalMachine only for reading, even for root.
    /// </summary>
    public static TrustScope[] Scopes { get; } = OperatingSystem.IsLinux() ? [TrustScope.User] : [TrustScope.User, TrustScope.Machine];

    private static readonly TrustStoreState HomeUnknown = TrustStoreState.Absent(
        "The home folder of the account that the portal runs as cannot be determined, so .NET has no place for its certificates.",
        "Set the environment variable HOME to a folder which that account can write to, and start the portal again.");

    private static readonly CaStore[] Stores = [CaStore.Root, CaStore.CertificateAuthority];

    private readonly StoreLocation _location;
    private readonly X509Stores _stores;
    private readonly string? _storesFolder;
    private readonly Dictionary<CaStore, X509StoreFolder> _folders = [];
    private volatile bool _isRightFolder;
    private volatile bool _isWrongFolder;

    /// <summary>
    /// Creates it for the scope of the settings, or for the account that this process runs as where the machine has none that can
    /// be written.
    /// </summary>
    public X509TrustStore(IOptions<CoreOptions> options)
        : this(LocationFor(options.Value.Scope), OperatingSystem.IsLinux() ? FindStoresFolder() : null)
    {
    }

    internal X509TrustStore(StoreLocation location, string? storesFolder)
    {
        (_location, _stores) = (location, new X509Stores(location));
        _storesFolder = storesFolder;
        if (storesFolder is not null)
            _folders = Stores.ToDictionary(s => s, s => new X509StoreFolder(Path.Combine(storesFolder, FolderName(s))));
    }

    /// <inheritdoc/>
    public string Name => Kind;

    /// <inheritdoc/>
    public string Title =>
        _location == StoreLocation.LocalMachine ? "Windows certificate store of this machine"
        : OperatingSystem.IsWindows() ? "Windows certificate store of this user"
        : ".NET certificate store of this user";

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public bool IsReadByDotNet => true;

    /// <inheritdoc/>
    public bool ShowsOperatingSystem => !OperatingSystem.IsLinux();

    private bool WritesFiles => _folders.Count > 0 && !_isWrongFolder;

    /// <inheritdoc/>
    public bool Holds(CaStore store) => true;

    /// <inheritdoc/>
    public string Location(CaStore store) => WritesFiles ? _folders[store].Path : _stores.NameOf(store);

    /// <inheritdoc/>
    public string? MarkFolder => WritesFiles ? _storesFolder : null;

    /// <inheritdoc/>
    public TrustStoreState GetState()
    {
        try
        {
            return FindState();
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            var explained = StoreAccess.Explain(exception, _storesFolder ?? Title);
            return new(false, explained.Message, explained.Advice);
        }
    }

    /// <inheritdoc/>
    public void Forget()
    {
        foreach (var folder in _folders.Values)
            folder.Forget();
    }

    /// <inheritdoc/>
    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            RequireHome();
            return WritesFiles ? ReadFiles() : new TrustStoreSnapshot(_stores.LoadAll().Select(c => c.Key).ToHashSet(), []);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _storesFolder ?? Location(CaStore.Root));
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            RequireHome();
            var found = WritesFiles ? _folders.SelectMany(f => f.Value.Load(f.Key)) : _stores.LoadAll();
            return (IReadOnlyList<FoundCertificate>)[.. found.Where(c => keys.Contains(c.Key)).DistinctBy(c => c.Key)];
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _storesFolder ?? Location(CaStore.Root));
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        try
        {
            RequireHome();
            if (WritesFiles)
                await Task.Run(() => WriteFilesAsync(change, cancellationToken), cancellationToken);
            if (!WritesFiles)
                await Task.Run(() => _stores.Write(change), cancellationToken);
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception))
        {
            throw StoreAccess.Explain(exception, _storesFolder ?? Location(CaStore.Root));
        }
    }

    private void RequireHome()
    {
        if (OperatingSystem.IsLinux() && _storesFolder is null)
            throw new TrustStoreException(HomeUnknown.Reason!, HomeUnknown.Advice!);
    }

    private TrustStoreState FindState()
    {
        if (OperatingSystem.IsWindows())
            return FindWindowsState();
        if (!OperatingSystem.IsLinux())
        {
            return new(
                false,
                "On this operating system .NET can read the stores of root and intermediate certificates, but not write them.",
                $"Set CaPortal:TrustStores to the trust stores that you need without {Kind}.");
        }

        if (_storesFolder is null)
        {
            return HomeUnknown;
        }

        var disallowed = Path.Combine(_storesFolder, "disallowed");
        if (Directory.Exists(disallowed) && Directory.EnumerateFiles(disallowed).Any())
        {
            return new(
                false,
                $"There are files in '{disallowed}', which makes .NET refuse every TLS connection of this account.",
                "Move them elsewhere: .NET on Linux does not support a store of disallowed certificates.");
        }

        return _folders.Values.Select(StateOf).FirstOrDefault(s => !s.IsEnabled) ?? TrustStoreState.Enabled;
    }

    // Windows asks the user in a window before it adds to or removes from the roots of an account, and refuses where there
    // is nobody to ask. The stores of the machine do not ask; they need an elevated process.
    private TrustStoreState FindWindowsState() => _location switch
    {
        StoreLocation.LocalMachine when !Environment.IsPrivilegedProcess => new(
            false,
            "The certificate stores of this machine can be written by administrators alone, and the portal does not run as one.",
            "Run the portal as a service under LocalSystem or from an elevated prompt, or set CaPortal:Scope to User."),
        StoreLocation.CurrentUser when !Environment.UserInteractive => new(
            false,
            "Windows asks in a window before it changes the roots of an account, and a service has no windows.",
            "Set CaPortal:Scope to Machine, whose stores do not ask."),
        _ => TrustStoreState.Enabled,
    };

    private TrustStoreSnapshot ReadFiles()
    {
        var certificates = new HashSet<CaCertificateKey>();
        var damaged = new List<string>();
        foreach (var (store, folder) in _folders)
        {
            foreach (var file in folder.Read())
            {
                if (file.Sha256 is not null)
                    certificates.Add(new CaCertificateKey(store, file.Sha256));
                else
                    damaged.Add(folder.DamageOf(file)!);
            }
        }

        return new TrustStoreSnapshot(certificates, damaged);
    }

    private async Task WriteFilesAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        FolderGuard.CreateFolder(_storesFolder!);
        using var held = await FileLock.AcquireAsync(Path.Combine(_storesFolder!, ".caportal.lock"), FileLock.DefaultTimeout, cancellationToken);
        var changes = new FileChanges();
        foreach (var (store, folder) in _folders)
        {
            folder.Change(
                change.Add.Where(c => c.Key.Store == store),
                change.Remove.Where(c => c.Store == store).Select(c => c.Sha256).ToHashSet(),
                changes);
        }

        if (changes.Commit())
        {
            foreach (var folder in _folders.Values)
                folder.Touch();
        }

        FindOutWhetherDotNetReadsTheFolder();
    }

    // The folder is not documented. It is what every .NET up to this one uses; should a later one use another, its own
    // way of writing is the one left. Listing is slow for a large store, so it is asked once.
    private void FindOutWhetherDotNetReadsTheFolder()
    {
        if (_isRightFolder)
            return;

        foreach (var (store, folder) in _folders)
        {
            var written = folder.Read().Select(f => f.Sha256).OfType<string>().ToHashSet();
            if (written.Count > 0)
            {
                _isRightFolder = _stores.Load(store).Any(c => written.Contains(c.Key.Sha256));
                _isWrongFolder = !_isRightFolder;
                return;
            }
        }
    }

    private static StoreLocation LocationFor(TrustScope scope) =>
        scope == TrustScope.Machine && OperatingSystem.IsWindows() ? StoreLocation.LocalMachine : StoreLocation.CurrentUser;

    private static TrustStoreState StateOf(X509StoreFolder folder)
    {
        if (!Directory.Exists(folder.Path) || OperatingSystem.IsWindows())
            return StoreAccess.StateOf(folder.Path);

        if (NativeFiles.OwnerOf(folder.Path) is { } owner && owner.User != NativeFiles.CurrentUser)
        {
            return new(
                false,
                $"The folder '{folder.Path}' belongs to another account, and .NET then refuses to use it.",
                "Give it to the account that the portal runs as, or move it elsewhere.");
        }

        const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if ((File.GetUnixFileMode(folder.Path) & All) != All)
        {
            return new(
                false,
                $"The permissions of the folder '{folder.Path}' keep its own account out, and .NET then refuses to use it.",
                $"Give its owner all rights to it: chmod u+rwx '{folder.Path}'.");
        }

        return StoreAccess.StateOf(folder.Path);
    }

    private static string? FindStoresFolder()
    {
        try
        {
            using var probe = new X509Store(StoreName.Root, StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        }
        catch (Exception exception) when (exception is InvalidOperationException or CryptographicException)
        {
            return null;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return Path.GetFullPath(Path.Combine(home, ".dotnet", "corefx", "cryptography", "x509stores"));
    }

    private static string FolderName(CaStore store) => store == CaStore.Root ? "root" : "ca";
}
