using CaPortal.Core.Files;

namespace CaPortal.Core.Backups;

/// <summary>Reads a backup, and opens it where it is encrypted.</summary>
internal static class BackupReader
{
    /// <summary>Reads it to its end, and writes its files into an empty folder.</summary>
    /// <exception cref="BackupException">It cannot be read or opened, is damaged, or was written by a newer version.</exception>
    public static async Task<BackupManifest> ReadAsync(
        string path, string folder, BackupOptions options, BackupSecrets secrets, CancellationToken cancellationToken)
    {
        try
        {
            // From a pipe nothing may ever come.
            if (RegularFile.IsSomethingElse(path))
                throw UnfitFileException.Of(path, "no file");
            await using var file = File.OpenRead(path);
            var first = file.ReadByte();
            file.Position = 0;
            if (first != BackupCipher.FirstOfEncrypted)
                return await BackupArchive.ReadAsync(file, name => CreateIn(folder, name), cancellationToken);

            await using var content = BackupCipher.Decrypt(BackupCipher.Open(file), options, secrets);
            return await BackupArchive.ReadAsync(content, name => CreateIn(folder, name), cancellationToken);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not BackupException))
        {
            throw new BackupException(
                $"The backup '{path}' cannot be read: {e.Message}",
                "Check its path, that the portal's account can read it, and that the disk of the data directory has free space.",
                e);
        }
        catch (Exception e) when (BackupCipher.IsUnreadable(e) && e is not BackupException)
        {
            throw BackupCipher.NoBackup(e);
        }
    }

    private static FileStream CreateIn(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        PrivateDirectory.Create(Path.GetDirectoryName(path)!);
        using var parent = FolderHandle.OpenFor(path);
        return parent.Create(Path.GetFileName(path));
    }
}
