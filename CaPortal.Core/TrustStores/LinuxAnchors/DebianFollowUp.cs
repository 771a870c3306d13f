using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>
/// What <c>update-ca-certificates</c> does besides the bundle: links, links by hash, and the hooks of other programs.
/// Whether it is due is seen in the files themselves, so that it does not matter what was done or broken off before.
/// </summary>
internal sealed class DebianFollowUp
{
    private const int MaxNames = 3;

    private readonly AnchorsLayout _layout;
    private readonly DebianLayout _debian;
    private readonly AnchorsScan _reader;
    private readonly ConcatenatedBundle _bundle;
    private readonly CertificateLinks _links;
    private readonly JavaKeystore _java;

    /// <summary>Creates it for a layout of Debian.</summary>
    public DebianFollowUp(AnchorsLayout layout, DebianLayout debian, AnchorsScan reader, ConcatenatedBundle bundle)
    {
        (_layout, _debian, _reader, _bundle) = (layout, debian, reader, bundle);
        _links = new CertificateLinks(debian.LinksFolder);
        _java = new JavaKeystore(layout, debian, _links);
    }

    private static TrustStoreChange Nothing { get; } = new([], []);

    private string ToolName => Path.GetFileName(_layout.Command);

    /// <summary>
    /// What must be done, as a text that is the same while the work is the same; empty if there is nothing to do.
    /// </summary>
    public string FindWork()
    {
        var found = _reader.Read();
        return string.Join('\n', [
            .. found.IsBundleRight ? Array.Empty<string>() : ["bundle"],
            .. found.WithoutFile.Select(c => c.Sha256),
            .. _links.Missing(found),
            .. _links.LeftOver(),
            .. _java.Difference(found),
        ]);
    }

    /// <summary>Removes what a killed run of the tool left, which the next run would go on with. To be called under the lock.</summary>
    public void RemoveLeftOver()
    {
        var leftOver = $"{_layout.Bundle}.new";
        if (File.Exists(leftOver) && !IsToolRunning())
            File.Delete(leftOver);
    }

    /// <summary>The outcome when it is ended because a change waits for it.</summary>
    public TrustStoreFollowUp GivenWay => Later($"{ToolName} was ended, because a change waited longer for it than it takes on a machine that is well");

    /// <summary>Does it, or puts it off where somebody else is at work. To be called under the lock.</summary>
    /// <param name="ending">Ends what it runs.</param>
    /// <exception cref="OperationCanceledException">It was ended; the bundle is as it should be.</exception>
    public async Task<TrustStoreFollowUp> RunAsync(CancellationToken ending)
    {
        using var packages = PackageLock.TryAcquire(_debian.PackageLock);
        return packages is null ? Later("Another program is installing packages")
            : IsToolRunning() ? Later($"Somebody else is running {ToolName}")
            : await WorkAsync(ending);
    }

    private async Task<TrustStoreFollowUp> WorkAsync(CancellationToken ending)
    {
        RemoveLeftOver();
        _bundle.Write(Nothing);
        var found = _reader.Read();
        var (missing, leftOver) = (_links.Missing(found), _links.LeftOver());
        _links.Remove(leftOver);
        if (found.WithoutFile.ToList() is { Count: > 0 } withoutFile)
            return Done(leftOver.Count, WarningOf(withoutFile));

        string? warning = null;
        if (missing.Count + leftOver.Count > 0)
        {
            // The tool makes links by hash only where it made one by name.
            _links.Remove(missing.Select(p => Path.GetFileName(_links.LinkFor(p))));
            var outcome = await RunToolAsync(ending);
            if (_links.Missing(_reader.Read()).Count is var left and > 0)
                warning =
                    $"Certificates without a link in '{_debian.LinksFolder}' after {ToolName} ran: {left} ({outcome.Summary}): "
                        + "run it as root and see what it says.";
        }

        return Done(missing.Count + leftOver.Count, await _java.SynchronizeAsync(_reader, ending) ?? warning);
    }

    // Some may be certificates that CaPortal manages: what is advised must be right for them too.
    private string WarningOf(List<PemCertificate> withoutFile)
    {
        var names = string.Join("; ", withoutFile.Take(MaxNames).Select(c => c.Name)) + (withoutFile.Count > MaxNames ? "; …" : "");
        return $"Certificates that are trusted although their files are gone: {withoutFile.Count} ({names}). {ToolName} would drop them and was not run. "
            + "Press Repair in Settings, which puts back the files of those that CaPortal manages. "
            + "The others are listed among the CA certificates under Found on this machine: remove or adopt them there, or put their files back.";
    }

    private async Task<SystemCommandOutcome> RunToolAsync(CancellationToken ending)
    {
        var before = RegularFile.Read(_layout.Bundle);
        AtomicFile.Write(_layout.LastGood, before, AtomicFile.Public);
        var outcome = await SystemCommand.RunAsync(_layout.Command, _layout.Arguments, _layout.CommandTimeout, ending);
        RemoveLeftOver();
        var after = _reader.Read();
        if (after.IsBundleRight)
        {
            ending.ThrowIfCancellationRequested();
            return outcome;
        }

        AtomicFile.Write(_layout.Bundle, before, AtomicFile.Public);
        _bundle.Write(Nothing);
        ending.ThrowIfCancellationRequested();
        if (!after.IsBundleSound || PemFile.Parse(before).Certificates.Any(c => !after.IsInBundleAsItShould(c.Sha256)))
        {
            throw new TrustStoreException(
                $"{ToolName} left '{_layout.Bundle}' without what should be in it, so that the former content was put back; {outcome.Summary}.",
                $"The certificates are trusted, but links and Java may not be up to date. Do not run {ToolName} by hand: "
                    + "it would do the same to all programs of this machine. "
                + $"Look whether the disk of '{_debian.LinksFolder}' has space left, and whether the package of '{_layout.Command}' is whole. "
                + "It is tried again by itself after ten minutes, then after longer pauses.");
        }

        return outcome;
    }

    private TrustStoreFollowUp Later(string reason) => new(
        "Not done yet.",
        $"{reason}, so that {ToolName} runs later; most programs trust the change already, Java and those that read links do so then.",
        IsPutOff: true);

    private TrustStoreFollowUp Done(int links, string? warning) => new(
        $"Links put right in '{_debian.LinksFolder}': {links}." + (_java.IsInUse && warning is null ? " Java's keystore was read back and is right." : ""),
        warning);

    // It goes to the folder of the links first and stays there; only there does it write.
    private bool IsToolRunning() => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget == _debian.LinksFolder
                && File.ReadAllText(Path.Combine(process, "cmdline")).Contains(ToolName, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // It has ended meanwhile, or is no process.
        }
    });
}
