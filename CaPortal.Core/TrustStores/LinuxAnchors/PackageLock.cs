using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// The lock that apt and others hold while they install packages. A hook of <c>update-ca-certificates</c> runs dpkg, and
/// packages run <c>update-ca-certificates</c>: two at once leave a bundle with a few certificates in it, or none.
/// </summary>
internal sealed class PackageLock : IDisposable
{
    private const UnixFileMode Mode = AtomicFile.OwnerOnly | UnixFileMode.GroupRead;

    private readonly FileStream? _file;

    private PackageLock(FileStream? file) => _file = file;

    /// <summary>Takes the lock; null where somebody else holds it.</summary>
    /// <param name="path">The lock file. Where not even its folder exists, there is nobody to keep away.</param>
    public static PackageLock? TryAcquire(string path)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Path.GetDirectoryName(path)))
            return new PackageLock(null);

        // Shared as far as .NET's own locks go: dpkg uses record locks, which Lock is about.
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = Mode,
        });
        try
        {
            file.Lock(0, long.MaxValue);
            return new PackageLock(file);
        }
        catch (IOException)
        {
            file.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
