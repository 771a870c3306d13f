using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>A bundle that the distribution's command alone can write: it runs within the change, and is not believed but verified.</summary>
internal sealed class ExtractedBundle(AnchorsLayout layout, AnchorsReader reader)
{
    // Some commands leave the bundle as it is where nothing in it would change.
    private DateTime _extractedFrom;

    /// <summary>
    /// Makes the change in the folder and has the command put the bundle together, all or nothing but for what the command
    /// does not take; also without a change where the bundle is older than the folder. To be called under the lock.
    /// </summary>
    /// <returns>What is left to do.</returns>
    public async Task<AnchorsEdit> WriteAsync(TrustStoreChange change)
    {
        var before = reader.Read();
        var edit = AnchorsEdit.Of(before, change);
        var newest = NewestFile();
        var isOutdated = File.GetLastWriteTimeUtc(layout.Bundle) < newest && newest != _extractedFrom;
        if (edit.IsEmpty && before.IsBundleSound && !isOutdated && FaultOf(before, before, change) is null && !RefusedIn(before, change).Any())
            return edit;

        KeepLastGood(before);
        var files = edit.Puts.Keys.Concat(edit.Deletes).ToDictionary(p => p, p => File.Exists(p) ? RegularFile.Read(p) : null);
        var changes = new FileChanges();
        edit.AddTo(changes);
        changes.Commit();

        CommandOutcome outcome;
        try
        {
            outcome = await BoundedCommand.RunAsync(layout.Command, layout.Arguments, layout.CommandTimeout);
        }
        catch (TrustStoreException)
        {
            Restore(files, withBundle: true);
            throw;
        }

        var after = reader.Read();
        if (FaultOf(before, after, change) is { } fault)
        {
            Restore(files, withBundle: true);
            throw new TrustStoreException(
                $"After '{layout.Command}' {fault}, so that the former files were put back; {outcome.Summary}.",
                $"Run '{layout.Command}' as root and see what it says; where what it left out is meant to be gone, that makes it so.");
        }

        // What it refuses keeps back neither the others nor what is withdrawn.
        var refused = RefusedIn(after, change).ToHashSet();
        Restore(files.Where(f => refused.Contains(f.Key)), withBundle: false);
        _extractedFrom = NewestFile();
        return refused.Count == 0 ? edit : throw new TrustStoreException(
            $"After '{layout.Command}' certificates that were added were not in the bundle that programs read ({refused.Count}), so that their files were taken away again; {outcome.Summary}.",
            $"Run '{layout.Command}' as root and see what it says; it takes neither what this system blocks nor what is not for a CA of TLS servers.");
    }

    /// <summary>The files for what is added and yet is not in the bundle.</summary>
    private IEnumerable<string> RefusedIn(AnchorsInventory found, TrustStoreChange change) =>
        change.Add.Where(c => !found.IsInBundle(c.Key.Sha256)).Select(c => layout.FileFor(c.Key.Sha256));

    private static string? FaultOf(AnchorsInventory before, AnchorsInventory after, TrustStoreChange change)
    {
        var removed = change.Remove.Select(k => k.Sha256).ToHashSet();
        var lost = (before.Bundle?.Certificates ?? []).Select(c => c.Sha256).Distinct().Count(c => !after.IsInBundle(c) && !removed.Contains(c));
        return !after.IsBundleSound ? "the bundle that programs read is empty or broken"
            : lost > 0 ? $"certificates that were trusted before were missing ({lost})"
            : removed.Any(c => after.IsInBundle(c) && after.Files(c) == 0) ? "a certificate that was removed was still in the bundle that programs read"
            : null;
    }

    private DateTime NewestFile() => new DirectoryInfo(layout.AnchorsFolder)
        .EnumerateFiles().Where(f => !f.Name.StartsWith(AnchorsReader.OwnWorkFiles, StringComparison.Ordinal)).Select(f => f.LastWriteTimeUtc)
        .Append(Directory.GetLastWriteTimeUtc(layout.AnchorsFolder)).Max();

    private void KeepLastGood(AnchorsInventory before)
    {
        if (before.IsBundleSound)
            AtomicFile.Write(layout.LastGood, RegularFile.Read(layout.Bundle), AtomicFile.Public);
    }

    private void Restore(IEnumerable<KeyValuePair<string, byte[]?>> files, bool withBundle)
    {
        var changes = new FileChanges();
        foreach (var (path, content) in files)
        {
            if (content is not null)
                changes.Put(path, content, AtomicFile.Public);
            else if (File.Exists(path))
                changes.Delete(path);
        }

        if (withBundle && File.Exists(layout.LastGood))
            changes.Put(layout.Bundle, RegularFile.Read(layout.LastGood), AtomicFile.Public);
        changes.Commit();
    }
}
