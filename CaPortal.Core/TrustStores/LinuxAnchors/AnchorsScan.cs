using System.IO.Enumeration;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>A file that certificates come from, or the bundle that they go to.</summary>
/// <param name="Path">The file.</param>
/// <param name="Content">What is in it.</param>
internal sealed record AnchorFile(string Path, PemFile Content)
{
    /// <summary>It is one certificate and nothing else, so that both can be removed together.</summary>
    public bool HasOneAlone => Content is { Certificates.Count: 1, DamagedBlocks: 0 };
}

/// <summary>
/// Reads what a layout's files hold, in the order in which Debian's tool takes them. Files that have not changed since
/// are not read again.
/// </summary>
internal sealed class AnchorsScan(AnchorsLayout layout)
{
    /// <summary>What the names of the lock file and of what is being written begin with.</summary>
    public const string OwnWorkFiles = ".caportal";

    // Links between folders outside can lead in circles that no path shows.
    private const int DeepestFolder = 8;

    private static readonly string[] CertificateExtensions = [".crt", ".pem", ".cer", ".der", ".cert"];

    private readonly Lock _gate = new();
    private Dictionary<string, Settled> _settled = [];

    /// <summary>Reads all of them.</summary>
    public AnchorsInventory Read()
    {
        lock (_gate)
        {
            var settled = new Dictionary<string, Settled>();
            var system = SystemFiles().Select(p => Read(p, settled)).OfType<AnchorFile>().ToList();
            var local = LocalFiles().Select(p => Read(p, settled)).OfType<AnchorFile>().ToList();
            var misnamed = MisnamedFiles().Select(p => Read(p, settled)).OfType<AnchorFile>().ToList();
            var bundle = Read(layout.Bundle, settled);
            _settled = settled;
            return new AnchorsInventory(layout, system, local, bundle?.Content) { Misnamed = misnamed };
        }
    }

    /// <summary>Has the next look read all files, even those that seem to be the same.</summary>
    public void Forget()
    {
        lock (_gate)
            _settled = [];
    }

    /// <summary>The file that keeps a certificate out of the bundle; null where none of those that can be read does.</summary>
    public string? BlockedBy(string sha256) => layout.BlockFolders.SelectMany(f => FilesIn(f, "*").Order(StringComparer.Ordinal)).FirstOrDefault(path =>
    {
        try
        {
            var file = PemFile.Parse(RegularFile.ReadThroughLinks(path), takesDer: true);
            return file.Certificates.Concat(file.Distrusted).Any(c => c.Sha256 == sha256);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Gone meanwhile, or not for the portal's account.
        }
    });

    private IEnumerable<string> LocalFiles() => FilesIn(layout.AnchorsFolder, layout.Pattern).Order(StringComparer.Ordinal);

    // What looks like a certificate to people; others have their readme files there.
    private IEnumerable<string> MisnamedFiles() =>
        layout.TakesAnyFile
            ? []
            : FilesIn(layout.AnchorsFolder, "*")
                .Where(p =>
                    Path.GetExtension(p) is var extension
                    && extension != AnchorsLayout.Extension
                    && CertificateExtensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal);

    private IEnumerable<string> SystemFiles() => layout.SystemSelection is null
        ? FilesIn(layout.SystemFolder, "*").Order(StringComparer.Ordinal)
        : SelectedFiles(layout.SystemSelection);

    // As the tool's own reading of it: what begins with # or ! is left out, and so are what is not there and a last line without an end.
    private IEnumerable<string> SelectedFiles(string selection) => File.Exists(selection)
        ? File.ReadAllText(selection).Split('\n').SkipLast(1)
            .Where(line => line is [not ('#' or '!'), ..])
            .Select(line => Path.Join(layout.SystemFolder, line.Trim(' ', '\t')))
            .Where(File.Exists)
        : [];

    // Links are followed, as find -L does; one that leads to a folder that it is in would lead round and round.
    private static IEnumerable<string> FilesIn(string folder, string pattern) =>
        !Directory.Exists(folder)
            ? []
            : new FileSystemEnumerable<string>(
                folder,
                (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    MaxRecursionDepth = DeepestFolder,
                    AttributesToSkip = 0,
                })
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                    !entry.IsDirectory
                    && !entry.FileName.StartsWith(OwnWorkFiles)
                    && FileSystemName.MatchesSimpleExpression(pattern, entry.FileName, ignoreCase: false),
                ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                    entry.ToFileSystemInfo().ResolveLinkTarget(returnFinalTarget: true) is not { } target
                    || !$"{entry.Directory}/".StartsWith($"{target.FullName.TrimEnd('/')}/", StringComparison.Ordinal),
            }.Where(p => File.Exists(p) && !RegularFile.IsSomethingElse(p));

    private AnchorFile? Read(string path, Dictionary<string, Settled> settled)
    {
        try
        {
            if (FileIdentity.Of(path, followLinks: true) is not { } seen)
                return null;

            if (!_settled.TryGetValue(path, out var known) || known.Identity != seen)
            {
                var began = TimeProvider.System.GetUtcNow();
                var content = PemFile.Parse(RegularFile.ReadThroughLinks(path, out var read), layout.TakesAnyFile);
                if (!read.IsSettledAt(began))
                    return new AnchorFile(path, content);
                known = new Settled(read, content);
            }

            settled[path] = known;
            return new AnchorFile(path, known.Content);
        }
        catch (FileNotFoundException)
        {
            return null; // Deleted by somebody else since the folder was listed.
        }
    }

    private sealed record Settled(FileIdentity Identity, PemFile Content);
}
