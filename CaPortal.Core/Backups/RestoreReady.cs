namespace CaPortal.Core.Backups;

/// <summary>A backup that was checked and is ready to be put in place.</summary>
/// <param name="Manifest">What it says of itself.</param>
/// <param name="By">Who wants it.</param>
/// <param name="PreparedAt">Since when it is ready, UTC.</param>
/// <param name="Unproved">One sentence: what is not proved of its activity log; null if all is.</param>
public sealed record RestoreReady(BackupManifest Manifest, string By, DateTime PreparedAt, string? Unproved)
{
    /// <summary>Another portal took it: its list takes the place of this one's in the trust stores.</summary>
    public bool IsOfAnotherPortal { get; init; }
}
