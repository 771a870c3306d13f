using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>The files of the anchors folder that a change writes and deletes.</summary>
/// <param name="Puts">Files of ours to be written.</param>
/// <param name="Deletes">Files to be deleted.</param>
/// <param name="Stuck">Files from which a certificate should be removed that stands there together with others.</param>
internal sealed record AnchorsEdit(IReadOnlyDictionary<string, byte[]> Puts, IReadOnlySet<string> Deletes, IReadOnlyList<string> Stuck)
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

            // A file in which the command does not see it, in a folder below or of another form, does not help.
            if (!found.FilesWith(added.Key.Sha256).Any() || (found.Layout.Debian is null && !found.IsInBundle(added.Key.Sha256)))
                puts[path] = PemFile.Format(added.Der.Span);
        }

        var holders = change.Remove.SelectMany(k => found.FilesWith(k.Sha256)).DistinctBy(f => f.Path).ToLookup(f => f.Content is { Certificates.Count: 1, DamagedBlocks: 0 }, f => f.Path);

        // A file with a name of ours and nothing to be read in it is what a failing disk left of it.
        var torn = found.Local.Where(f => f.Content.Certificates.Count == 0 && found.Layout.IsOwn(f.Path)).Select(f => f.Path);
        return new AnchorsEdit(puts, holders[true].Concat(torn).Where(p => !puts.ContainsKey(p)).ToHashSet(), [.. holders[false]]);
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
        if (Stuck.Count > 0)
        {
            throw new TrustStoreException(
                $"A certificate could not be removed, because it stands together with others in '{Stuck[0]}', which CaPortal did not write.",
                "Take it out of that file by hand, and reconcile again.");
        }
    }
}
