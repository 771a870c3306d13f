namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>What was found in the files of a layout, and what follows from it.</summary>
/// <param name="Layout">The layout.</param>
/// <param name="System">The files of the distribution's own list that are in use, in their order.</param>
/// <param name="Local">The files of the anchors folder, ours and others', in their order.</param>
/// <param name="Bundle">What programs read; null if there is no such file.</param>
internal sealed record AnchorsInventory(AnchorsLayout Layout, IReadOnlyList<AnchorFile> System, IReadOnlyList<AnchorFile> Local, PemFile? Bundle)
{
    /// <summary>Files of the anchors folder whose names the command does not take, though they look like certificates to people.</summary>
    public IReadOnlyList<AnchorFile> Misnamed { get; init; } = [];

    private readonly Dictionary<string, int> _inSystem = Count(System.SelectMany(f => f.Content.Certificates));
    private readonly Dictionary<string, int> _inLocal = Count(Local.SelectMany(f => f.Content.Certificates));
    private readonly Dictionary<string, int> _inBundle = Count(Bundle?.Certificates ?? []);
    private readonly HashSet<string> _readByAll = [.. (Bundle?.Certificates ?? []).Where(c => c.IsReadByAll).Select(c => c.Sha256)];

    /// <summary>
    /// SHA-256 of what the administrator's folder makes this machine trust. A file alone does not count: its certificate
    /// must be in the bundle, as often as it should. What is in the bundle and in no file any more still counts.
    /// </summary>
    public IEnumerable<string> Installed => _inLocal.Keys.Where(IsInBundleAsItShould).Concat(Passing);

    /// <summary>
    /// SHA-256 of two kinds of <see cref="Installed"/>: those that no file has any more, so that they go with the command's
    /// next run, and those in a form that some programs pass over.
    /// </summary>
    public IEnumerable<string> Passing =>
        _inBundle.Keys.Where(c => !_inSystem.ContainsKey(c) && ((!_inLocal.ContainsKey(c) && !IsInBundleAsItShould(c)) || !_readByAll.Contains(c)));

    /// <summary>What is in the bundle although no file has it, each once.</summary>
    public IEnumerable<PemCertificate> WithoutFile => (Bundle?.Certificates ?? []).Where(c => Files(c.Sha256) == 0).DistinctBy(c => c.Sha256);

    /// <summary>Whether the bundle has every certificate as often as it should, and nothing else. Known for Debian's alone.</summary>
    public bool IsBundleRight => IsBundleSound && _inBundle.Keys.Concat(_inLocal.Keys).Concat(_inSystem.Keys).All(IsInBundleAsItShould);

    /// <summary>Whether the bundle is there and can be read from beginning to end.</summary>
    public bool IsBundleSound => Bundle is { DamagedBlocks: 0, Certificates.Count: > 0 };

    /// <summary>Whether it is in the bundle.</summary>
    public bool IsInBundle(string sha256) => _inBundle.ContainsKey(sha256);

    /// <summary>Number of files that have it, the distribution's and those of the anchors folder.</summary>
    public int Files(string sha256) => _inSystem.GetValueOrDefault(sha256) + _inLocal.GetValueOrDefault(sha256);

    /// <summary>Whether it is in the bundle as often as a file has it; where the command puts the bundle together in its own way, at least once.</summary>
    public bool IsInBundleAsItShould(string sha256)
    {
        var (inBundle, files) = (_inBundle.GetValueOrDefault(sha256), Files(sha256));
        return Layout.Debian is null ? (inBundle > 0) == (files > 0) : inBundle == files;
    }

    /// <summary>The files of the anchors folder that have it.</summary>
    public IEnumerable<AnchorFile> FilesWith(string sha256) =>
        _inLocal.ContainsKey(sha256) ? Local.Where(f => f.Content.Certificates.Any(c => c.Sha256 == sha256)) : [];

    /// <summary>One sentence for each thing that is not as it should be.</summary>
    public IEnumerable<string> Damage => Local.Select(DamageOf).Append(DamageOfBundle).OfType<string>();

    private string? DamageOfBundle => Bundle switch
    {
        null => $"The file '{Layout.Bundle}', which programs read, is not there.",
        { DamagedBlocks: > 0 } => $"The file '{Layout.Bundle}', which programs read, has {Bundle.DamagedBlocks} certificate blocks that cannot be read.",
        { Certificates.Count: 0 } => $"The file '{Layout.Bundle}', which programs read, holds no certificates.",
        _ => null,
    };

    // AnchorNotes reports the files of others: the portal does not repair them.
    private string? DamageOf(AnchorFile file) =>
        Layout.IsOwn(file.Path) && !file.HasOneAlone ? $"The file '{file.Path}', which CaPortal wrote, does not hold its certificate any more." : null;

    private static Dictionary<string, int> Count(IEnumerable<PemCertificate> certificates) =>
        certificates.CountBy(c => c.Sha256).ToDictionary();
}
