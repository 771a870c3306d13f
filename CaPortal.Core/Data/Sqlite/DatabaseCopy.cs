using CaPortal.Core.Files;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.Data.Sqlite;

/// <summary>A whole copy of the database in one file. The portal itself does not use it.</summary>
internal static class DatabaseCopy
{
    /// <summary>Writes one, with what is still in the write-ahead log, readable by the owner only.</summary>
    /// <param name="db">The database.</param>
    /// <param name="path">The new file; it must not exist.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task WriteAsync(PortalDb db, string path, CancellationToken cancellationToken)
    {
        PrivateDirectory.Create(Path.GetDirectoryName(path)!);

        // VACUUM INTO accepts an empty file, so the copy is never readable by others, not even for a moment. It gets its
        // name when it is whole and on disk, which VACUUM INTO does not see to.
        var unfinished = AtomicFile.TemporaryNameBeside(path);
        try
        {
            SqliteEngine.CreateOwnerOnly(unfinished);
            await db.Database.ExecuteSqlAsync($"VACUUM INTO {unfinished}", cancellationToken);
            using (var copy = File.OpenHandle(unfinished, access: FileAccess.ReadWrite))
                RandomAccess.FlushToDisk(copy);
            File.Move(unfinished, path);
            AtomicFile.FlushFolder(Path.GetDirectoryName(path)!);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Opens one to read it. SQLite makes no other file beside it.</summary>
    public static PortalDb Open(string path) =>
        new SqlitePortalDb(
            new DbContextOptionsBuilder<SqlitePortalDb>()
                .UseSqlite(
                    new SqliteConnectionStringBuilder
                    {
                        DataSource = path,
                        Mode = SqliteOpenMode.ReadOnly,
                        Pooling = false,
                    }.ToString())
                .Options,
            new PortalIdentity());

    /// <summary>Makes sure that no connection goes on with a file that another file replaces.</summary>
    public static void CloseConnections() => SqliteConnection.ClearAllPools();

    /// <summary>Refuses a copy that the portal could not start with.</summary>
    /// <exception cref="DatabaseException">It is damaged, or was written by a newer version.</exception>
    public static async Task RequireUsableAsync(PortalDb copy, CancellationToken cancellationToken)
    {
        try
        {
            if (!await SqlitePortalDb.IsSoundAsync(copy, cancellationToken))
                throw SqliteErrors.OfDamage();
            await PortalDatabase.RequireKnownMigrationsAsync(copy, cancellationToken);
        }
        catch (Exception e) when (SqliteErrors.Is(e))
        {
            throw SqliteErrors.Explain(e);
        }
    }

    /// <summary>How far a copy has come.</summary>
    public static async Task<(long Revision, int Certificates, long Entries)> SummarizeAsync(PortalDb copy, CancellationToken cancellationToken) => (
        await copy.Instances.MaxAsync(i => (long?)i.Revision, cancellationToken) ?? 0,
        await copy.Certificates.CountAsync(c => c.RemovedRevision == null, cancellationToken),
        await copy.Activity.MaxAsync(a => (long?)a.Sequence, cancellationToken) ?? 0);
}
