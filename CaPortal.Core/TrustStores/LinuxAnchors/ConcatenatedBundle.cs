using System.Text;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// Debian's bundle, written as <c>update-ca-certificates</c> does, byte for byte, but in one step and in milliseconds. It has
/// the selected files of the distribution in their order, then the local ones by name, each ended by a line break.
/// </summary>
internal sealed class ConcatenatedBundle(AnchorsLayout layout, AnchorsScan reader)
{
    /// <summary>
    /// Makes the change in the folder and in the bundle, all or nothing; also without a change it puts the bundle right.
    /// To be called under the lock.
    /// </summary>
    /// <returns>What is left to do.</returns>
    public AnchorsEdit Write(TrustStoreChange change)
    {
        var found = reader.Read();
        var edit = AnchorsEdit.Of(found, change);
        var files = found.System.Concat(edit.After(found.Local)).ToList();
        var withFile = files.SelectMany(f => f.Content.Certificates).Select(c => c.Sha256).ToHashSet();

        // What programs trust now stays trusted until somebody asks otherwise, even if a file outside changes: packages are
        // being replaced, or an administrator has not yet run the tool.
        var removed = change.Remove.Select(k => k.Sha256).ToHashSet();
        var kept = (found.Bundle?.Certificates ?? [])
            .Where(c => !withFile.Contains(c.Sha256) && !removed.Contains(c.Sha256))
            .DistinctBy(c => c.Sha256)
            .ToList();

        var changes = new FileChanges();
        edit.AddTo(changes);
        if (!edit.IsEmpty || !IsMadeOf(found, files, kept))
        {
            var candidate = Compose(files, edit.Puts, kept);
            RequireReadable(candidate, files, kept);
            if (found.IsBundleSound)
                changes.Put(layout.LastGood, RegularFile.Read(layout.Bundle), AtomicFile.Public);
            changes.Put(layout.Bundle, candidate, AtomicFile.Public);
        }

        changes.Commit();
        return edit;
    }

    private static byte[] Compose(IEnumerable<AnchorFile> files, IReadOnlyDictionary<string, byte[]> puts, IEnumerable<PemCertificate> kept)
    {
        using var bundle = new MemoryStream();
        foreach (var content in files.Select(f => puts.GetValueOrDefault(f.Path) ?? RegularFile.ReadThroughLinks(f.Path))
            .Concat(kept.Select(c => Encoding.ASCII.GetBytes(c.Format() + "\n"))))
        {
            bundle.Write(content);
            if (content is [.., not (byte)'\n'])
                bundle.WriteByte((byte)'\n');
        }

        return bundle.ToArray();
    }

    private static bool IsMadeOf(AnchorsInventory found, IEnumerable<AnchorFile> files, IEnumerable<PemCertificate> kept) =>
        found.IsBundleSound && HasJust(found.Bundle!, files, kept);

    private static bool HasJust(PemFile bundle, IEnumerable<AnchorFile> files, IEnumerable<PemCertificate> kept) =>
        bundle.Certificates.Select(c => c.Sha256).Order(StringComparer.Ordinal)
            .SequenceEqual(files.SelectMany(f => f.Content.Certificates).Concat(kept).Select(c => c.Sha256).Order(StringComparer.Ordinal));

    /// <summary>
    /// Protects all the TLS of this machine from a bad candidate: one certificate that cannot be loaded stops every program
    /// that reads the file.
    /// </summary>
    private void RequireReadable(byte[] candidate, IReadOnlyList<AnchorFile> files, IReadOnlyList<PemCertificate> kept)
    {
        if (files.FirstOrDefault(f => f.Content.DamagedBlocks > 0) is { } damaged)
        {
            throw new TrustStoreException(
                $"'{layout.Bundle}' was left as it is, because a certificate in '{damaged.Path}' cannot be read and would stop all programs that read the "
                    + "bundle.",
                "Remove or repair that file before anybody runs update-ca-certificates, and press Repair in Settings.");
        }

        var read = PemFile.Parse(candidate);
        if (read.DamagedBlocks > 0 || !HasJust(read, files, kept))
        {
            throw new TrustStoreException(
                $"'{layout.Bundle}' was left as it is, because the new content could not be read back.",
                $"Another program may have changed the files in '{layout.AnchorsFolder}' or '{layout.SystemFolder}' at the same moment: "
                    + "press Repair in Settings.");
        }
    }
}
