using System.Runtime.InteropServices;

namespace CaPortal.Core.Files;

/// <summary>
/// Where files go that live shortly: uploads while they are read, what external commands leave, what SQLite has no room
/// for in memory. A machine need not have such a folder; then it is one in the data directory.
/// </summary>
public static partial class TemporaryFiles
{
    /// <summary>The folder that .NET, ASP.NET Core and external commands use.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("ASPNETCORE_TEMP") is { Length: > 0 } folder ? folder : Path.GetTempPath();

    /// <summary>Sees to it that there is one. To be called before any of those who ask where it is has been started.</summary>
    /// <param name="dataDirectory">The data directory; it need not exist.</param>
    public static void Provide(string dataDirectory)
    {
        if (OperatingSystem.IsWindows() || IsUsable(Folder))
            return;
        try
        {
            var folder = Path.Combine(dataDirectory, "tmp");
            PrivateDirectory.Create(dataDirectory);
            PrivateDirectory.Create(folder);
            Sweep(folder);
            foreach (var name in new[] { "TMPDIR", "ASPNETCORE_TEMP" })
                Environment.SetEnvironmentVariable(name, folder);

            // What .NET calls its environment is a copy, which SQLite does not see.
            _ = SetNative("SQLITE_TMPDIR", folder, 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // An unusable data directory is reported with all other wrong settings.
        }
    }

    /// <summary>Nothing else clears away what killed processes leave. What another portal that is about to end still uses is younger.</summary>
    private static void Sweep(string folder)
    {
        var yesterday = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1);
        foreach (var left in Directory.EnumerateFiles(folder).Where(f => File.GetLastWriteTimeUtc(f) < yesterday))
            File.Delete(left);
    }

    private static bool IsUsable(string folder)
    {
        try
        {
            new FileStream(
                Path.Combine(folder, $".{Guid.NewGuid():N}"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            ).Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetNative(string name, string value, int overwrite);
}
