namespace CaPortal.Core.Backups;

/// <summary>What opens a backup besides the files that the settings name.</summary>
public sealed record BackupSecrets
{
    /// <summary>There is nothing else.</summary>
    public static readonly BackupSecrets FromSettings = new();

    /// <summary>A pass phrase that somebody has typed for this very backup; null if there is none.</summary>
    public string? Passphrase { get; init; }

    /// <summary>Asks for the pass phrase, if nothing else opens the backup; null if nobody can be asked.</summary>
    public Func<string>? AskPassphrase { get; init; }

    /// <summary>Asks for the password of the private key; null if nobody can be asked.</summary>
    public Func<string>? AskKeyPassword { get; init; }
}
