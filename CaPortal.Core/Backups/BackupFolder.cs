using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Files;

namespace CaPortal.Core.Backups;

/// <summary>The folder in which backups are kept that the portal takes by itself.</summary>
internal static class BackupFolder
{
    private const string Plain = ".tar.gz";
    private const string Encrypted = ".tar.gz.p7m";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Where it is.</summary>
    public static string PathOf(CoreOptions options) =>
        options.Backup.Directory.Length > 0 ? Path.GetFullPath(options.Backup.Directory) : Path.Combine(options.ResolvedDataDirectory, "backups");

    /// <summary>The name of a backup that is taken now.</summary>
    public static string NameOf(CoreOptions options, DateTimeOffset takenAt) =>
        $"{PrefixOf(options)}{takenAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}{(options.Backup.IsEncrypted ? Encrypted : Plain)}";

    /// <summary>
    /// Those of this data directory, the newest first. Several portals may share a folder. What is from the future was taken before the
    /// clock was set back, and comes last.
    /// </summary>
    /// <exception cref="BackupException">The folder cannot be read.</exception>
    public static IReadOnlyList<BackupFile> List(CoreOptions options, DateTimeOffset now)
    {
        var (folder, prefix) = (PathOf(options), PrefixOf(options));
        try
        {
            return !Directory.Exists(folder) ? []
                : [.. new DirectoryInfo(folder).EnumerateFiles($"{prefix}*").Select(f => Of(f, prefix)).OfType<BackupFile>()
                    .OrderBy(b => b.TakenAt > now.UtcDateTime).ThenByDescending(b => b.TakenAt)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The folder '{folder}' cannot be read: {e.Message}", "Let the portal's account read and write it.", e);
        }
    }

    /// <summary>Deletes all but the newest ones.</summary>
    /// <exception cref="BackupException">One cannot be deleted.</exception>
    public static void Prune(CoreOptions options, DateTimeOffset now)
    {
        var folder = PathOf(options);
        try
        {
            foreach (var old in List(options, now).Skip(options.Backup.Keep))
                File.Delete(old.Path);
            AtomicFile.FlushFolder(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not BackupException))
        {
            throw new BackupException($"An old backup cannot be deleted: {e.Message}", $"Delete it by hand, or let the portal's account write '{folder}'.", e);
        }
    }

    private static string PrefixOf(CoreOptions options)
    {
        var place = Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{options.ResolvedDataDirectory}");
        return $"caportal-{Convert.ToHexStringLower(SHA256.HashData(place))[..8]}-";
    }

    private static BackupFile? Of(FileInfo file, string prefix)
    {
        var ending = file.Name.EndsWith(Encrypted, StringComparison.Ordinal) ? Encrypted : Plain;
        return file.Name.EndsWith(ending, StringComparison.Ordinal)
            && DateTime.TryParseExact(file.Name[prefix.Length..^ending.Length], TimeFormat, CultureInfo.InvariantCulture, Utc, out var takenAt)
                ? new BackupFile(file.FullName, takenAt, file.Length, ending == Encrypted)
                : null;
    }
}
