using System.Security.Cryptography;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Data.Sqlite;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Backups;

/// <summary>
/// Takes backups, also while the portal runs and changes are made. A backup has the database as it was at one moment, the
/// activity log's key, the log's end at that moment, and the keys for signing in. Settings are kept in another place and are
/// not in it.
/// </summary>
public sealed class BackupWriter
{
    private readonly PortalDatabase _database;
    private readonly ActivityLog _activity;
    private readonly CoreOptions _options;
    private readonly TimeProvider _time;

    internal BackupWriter(PortalDatabase database, ActivityLog activity, IOptions<CoreOptions> options, TimeProvider time) =>
        (_database, _activity, _options, _time) = (database, activity, options.Value, time);

    /// <summary>Whether the portal takes backups: a database server has its own ways, which its operators know.</summary>
    public bool IsOffered => _database.IsOneFile;

    /// <summary>Takes one.</summary>
    /// <param name="path">The new file, for the owner alone; nothing of that name exists.</param>
    /// <param name="passphrase">A pass phrase that somebody has typed; null for what the settings say.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What the backup says of itself.</returns>
    /// <exception cref="BackupException">It cannot be taken; there is no part of it.</exception>
    /// <exception cref="DatabaseException" />
    public async Task<BackupManifest> WriteAsync(string path, string? passphrase, CancellationToken cancellationToken)
    {
        RequireOneFile(_database);
        path = Path.GetFullPath(path);
        var takenAt = _time.GetUtcNow().UtcDateTime;
        if (passphrase is not null)
            BackupKeys.Require(passphrase);
        var folder = _options.ResolvedDataDirectory;
        var copy = AtomicFile.TemporaryNameBeside(Path.Combine(folder, BackupFiles.Database));
        var unfinished = AtomicFile.TemporaryNameBeside(path);
        try
        {
            if (RegularFile.IsThere(path))
                throw IsThere(path, null);
            FolderGuard.CreateFolder(Path.GetDirectoryName(path)!);

            // Before the database: it may then only have gone on from there.
            var ownEnd = ReadEnd();
            var end = await _database.RunAsync(db => _activity.ProvedEndAsync(db, cancellationToken), cancellationToken);
            await _database.RunAsync(
                async db =>
                {
                    await DatabaseCopy.WriteAsync(db, copy, cancellationToken);
                    return true;
                },
                cancellationToken);
            var manifest = await DescribeAsync(copy, takenAt, ownEnd, end, cancellationToken);
            await Task.Run(() => PackAsync(unfinished, copy, manifest, passphrase, cancellationToken), cancellationToken);
            File.Move(unfinished, path);
            AtomicFile.FlushFolder(Path.GetDirectoryName(path)!);
            return manifest.Manifest;
        }
        catch (UntrustedFolderException e)
        {
            throw new BackupException(e.Message, e.Advice, e);
        }
        catch (IOException e) when (e is not BackupException and not DatabaseException && RegularFile.IsThere(path))
        {
            throw IsThere(path, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not BackupException and not DatabaseException))
        {
            throw new BackupException(
                $"The backup '{path}' cannot be written: {e.Message}", "Check that the folder can be written, and that the disk has free space.", e);
        }
        finally
        {
            DeleteLeft(copy);
            DeleteLeft(unfinished);
        }
    }

    /// <exception cref="BackupException">The database is on a server.</exception>
    internal static void RequireOneFile(PortalDatabase database)
    {
        if (!database.IsOneFile)
        {
            throw new BackupException(
                $"The portal does not back up the database {database.Location}, which is on a server.", "Use pg_dump; see Backup in docs/operations.md.");
        }
    }

    private static BackupException IsThere(string path, Exception? cause) =>
        new($"There is a file '{path}' already.", "Choose another name, or remove that file first.", cause);

    private byte[]? ReadEnd()
    {
        try
        {
            return RegularFile.Read(_options.ActivityEndFilePath);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private async Task<Described> DescribeAsync(string copy, DateTime takenAt, byte[]? ownEnd, ActivityEnd? end, CancellationToken cancellationToken)
    {
        var folder = _options.ResolvedDataDirectory;
        await using var db = DatabaseCopy.Open(copy);
        var small = new Dictionary<string, byte[]>();
        foreach (var name in BackupFiles.In(folder).Where(n => n != BackupFiles.ActivityEnd))
            small[name] = RegularFile.Read(Path.Combine(folder, name));
        if ((end is null ? null : await _activity.EndOfCopyAsync(db, end, cancellationToken) ?? ownEnd) is { } proof)
            small[BackupFiles.ActivityEnd] = proof;
        else if (ownEnd is not null)
            small[BackupFiles.ActivityEnd] = ownEnd;

        await using var database = File.OpenRead(copy);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(database, cancellationToken));
        var contents = new List<BackupContent> { new(BackupFiles.Database, database.Length, hash) };
        contents.AddRange(small.Select(s => new BackupContent(s.Key, s.Value.Length, Convert.ToHexStringLower(SHA256.HashData(s.Value)))));
        var (revision, certificates, entries) = await DatabaseCopy.SummarizeAsync(db, cancellationToken);
        return new Described(
            new BackupManifest(BackupManifest.CurrentFormat, takenAt, Environment.MachineName, revision, certificates, entries, contents),
            small);
    }

    private async Task PackAsync(string file, string copy, Described described, string? passphrase, CancellationToken cancellationToken)
    {
        var certificate = BackupKeys.CertificateOf(_options.Backup);
        passphrase ??= BackupKeys.PassphraseOf(_options.Backup);
        using (var folder = FolderHandle.OpenFor(file))
        await using (var output = folder.Create(Path.GetFileName(file)))
        await using (var content = certificate is null && passphrase is null ? output : BackupCipher.Encrypt(output, certificate, passphrase))
            await BackupArchive.WriteAsync(content, described.Manifest, Open, cancellationToken);
        using (var written = File.OpenHandle(file, access: FileAccess.ReadWrite))
            RandomAccess.FlushToDisk(written);

        Stream Open(BackupContent content) => content.Name == BackupFiles.Database ? File.OpenRead(copy) : new MemoryStream(described.Small[content.Name]);
    }

    private static void DeleteLeft(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it. What went wrong first matters.
        }
    }

    private sealed record Described(BackupManifest Manifest, IReadOnlyDictionary<string, byte[]> Small);
}
