namespace CaPortal.Core.Backups;

/// <summary>Who is asked for what opens a backup, where the settings do not name a file with it.</summary>
/// <param name="Passphrase">Asks for the pass phrase; null where nobody can be asked.</param>
/// <param name="KeyPassword">Asks for the password of the private key; null where nobody can be asked.</param>
public sealed record BackupSecrets(Func<string>? Passphrase, Func<string>? KeyPassword)
{
    /// <summary>Nobody can be asked.</summary>
    public static readonly BackupSecrets FromSettings = new(null, null);
}
