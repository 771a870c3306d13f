using System.Runtime.Versioning;

namespace CaPortal.Core.Files;

/// <summary>Folders that only the portal's account may look into.</summary>
public static class PrivateDirectory
{
    /// <summary>Creates the folder with mode 0700 where it does not exist; an existing one is left as it is.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>
    /// Creates a folder for files that live shortly, and that other programs may run or believe. Where another account could
    /// replace what is in the folder that the environment names, root takes that of the system.
    /// </summary>
    /// <param name="prefix">What its name begins with.</param>
    internal static DirectoryInfo CreateTemporary(string prefix)
    {
        var name = $"{prefix}{Guid.NewGuid():N}";
        if (OperatingSystem.IsWindows() || FolderGuard.RefusalOf(Path.Join(Path.GetTempPath(), name)) is null)
            return Directory.CreateTempSubdirectory(prefix);

        var folder = $"/tmp/{name}";
        Create(folder);
        return new DirectoryInfo(folder);
    }

    /// <summary>
    /// Whether a folder on the way to the file keeps other accounts out, regardless of the file's own mode. A folder that
    /// does not exist yet keeps nobody out.
    /// </summary>
    public static bool Shuts(string file)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(file)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (OperatingSystem.IsWindows() ? folder.Equals(Profile, StringComparison.OrdinalIgnoreCase) : IsShut(folder))
                return true;
        }

        return false;
    }

    // The profile of an account is readable by that account, the system and administrators.
    private static string Profile => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    [UnsupportedOSPlatform("windows")]
    private static bool IsShut(string folder)
    {
        try
        {
            return (File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) == 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
