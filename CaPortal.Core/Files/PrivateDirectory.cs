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
}
