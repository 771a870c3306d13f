using System.Globalization;
using CaPortal.Core.Files;

namespace CaPortal.Core.Backups;

/// <summary>The folder in which backups are kept that the portal takes by itself.</summary>
internal static class BackupFolder
{
    private const string Prefix = "caportal-";
    private const string Plain = ".tar.gz";
    private const string Encrypted = ".tar.gz.p7m";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Where it is.</summary>
    public static string PathOf(CoreOptions options) =>
        options.Backup.Directory.Length > 0 ? Path.GetFullPath(options.Backup.Directory) : Path.Combine(options.ResolvedDataDirectory, "backups");

    /// <summary>The name of a backup that is taken now.</summary>
    public static string NameOf(DateTimeOffset takenAt, bool isEncrypted) =>
        $"{Prefix}{takenAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}{(isEncrypted ? Encrypted : Plain)}";

    /// <summary>Those that there are, the newest first.</summary>
    /// <exception cref="BackupException">The folder cannot be read.</exception>
    public static IReadOnlyList<BackupFile> List(string folder)
    {
        try
        {
            return !Directory.Exists(folder) ? []
                : [.. new DirectoryInfo(folder).EnumerateFiles($"{Prefix}*").Select(Of).OfType<BackupFile>().OrderByDescending(b => b.TakenAt)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The folder '{folder}' cannot be read: {e.Message}", "Let the portal's account read and write it.", e);
        }
    }

    /// <summary>Deletes all but the newest ones.</summary>
    /// <exception cref="BackupException">One cannot be deleted.</exception>
    public static void Prune(string folder, int keep)
    {
        try
        {
            foreach (var old in List(folder).Skip(keep))
                File.Delete(old.Path);
            AtomicFile.FlushFolder(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not BackupException))
        {
            throw new BackupException($"An old backup cannot be deleted: {e.Message}", $"Delete it by hand, or let the portal's account write '{folder}'.", e);
        }
    }

    private static BackupFile? Of(FileInfo file)
    {
        var ending = file.Name.EndsWith(Encrypted, StringComparison.Ordinal) ? Encrypted : Plain;
        return file.Name.EndsWith(ending, StringComparison.Ordinal)
            && DateTime.TryParseExact(file.Name[Prefix.Length..^ending.Length], TimeFormat, CultureInfo.InvariantCulture, Utc, out var takenAt)
                ? new BackupFile(file.FullName, takenAt, file.Length, ending == Encrypted)
                : null;
    }
}
