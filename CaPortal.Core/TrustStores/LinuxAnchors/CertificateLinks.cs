using System.Text.RegularExpressions;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// The folder in which OpenSSL looks certificates up by the hash of their subject. For each certificate it has a link by its
/// name and one by the hash, <c>1a2b3c4d.0</c>, with the next number if several have the same subject.
/// </summary>
internal sealed partial class CertificateLinks(string folder)
{
    private const string LinkExtension = ".pem";

    /// <summary>The link by name of a file of the anchors folder.</summary>
    public string LinkFor(string path) => Path.Combine(folder, Path.GetFileNameWithoutExtension(path) + LinkExtension);

    /// <summary>Those of our files that lack a link.</summary>
    /// <param name="found">What is there.</param>
    public IReadOnlyList<string> Missing(AnchorsInventory found)
    {
        var targets = Links().ToLookup(l => IsHash(l.Name), l => l.Target);
        var hashed = targets[true].ToHashSet();
        var named = targets[false].ToHashSet();

        // Of the same certificate in two files one alone has a link by hash.
        return
        [
            .. Own(found)
                .Where(f =>
                    !named.Contains(f.Path)
                    || !hashed.Contains(Path.GetFileName(LinkFor(f.Path))) && f.Content.Certificates.All(c => found.Files(c.Sha256) == 1))
                .Select(f => f.Path),
        ];
    }

    /// <summary>Names of links that CaPortal's files once had, and which lead nowhere now.</summary>
    public IReadOnlyList<string> LeftOver() =>
    [
        .. Links()
            .Where(l => Path.GetFileName(l.Target).StartsWith(AnchorsLayout.OwnPrefix, StringComparison.Ordinal) && LeadsNowhere(l.Name))
            .Select(l => l.Name),
    ];

    /// <summary>
    /// Removes links. The last link of the same hash takes the place of the removed one, because a program that reads them
    /// stops at the first number that is not there.
    /// </summary>
    public void Remove(IEnumerable<string> names)
    {
        foreach (var name in names.OrderDescending(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, name);
            if (new FileInfo(path).LinkTarget is null)
                continue;

            var last = IsHash(name) ? LastWithHashOf(name) : name;
            if (last == name)
                File.Delete(path);
            else
                File.Move(Path.Combine(folder, last), path, overwrite: true);
        }
    }

    /// <summary>Our files among those that were found.</summary>
    public static IEnumerable<AnchorFile> Own(AnchorsInventory found) =>
        found.Local.Where(f => found.Layout.IsOwn(f.Path) && f.Content is { Certificates.Count: 1, DamagedBlocks: 0 });

    private string LastWithHashOf(string name) =>
        Directory
            .EnumerateFiles(folder, $"{name.Split('.')[0]}.*")
            .Select(p => Path.GetFileName(p))
            .Where(IsHash)
            .MaxBy(n => int.Parse(n.Split('.')[1], null))!;

    private IEnumerable<(string Name, string Target)> Links() =>
        new DirectoryInfo(folder).EnumerateFiles().Where(f => f.LinkTarget is not null).Select(f => (f.Name, f.LinkTarget!));

    // File.Exists would be content with the link itself.
    private bool LeadsNowhere(string name) => File.ResolveLinkTarget(Path.Combine(folder, name), returnFinalTarget: true) is not { Exists: true };

    private static bool IsHash(string name) => HashName().IsMatch(name);

    [GeneratedRegex(@"^[0-9a-f]{8}\.[0-9]{1,6}\z", RegexOptions.CultureInvariant)]
    private static partial Regex HashName();
}
