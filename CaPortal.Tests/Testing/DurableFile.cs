using CaPortal.Core.Files;

namespace CaPortal.Tests.Testing;

/// <summary>The least that a durable replacement of a file takes: write, fsync, rename, fsync of the folder.</summary>
public static class DurableFile
{
    public static Task WriteAsync(string path, byte[] content)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
        AtomicFile.FlushFolder(Path.GetDirectoryName(path)!);
        return Task.CompletedTask;
    }
}
