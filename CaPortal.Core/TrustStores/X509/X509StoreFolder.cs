using System.Text.RegularExpressions;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.X509;

/// <summary>
/// The folder in which .NET on Unix keeps one certificate store of a user. It has one file per certificate, named by its
/// SHA-1 thumbprint, with <c>.1</c> to <c>.9</c> before the extension if that name is taken.
/// </summary>
/// <remarks>
/// The files are written here and not by <c>X509Store.Add</c>, which creates the file empty, fills it in place and does not
/// flush it. A process that is killed or runs out of space in between leaves an empty file for ever. Ten of those make the
/// certificate impossible to add. A program that looks at that moment misses the certificate for 30 seconds. Whole files that
/// are renamed into place have none of that, and cost less. 1,000 certificates take about as long as <c>X509Store.Add</c>
/// needs for them, although all are flushed to disk and read back.
/// </remarks>
internal sealed partial class X509StoreFolder(string path)
{
    private const string Pattern = "*.pfx";
    private const int NamesPerThumbprint = 10;

    private readonly Lock _gate = new();
    private Dictionary<string, StoreFile> _settled = [];

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>All files in it, in the order of their names. Files that have not changed since are not read again.</summary>
    public IReadOnlyList<StoreFile> Read()
    {
        lock (_gate)
        {
            if (!Directory.Exists(path))
                return [];

            var began = TimeProvider.System.GetUtcNow();
            var files = new DirectoryInfo(path).EnumerateFiles(Pattern).Select(Read).OfType<StoreFile>().OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
            _settled = files.Where(f => f.Identity?.IsSettledAt(began) == true).ToDictionary(f => f.Name);
            return files;
        }
    }

    /// <summary>Has the next look read all files, even those that seem to be the same.</summary>
    public void Forget()
    {
        lock (_gate)
            _settled = [];
    }

    /// <summary>The certificates in it.</summary>
    /// <param name="store">The store that the folder is of.</param>
    public IEnumerable<FoundCertificate> Load(CaStore store)
    {
        foreach (var file in Read().Where(f => f.Sha256 is not null))
        {
            var place = System.IO.Path.Combine(path, file.Name);
            if (File.Exists(place) && X509StoreFile.Decode(RegularFile.ReadThroughLinks(place)) is { } der)
                yield return new FoundCertificate(new CaCertificateKey(store, Thumbprints.Sha256(der)), der, place);
        }
    }

    /// <summary>One sentence about a file that is no good; null if it is.</summary>
    public string? DamageOf(StoreFile file) => file switch
    {
        { Sha256: not null } => null,
        { IsEmpty: true } => $"The file '{System.IO.Path.Combine(path, file.Name)}' is empty: writing it was interrupted.",
        _ => $"The file '{System.IO.Path.Combine(path, file.Name)}' cannot be read as a certificate.",
    };

    /// <summary>
    /// Adds to <paramref name="changes"/> what makes the folder hold <paramref name="add"/> and not <paramref name="remove"/>.
    /// Files that can be of no use to anybody go too: empty ones, second copies, and unreadable ones under the thumbprint
    /// of a certificate that is added. Call it under the lock of the store.
    /// </summary>
    public void Change(IEnumerable<TrustedCertificate> add, IReadOnlySet<string> remove, FileChanges changes)
    {
        FolderGuard.CreateFolder(path);
        AtomicFile.Sweep(path);
        var files = Read();
        var present = files.Select(f => f.Sha256).OfType<string>().ToHashSet();
        var usable = files.Where(f => f.Sha256 is not null).Select(f => f.Name).ToHashSet();
        var useless = files
            .Where(f => IsUseless(f) || f.Sha256 is { } hash && remove.Contains(hash))
            .Select(f => f.Name)
            .Concat(SecondCopies(files))
            .ToHashSet();
        var unreadable = files.Where(f => f.Sha256 is null).ToLookup(f => ThumbprintOf(f.Name), f => f.Name);

        foreach (var certificate in add.Where(c => present.Add(c.Key.Sha256)))
        {
            var thumbprint = Thumbprints.Sha1(certificate.Der.Span);
            var name = NamesOf(thumbprint).FirstOrDefault(usable.Add) ?? throw new TrustStoreException(
                $"All {NamesPerThumbprint} file names for a certificate with the thumbprint {thumbprint} are taken in '{path}'.",
                "Look at the files with that name and remove those that do not belong there.");
            changes.Put(System.IO.Path.Combine(path, name), X509StoreFile.Encode(certificate.Der.Span), AtomicFile.OwnerOnly);
            useless.UnionWith(unreadable[thumbprint]);
            useless.Remove(name);
        }

        foreach (var name in useless)
            changes.Delete(System.IO.Path.Combine(path, name));
    }

    /// <summary>
    /// Makes other programs read the folder again at once. They look only at its time, which the file system rounds to its
    /// clock's tick. So the last of several renames within one tick could go unnoticed for 30 seconds.
    /// </summary>
    public void Touch() => Directory.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);

    private StoreFile? Read(FileInfo file)
    {
        try
        {
            if (_settled.TryGetValue(file.Name, out var known) && known.Identity == FileIdentity.Of(file.FullName, followLinks: true))
                return known;
            var content = RegularFile.ReadThroughLinks(file.FullName, out var identity);
            return new StoreFile(file.Name, identity, content.Length == 0 ? null : HashOf(X509StoreFile.Decode(content)));
        }
        catch (FileNotFoundException)
        {
            return null; // Deleted by somebody else since the folder was listed.
        }
        catch (Exception exception)
            when (exception is UnauthorizedAccessException or UnfitFileException || (exception is IOException && file.LinkTarget is not null))
        {
            return new StoreFile(file.Name, null, null);
        }
    }

    private static string? HashOf(byte[]? der) => der is null ? null : Thumbprints.Sha256(der);

    private static bool IsUseless(StoreFile file) => file.IsEmpty && ThumbprintOf(file.Name) is not null;

    // Two processes that add the same certificate through .NET at once leave it twice. A copy with more in it than
    // the certificate (that is, a private key) has another length and is not ours to judge.
    private static IEnumerable<string> SecondCopies(IReadOnlyList<StoreFile> files)
    {
        var byName = files.ToDictionary(f => f.Name);
        return files
            .Where(f => f.Sha256 is not null
                && ThumbprintOf(f.Name) is { } thumbprint
                && byName.TryGetValue($"{thumbprint}.pfx", out var first)
                && first != f && first.Sha256 == f.Sha256 && first.Identity?.Length == f.Identity?.Length)
            .Select(f => f.Name);
    }

    private static IEnumerable<string> NamesOf(string thumbprint) =>
        Enumerable.Range(0, NamesPerThumbprint).Select(i => i == 0 ? $"{thumbprint}.pfx" : $"{thumbprint}.{i}.pfx");

    private static string? ThumbprintOf(string name) => StoreFileName().Match(name) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^([0-9A-F]{40})(?:\.[0-9])?\.pfx\z", RegexOptions.CultureInvariant)]
    private static partial Regex StoreFileName();
}

/// <summary>A file of a certificate store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Identity">Which file it was when it was read; null if it could not be.</param>
/// <param name="Sha256">SHA-256 of the certificate in it; null if there is none that can be read.</param>
internal sealed record StoreFile(string Name, FileIdentity? Identity, string? Sha256)
{
    /// <summary>It has no content.</summary>
    public bool IsEmpty => Identity?.Length == 0;
}
