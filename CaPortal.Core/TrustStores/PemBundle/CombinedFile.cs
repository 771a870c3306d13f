using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.PemBundle;

/// <summary>The file with the trusted roots and the operating system's own, beside the one with the trusted roots alone.</summary>
/// <param name="path">Where it is.</param>
/// <param name="systemRoots">The operating system's roots. Where they are in no file, there is none of these either.</param>
internal sealed class CombinedFile(string path, OperatingSystemRoots systemRoots)
{
    private readonly ParsedFile<Content> _file = new(path, content => new(PemBundleFile.Parse(content), Thumbprints.Sha256(content)));

    // What it was written with last; null before this process has written it.
    private volatile Written? _written;
    private volatile bool _isStale;
    private volatile TrustStoreException? _failure;

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>
    /// It has roots of the operating system, or will have them. Without them it would take the public CAs away from programs, and not say
    /// so; without the file programs would not start.
    /// </summary>
    public bool IsOfUse =>
        systemRoots.HasBundle && (_written is { } written ? written.SystemRoots.Count > 0 : _failure is null || RegularFile.IsThere(path));

    /// <summary>Why it could not be written last; null if it could.</summary>
    public TrustStoreException? Failure => _failure;

    /// <summary>Whether it has to be written anew, also without a change.</summary>
    /// <param name="hasRoots">There is a file with the trusted roots.</param>
    public bool IsRenewalDue(bool hasRoots) =>
        systemRoots.HasBundle && (_failure is not null || (_written is { } written ? _isStale || !systemRoots.IsCurrent(written.SystemRoots) : hasRoots));

    /// <summary>Has the next look read it, even where it seems to be the same.</summary>
    public void Forget() => _file.Forget();

    /// <summary>Writes it, under the lock of the folder. It does not fail: see <see cref="Failure"/>.</summary>
    /// <param name="roots">The trusted roots.</param>
    /// <param name="name">The name of their file.</param>
    /// <returns>Whether it is another one now.</returns>
    public async Task<bool> WriteAsync(PemBundleFile roots, string name)
    {
        if (!systemRoots.HasBundle)
            return false;
        try
        {
            // What has begun runs to its end.
            var system = await systemRoots.GetAsync(CancellationToken.None);
            var content = roots.FormatCombined(name, system);
            _file.Parse(content).Bundle.RequireToHold(roots, path);
            var changes = new FileChanges();
            changes.Put(path, content, AtomicFile.Public);
            var hasChanged = changes.Commit();
            _written = new Written(system, roots.Certificates, Thumbprints.Sha256(content));
            _isStale = false;
            _failure = null;
            return hasChanged;
        }
        catch (Exception exception) when (StoreAccess.IsMachineFailure(exception) || exception is TrustStoreException)
        {
            _failure = Explain(exception);
            return false;
        }
    }

    /// <summary>
    /// Whether somebody else has changed it, or there was no room for it, as a sentence; null if not. Where others have only added to the
    /// trusted roots, it is renewed behind.
    /// </summary>
    /// <param name="roots">What the file with the trusted roots holds; null if there is none.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? DamageBeside(PemBundleFile? roots)
    {
        if (_failure is { } failure && StoreAccess.IsForLackOfSpace(failure.InnerException))
            return failure.Message;

        // One that an earlier version has not written is written behind.
        if (_written is not { } written || roots is null)
            return null;
        if (_file.Read() is not { } read)
            return $"The file '{path}' is missing.";
        if (read.Bundle.DamageIn(path) is { } damage)
            return damage;

        // What somebody took out is drift, which is put right or only shown; it is not taken out of another file too.
        _isStale = !written.Certificates.SequenceEqual(roots.Certificates) && roots.Certificates.ToHashSet().IsSupersetOf(written.Certificates);
        return read.Sha256 != written.Sha256 ? $"The file '{path}' does not hold what CaPortal wrote." : null;
    }

    private TrustStoreException Explain(Exception exception)
    {
        var known = StoreAccess.Explain(exception, path);
        return StoreAccess.IsForLackOfSpace(exception)
            ? new($"There is no space left to write '{path}'. It holds what it held before; the other files are changed.", known.Advice, exception)
            : exception is CryptographicException
                ? new(
                    $"'{path}' is not renewed: the operating system's list cannot be read. {exception.Message}",
                    $"Let the account that the portal runs as read '{systemRoots.Location}'. The portal tries again by itself.",
                    exception)
                : known;
    }

    private sealed record Written(IReadOnlyList<SystemRoot> SystemRoots, IReadOnlyCollection<string> Certificates, string Sha256);

    private sealed record Content(PemBundleFile Bundle, string Sha256);
}
