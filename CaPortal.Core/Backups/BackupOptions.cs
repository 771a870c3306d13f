namespace CaPortal.Core.Backups;

/// <summary>Backups of the data directory: the section <c>CaPortal:Backup</c>.</summary>
public sealed class BackupOptions
{
    /// <summary>In place of <see cref="PassphraseFile"/>: commands ask for the pass phrase.</summary>
    public const string Ask = "-";

    /// <summary>More are no backups, but a disk that fills up.</summary>
    internal const int MaxKeep = 1_000;

    /// <summary>How often a backup is taken at most.</summary>
    internal static readonly TimeSpan MinEvery = TimeSpan.FromMinutes(10);

    /// <summary>How often a backup is taken at least, where one is taken at all.</summary>
    internal static readonly TimeSpan MaxEvery = TimeSpan.FromDays(31);

    /// <summary>Where backups are kept. Empty: the folder <c>backups</c> in the data directory.</summary>
    public string Directory { get; set; } = "";

    /// <summary>How often the portal takes one by itself; zero: never.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many are kept in <see cref="Directory"/>; older ones are deleted.</summary>
    public int Keep { get; set; } = 7;

    /// <summary>
    /// A file with an X.509 certificate with an RSA key: backups are encrypted so that its private key opens them. Empty: they are not.
    /// </summary>
    public string Certificate { get; set; } = "";

    /// <summary>A file with a pass phrase that opens backups; <see cref="Ask"/>: commands ask for it. Empty: there is none.</summary>
    public string PassphraseFile { get; set; } = "";

    /// <summary>For the command <c>restore</c> alone: a PEM file with the private key of <see cref="Certificate"/>.</summary>
    public string PrivateKey { get; set; } = "";

    /// <summary>Whether backups are encrypted.</summary>
    public bool IsEncrypted => Certificate.Length + PassphraseFile.Length > 0;
}
