using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>The files of the anchors folder that a change writes and deletes.</summary>
/// <param name="Puts">Files of ours to be written.</param>
/// <param name="Deletes">Files to be deleted.</param>
/// <param name="Stuck">Certificates that should be removed and are in a file together with others.</param>
internal sealed record AnchorsEdit(IReadOnlyDictionary<string, byte[]> Puts, IReadOnlySet<string> Deletes, IReadOnlyList<StuckCertificate> Stuck)
{
    /// <summary>Whether there is anything to write or to delete.</summary>
    public bool IsEmpty => Puts.Count + Deletes.Count == 0;

    /// <summary>Finds out what makes the folder hold what is added and not what is removed.</summary>
    public static AnchorsEdit Of(AnchorsInventory found, TrustStoreChange change)
    {
        var puts = new Dictionary<string, byte[]>();
        foreach (var added in change.Add)
        {
            var path = found.Layout.FileFor(added.Key.Sha256);

            // A file in which the command or some programs do not see it, in a folder below or of another form, does not help.
            if (!found.FilesWith(added.Key.Sha256).Any(f => f.Content.Certificates.Any(c => c.Sha256 == added.Key.Sha256 && c.IsReadByAll))
                || (found.Layout.Debian is null && !found.IsInBundle(added.Key.Sha256)))
                puts[path] = PemFile.Format(added.Der.Span);
        }

        var holders = change.Remove.SelectMany(k => found.FilesWith(k.Sha256), (k, f) => (k.Sha256, File: f)).ToLookup(h => h.File.HasOneAlone);
        var stuck = holders[false].Select(h => new StuckCertificate(h.File.Content.Certificates.First(c => c.Sha256 == h.Sha256), h.File.Path));

        // A file with a name of ours and nothing to be read in it is what a failing disk left of it.
        var torn = found.Local.Where(f => f.Content.Certificates.Count == 0 && found.Layout.IsOwn(f.Path)).Select(f => f.Path);
        return new AnchorsEdit(puts, holders[true].Select(h => h.File.Path).Concat(torn).Where(p => !puts.ContainsKey(p)).ToHashSet(), [.. stuck]);
    }

    /// <summary>The files of the anchors folder as they will be, in their order.</summary>
    public IEnumerable<AnchorFile> After(IReadOnlyList<AnchorFile> before) => before
        .Where(f => !Deletes.Contains(f.Path) && !Puts.ContainsKey(f.Path))
        .Concat(Puts.Select(p => new AnchorFile(p.Key, PemFile.Parse(p.Value))))
        .OrderBy(f => f.Path, StringComparer.Ordinal);

    /// <summary>Has the files written and deleted.</summary>
    public void AddTo(FileChanges changes)
    {
        foreach (var (path, content) in Puts)
            changes.Put(path, content, AtomicFile.Public);
        foreach (var path in Deletes)
            changes.Delete(path);
    }

    /// <summary>Says what could not be removed, once all the rest is done.</summary>
    /// <exception cref="TrustStoreException">Something could not.</exception>
    public void RequireNothingStuck()
    {
        if (Stuck is [var first, ..])
        {
            throw new TrustStoreException(
                $"A certificate could not be removed ({first.Certificate.Name}), because it stands together with others in '{first.Path}', "
                    + "which CaPortal did not write."
                + (Stuck.Count > 1 ? $" There are {Stuck.Count - 1} more such." : ""),
                "Take it out of that file by hand, and press Repair in Settings.");
        }
    }
}

/// <summary>A certificate that cannot be removed without removing others.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Path">The file that it is in.</param>
internal sealed record StuckCertificate(PemCertificate Certificate, string Path);
