using System.Text.RegularExpressions;

namespace CaPortal.Core.Backups;

/// <summary>Which files of a data directory belong into a backup.</summary>
internal static partial class BackupFiles
{
    /// <summary>The database, regardless of its file name outside the backup.</summary>
    public const string Database = "portal.db";

    /// <summary>Where the activity log ends.</summary>
    public const string ActivityEnd = "activity.anchor";

    /// <summary>The folder of the keys for signing in.</summary>
    public const string Keys = "keys";

    /// <summary>Whether a backup can hold a file of this name. A name from outside leads out of no folder.</summary>
    public static bool IsOne(string name) => NameOfOne().IsMatch(name);

    /// <summary>Whether what is there already stays: a key or an ended session that came later is not forgotten.</summary>
    public static bool IsMerged(string name) => name.StartsWith($"{Keys}/", StringComparison.Ordinal);

    /// <summary>The names of those that there are, but for the database.</summary>
    public static IEnumerable<string> In(string dataDirectory) => Directory.EnumerateFiles(dataDirectory)
        .Concat(KeysIn(Path.Combine(dataDirectory, Keys)))
        .Select(f => Path.GetRelativePath(dataDirectory, f).Replace('\\', '/'))
        .Where(n => n != Database && IsOne(n))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> KeysIn(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : [];

    [GeneratedRegex(
        @"\A(portal\.db|activity\.key|activity\.anchor|activity-[a-z]+\.position|instance-id|keys/([A-Za-z0-9-]+/)?[A-Za-z0-9_-][A-Za-z0-9._-]*)\z")]
    private static partial Regex NameOfOne();
}
