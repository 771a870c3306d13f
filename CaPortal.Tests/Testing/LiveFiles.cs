namespace CaPortal.Tests.Testing;

/// <summary>The files of a portal that runs.</summary>
public static class LiveFiles
{
    /// <summary>What is in each file of a folder and the folders in it, but for those that are gone before they are read.</summary>
    public static IEnumerable<(string Path, byte[] Content)> In(string folder)
    {
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            // One that is held while the portal runs cannot be opened, and has nothing in it.
            if (path.EndsWith(".lock", StringComparison.Ordinal) && new FileInfo(path).Length == 0)
                continue;
            if (Read(path) is { } content)
                yield return (path, content);
        }
    }

    /// <summary>What is in a file that the portal may have open; null where it is gone, as temporary files are.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.ToArray();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
