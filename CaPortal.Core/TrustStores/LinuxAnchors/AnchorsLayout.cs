namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>Where a Linux system keeps the roots that all its programs trust, and the command that puts them together.</summary>
internal sealed record AnchorsLayout
{
    /// <summary>The folder for certificates that the administrator adds.</summary>
    public required string AnchorsFolder { get; init; }

    /// <summary>
    /// See <see cref="ITrustStore.MarkFolder"/>: outside <see cref="AnchorsFolder"/> if p11-kit reads every file in it.
    /// </summary>
    public string? MarkFolder
    {
        get => field ?? (TakesAnyFile ? null : AnchorsFolder);
        init;
    }

    /// <summary>The command; it takes what is in <see cref="AnchorsFolder"/> into <see cref="Bundle"/>.</summary>
    public required string Command { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The file that programs read.</summary>
    public required string Bundle { get; init; }

    /// <summary>The command takes files of any name, and DER too; else only PEM files with <see cref="Extension"/>.</summary>
    public bool TakesAnyFile { get; init; }

    /// <summary>The folder of the distribution's own list.</summary>
    public required string SystemFolder { get; init; }

    /// <summary>The file that says which files of <see cref="SystemFolder"/> are in use; null if all are.</summary>
    public string? SystemSelection { get; init; }

    /// <summary>The folders of certificates that p11-kit never takes into <see cref="Bundle"/>; empty if it does not make it.</summary>
    public IReadOnlyList<string> BlockFolders { get; init; } = [];

    /// <summary>
    /// What only Debian has; null on other systems. Its bundle is simply the files one after the other. So a certificate is
    /// in the bundle as often as it is in a file, and the portal writes the bundle directly.
    /// </summary>
    public DebianLayout? Debian { get; init; }

    /// <summary>A copy of the bundle as it was before the last change. Outside the folders that programs read trust from.</summary>
    public string LastGood { get; init; } = "";

    /// <summary>How long the command may take: many times what it takes on a slow machine.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a change waits for the command that follows an earlier one: what it takes on a machine that is well.</summary>
    public TimeSpan Courtesy { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The files in <see cref="AnchorsFolder"/> that the command takes.</summary>
    public string Pattern => TakesAnyFile ? "*" : $"*{Extension}";

    /// <summary>The name's extension that the command of every family takes.</summary>
    public const string Extension = ".crt";

    /// <summary>What the names of our own files begin with.</summary>
    public const string OwnPrefix = "caportal-";

    /// <summary>
    /// The file for a certificate, named by its SHA-256 alone. So a renewed certificate is another file, and the person who
    /// made it cannot choose the name.
    /// </summary>
    public string FileFor(string sha256) => Path.Combine(AnchorsFolder, $"{OwnPrefix}{sha256[..32]}{Extension}");

    /// <summary>Whether a file has a name as <see cref="FileFor"/> gives.</summary>
    public bool IsOwn(string path) =>
        Path.GetDirectoryName(path) == AnchorsFolder
        && Path.GetFileName(path) is var name
        && name.Length == OwnPrefix.Length + 32 + Extension.Length
        && name.StartsWith(OwnPrefix, StringComparison.Ordinal);
}

/// <summary>The parts of Debian's trust that follow the bundle, and the locks of its package manager.</summary>
internal sealed record DebianLayout
{
    /// <summary>The folder of links, by name and by hash of the subject.</summary>
    public required string LinksFolder { get; init; }

    /// <summary>Held by every program that installs packages.</summary>
    public required string PackageLock { get; init; }

    /// <summary>The hook that brings certificates into <see cref="JavaKeystore"/>.</summary>
    public required string JavaHook { get; init; }

    /// <summary>The keystore that Java programs trust by default.</summary>
    public required string JavaKeystore { get; init; }
}
