namespace CaPortal.Core.Backups;

/// <summary>What a backup says of itself.</summary>
/// <param name="Format">The version of the format: <see cref="CurrentFormat"/>.</param>
/// <param name="TakenAt">When, UTC.</param>
/// <param name="Machine">On which machine.</param>
/// <param name="Revision">The revision of the list of CA certificates.</param>
/// <param name="Certificates">How many certificates are in the list.</param>
/// <param name="Entries">How many entries the activity log has.</param>
/// <param name="Files">The files in it, in their order.</param>
public sealed record BackupManifest(
    int Format, DateTime TakenAt, string Machine, long Revision, int Certificates, long Entries, IReadOnlyList<BackupContent> Files)
{
    /// <summary>The format that this version writes and reads.</summary>
    public const int CurrentFormat = 1;
}

/// <summary>A file in a backup.</summary>
/// <param name="Name">Its path in the data directory, with <c>/</c>; the database is <c>portal.db</c> wherever it is.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of its content, in hexadecimal digits.</param>
public sealed record BackupContent(string Name, long Length, string Sha256);

/// <summary>A backup on the disk.</summary>
/// <param name="Path">The file.</param>
/// <param name="TakenAt">When it was taken, UTC, by its name.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsEncrypted">Whether it is encrypted.</param>
public sealed record BackupFile(string Path, DateTime TakenAt, long Length, bool IsEncrypted)
{
    /// <summary>Its name without the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>A backup could not be written, read or put back; nothing was changed.</summary>
/// <param name="message">One sentence: what happened.</param>
/// <param name="advice">One sentence: what to do.</param>
/// <param name="innerException">The cause.</param>
public sealed class BackupException(string message, string advice, Exception? innerException = null) : IOException(message, innerException)
{
    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; } = advice;
}
