using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>A bundle that the distribution's command alone can write: it runs within the change, and is not believed but verified.</summary>
internal sealed class ExtractedBundle(AnchorsLayout layout, AnchorsScan reader, CancellationToken ending)
{
    private const int MaxNames = 3;

    // Some commands leave the bundle as it is where nothing in it would change.
    private DateTime _extractedFrom;

    /// <summary>
    /// Makes the change in the folder and has the command put the bundle together. It is all or nothing, except for what the
    /// command does not take. Also runs without a change if the bundle is older than the folder. Called under the lock.
    /// </summary>
    /// <returns>What is left to do.</returns>
    public async Task<AnchorsEdit> WriteAsync(TrustStoreChange change)
    {
        // What is known to be refused is not tried: all programs would read what the command leaves meanwhile.
        var blocked = change.Add.Select(c => (Certificate: c, File: reader.BlockedBy(c.Key.Sha256))).Where(c => c.File is not null).ToList();
        var (edit, refused, outcome) = await MakeAsync(change with { Add = [.. change.Add.Except(blocked.Select(b => b.Certificate))] });
        return blocked.Count + refused == 0 ? edit : throw Refusal(blocked, refused, outcome);
    }

    private async Task<(AnchorsEdit Edit, int Refused, SystemCommandOutcome? Outcome)> MakeAsync(TrustStoreChange change)
    {
        var before = reader.Read();
        var edit = AnchorsEdit.Of(before, change);
        var newest = NewestFile();
        var isOutdated = File.GetLastWriteTimeUtc(layout.Bundle) < newest && newest != _extractedFrom;
        if (edit.IsEmpty && before.IsBundleSound && !isOutdated && FaultOf(before, before, change) is null && !RefusedIn(before, change).Any())
            return (edit, 0, null);

        KeepLastGood(before);
        var files = edit.Puts.Keys.Concat(edit.Deletes).ToDictionary(p => p, p => File.Exists(p) ? RegularFile.Read(p) : null);
        var changes = new FileChanges();
        edit.AddTo(changes);
        changes.Commit();

        SystemCommandOutcome outcome;
        try
        {
            outcome = await SystemCommand.RunAsync(layout.Command, layout.Arguments, layout.CommandTimeout, ending);
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
                $"Do not run it by hand: it would do the same to all programs of this machine. {WhatToCheck(outcome)} {WritePauses.Promise}");
        }

        // What it refuses keeps back neither the others nor what is withdrawn.
        var refused = RefusedIn(after, change).Select(c => layout.FileFor(c.Key.Sha256)).ToHashSet();
        Restore(files.Where(f => refused.Contains(f.Key)), withBundle: false);
        _extractedFrom = NewestFile();
        return (edit, refused.Count, outcome);
    }

    /// <summary>What is added and yet is not in the bundle.</summary>
    private static IEnumerable<TrustedCertificate> RefusedIn(AnchorsInventory found, TrustStoreChange change) =>
        change.Add.Where(c => !found.IsInBundle(c.Key.Sha256));

    private TrustStoreException Refusal(List<(TrustedCertificate Certificate, string? File)> blocked, int refused, SystemCommandOutcome? outcome)
    {
        string?[] problem =
        [
            blocked.Count == 0
                ? null
                : "Not taken into the bundle that programs read: "
                    + $"{Listed(blocked.Select(b => $"{Named(b.Certificate)}, blocked by the system: '{DisplayText.Visible(b.File!)}'"))}.",
            refused == 0
                ? null
                : $"After '{layout.Command}' certificates that were added were not in the bundle that programs read ({refused}), "
                    + $"so that their files were taken away again; {outcome!.Summary}.",
        ];
        string?[] advice =
        [
            blocked.Count == 0 ? null : $"Where it is to be trusted, take it out of '{Path.GetDirectoryName(blocked[0].File)}'; else delete it here.",

            // One that ends well has made its choice; another one may not have come so far.
            refused == 0
                ? null
            : outcome!.ExitCode == 0 ? "It takes neither what is not for a CA of TLS servers nor what the distribution's own list distrusts: delete that here."
            : WhatToCheck(outcome),
            WritePauses.Promise,
        ];
        return new(string.Join(' ', problem.OfType<string>()), string.Join(' ', advice.OfType<string>()));

        static string Named(TrustedCertificate certificate) => new PemCertificate(certificate.Key.Sha256, certificate.Der.ToArray()).Name;
    }

    private static string Listed(IEnumerable<string> all)
    {
        var list = all.ToList();
        return string.Join("; ", list.Take(MaxNames)) + (list.Count > MaxNames ? $"; and {list.Count - MaxNames} more" : "");
    }

    private string WhatToCheck(SystemCommandOutcome outcome) =>
        (outcome.Output.Trim().Length > 0 ? "Look at what it said, " : "Look ")
        + $"whether the disk of '{Path.GetDirectoryName(layout.Bundle)}' has space left, whether the package of '{layout.Command}' is whole, "
        + $"and what others have put into '{layout.AnchorsFolder}' or taken out of it.";

    private static string? FaultOf(AnchorsInventory before, AnchorsInventory after, TrustStoreChange change)
    {
        var removed = change.Remove.Select(k => k.Sha256).ToHashSet();
        var lost = (before.Bundle?.Certificates ?? [])
            .DistinctBy(c => c.Sha256)
            .Where(c => !after.IsInBundle(c.Sha256) && !removed.Contains(c.Sha256))
            .ToList();
        return !after.IsBundleSound ? "the bundle that programs read is empty or broken"
            : lost.Count > 0 ? $"certificates that were trusted before were missing ({lost.Count}): {Listed(lost.Select(c => c.Name))}"
            : removed.Any(c => after.IsInBundle(c) && after.Files(c) == 0) ? "a certificate that was removed was still in the bundle that programs read"
            : null;
    }

    private DateTime NewestFile() => new DirectoryInfo(layout.AnchorsFolder)
        .EnumerateFiles().Where(f => !f.Name.StartsWith(AnchorsScan.OwnWorkFiles, StringComparison.Ordinal)).Select(f => f.LastWriteTimeUtc)
        .Append(Directory.GetLastWriteTimeUtc(layout.AnchorsFolder)).Max();

    private void KeepLastGood(AnchorsInventory before)
    {
        if (before.IsBundleSound)
            AtomicFile.Write(layout.LastGood, RegularFile.ReadThroughLinks(layout.Bundle), AtomicFile.Public);
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
