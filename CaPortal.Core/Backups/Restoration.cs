using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Data.Sqlite;
using CaPortal.Core.Files;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Backups;

/// <summary>
/// Puts a backup back, in two steps. The first reads all of it, checks it, and lays it ready in the data directory, also while the
/// portal runs; nothing has changed then. The second puts it in place, before anything uses the data directory: what was there before
/// is kept in a folder of its own. A second step that was interrupted is done to its end at the next start.
/// </summary>
public sealed class Restoration : IDisposable
{
    private const string Ready = "restore";
    private const string Marker = "restore.json";
    private const string Done = "restored.json";

    private static readonly string[] DatabaseFiles = ["", "-wal", "-shm"];

    private readonly PortalDatabase _database;
    private readonly CoreOptions _options;
    private readonly DatabaseWriter _writer;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly SemaphoreSlim _gate = new(1, 1);

    internal Restoration(PortalDatabase database, DatabaseWriter writer, IOptions<CoreOptions> options, TimeProvider time, ILoggerFactory logs) =>
        (_database, _writer, _options, _time, _logs) = (database, writer, options.Value, time, logs);

    private string Folder => Path.Combine(_options.ResolvedDataDirectory, Ready);

    private string MarkerFile => Path.Combine(Folder, Marker);

    private string Replaced => Path.Combine(_options.ResolvedDataDirectory, "replaced");

    private string DoneFile => Path.Combine(_options.ResolvedDataDirectory, Done);

    /// <summary>The backup that is ready and is put in place at the next start; null if there is none.</summary>
    public RestoreReady? Waiting
    {
        get
        {
            try
            {
                return ReadMarker(MarkerFile);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Reads a backup, checks it, and lays it ready in place of one that was ready before.</summary>
    /// <param name="path">The backup.</param>
    /// <param name="secrets">Who is asked for what opens it.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">It cannot be read, opened or used; nothing is ready then.</exception>
    public async Task<RestoreReady> PrepareAsync(string path, BackupSecrets secrets, string by, CancellationToken cancellationToken)
    {
        BackupWriter.RequireOneFile(_database);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            FolderGuard.Require(_options.ResolvedDataDirectory);
            PrivateDirectory.Create(_options.ResolvedDataDirectory);
            Discard();
            PrivateDirectory.Create(Folder);
            path = Path.GetFullPath(path);
            var manifest = await Task.Run(() => BackupReader.ReadAsync(path, Folder, _options.Backup, secrets, cancellationToken), cancellationToken);
            var ready = await CheckAsync(manifest, by, cancellationToken);
            foreach (var file in manifest.Files)
                FlushFile(Path.Combine(Folder, file.Name));
            AtomicFile.Write(MarkerFile, JsonSerializer.SerializeToUtf8Bytes(ready, ActivityLog.Json), AtomicFile.OwnerOnly);
            return ready;
        }
        catch (UntrustedFolderException e)
        {
            throw new BackupException(e.Message, e.Advice, e);
        }
        catch (DatabaseException e)
        {
            Discard();
            throw new BackupException(
                $"The database in the backup cannot be used. {e.Message}",
                "Choose another backup, or install the version that wrote it.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard();
            throw e as BackupException
                ?? new BackupException(
                    $"The backup could not be made ready: {e.Message}",
                    "Check that the data directory can be written and has free space.",
                    e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets the backup that is ready.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> CancelAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var isReady = Waiting is not null;
            Discard();
            return isReady;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"The folder '{Folder}' cannot be removed: {e.Message}", "Remove it by hand before the portal is started again.", e);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Puts the backup that is ready in place. To be called while nothing uses the data directory.</summary>
    /// <returns>What was put in place; null if nothing was ready.</returns>
    /// <exception cref="BackupException">It cannot be put in place; the next call goes on from there.</exception>
    public RestoreReady? PutInPlace()
    {
        try
        {
            if (ReadMarker(MarkerFile) is not { } ready)
            {
                Discard(); // It was not made ready to its end.
                return null;
            }

            DatabaseCopy.CloseConnections();
            var aside = AsideOf(ready);
            PrivateDirectory.Create(Replaced);
            PrivateDirectory.Create(aside);
            AtomicFile.Sweep(Path.GetDirectoryName(_database.Location)!);
            var parts = ready.Manifest.Files.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var name in parts)
                PutInPlace(name, aside);
            foreach (var name in BackupFiles.In(_options.ResolvedDataDirectory).Where(n => !parts.Contains(n) && !BackupFiles.IsMerged(n)).ToList())
                MoveAside(TargetOf(name), aside);
            AtomicFile.FlushFolder(aside);
            File.Move(MarkerFile, DoneFile, overwrite: true);
            AtomicFile.FlushFolder(_options.ResolvedDataDirectory);
            Discard();
            return ready;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                $"The backup that is ready in '{Folder}' cannot be put in place: {e.Message}",
                $"Put that right and start again, which goes on from there; what was there before is in '{Replaced}'.",
                e);
        }
    }

    /// <summary>Records in the activity log that came back with the backup that it was put back. Called after each start.</summary>
    /// <returns>What was put back; null if nothing was, or if it cannot be recorded before a later start.</returns>
    public async Task<RestoreReady?> RecordAsync()
    {
        try
        {
            return ReadMarker(DoneFile) is { } done ? await RecordAsync(done) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private async Task<RestoreReady> RecordAsync(RestoreReady done)
    {
        var manifest = done.Manifest;
        var details = new { manifest.TakenAt, manifest.Machine, done.PreparedAt, Replaced = AsideOf(done) };
        var draft = new ActivityDraft(done.By, "Administrator", "portal", ActivityActions.RestoreBackup, null, null, manifest.Revision, details);
        await _writer.RecordAsync(draft);
        File.Delete(DoneFile);
        return done;
    }

    /// <summary>The folder for what a backup takes the place of.</summary>
    public string AsideOf(RestoreReady ready) => Path.Combine(Replaced, $"{ready.PreparedAt:yyyyMMddTHHmmssfffZ}");

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    /// <summary>What the backup says of itself is not believed where its database says it too.</summary>
    private async Task<RestoreReady> CheckAsync(BackupManifest manifest, string by, CancellationToken cancellationToken)
    {
        await using var db = DatabaseCopy.Open(Path.Combine(Folder, BackupFiles.Database));
        await DatabaseCopy.RequireUsableAsync(db, cancellationToken);
        var activity = new ActivityLog(Options.Create(new CoreOptions { DataDirectory = Folder }), new SolePortal(), _time, _logs.CreateLogger<ActivityLog>());
        var damage = (await activity.VerifyAsync(db, cancellationToken)).Damage?.Message.Replace(
            Folder,
            _options.ResolvedDataDirectory,
            StringComparison.Ordinal);
        var (revision, certificates, entries) = await DatabaseCopy.SummarizeAsync(db, cancellationToken);
        manifest = manifest with { Machine = DisplayText.Shorten(manifest.Machine), Revision = revision, Certificates = certificates, Entries = entries };
        return new RestoreReady(manifest, by, _time.GetUtcNow().UtcDateTime, damage) { IsOfAnotherPortal = IsOfAnotherPortal() };
    }

    private bool IsOfAnotherPortal()
    {
        var (own, its) = (_options.ActivityKeyFile, Path.Combine(Folder, Path.GetFileName(_options.ActivityKeyFile)));
        return File.Exists(own) && File.Exists(its) && !RegularFile.Read(own).AsSpan().SequenceEqual(RegularFile.Read(its));
    }

    private void PutInPlace(string name, string aside)
    {
        var (source, target) = (Path.Combine(Folder, name), TargetOf(name));
        if (!File.Exists(source))
            return; // It was put in place before an interruption.
        if (BackupFiles.IsMerged(name))
        {
            PrivateDirectory.Create(Path.GetDirectoryName(target)!);
            if (!File.Exists(target))
                File.Move(source, target);
            return;
        }

        foreach (var ending in name == BackupFiles.Database ? DatabaseFiles : [""])
        {
            if (File.Exists(target + ending))
                MoveAside(target + ending, aside);
        }

        Move(source, target);
        AtomicFile.FlushFolder(Path.GetDirectoryName(target)!);
    }

    /// <summary>What is aside already is what was there before; what is in its place now came later.</summary>
    private static void MoveAside(string file, string aside)
    {
        var kept = Path.Combine(aside, Path.GetFileName(file));
        if (File.Exists(kept))
            File.Delete(file);
        else
            Move(file, kept);
    }

    /// <summary>
    /// Gives a file a new place, whole or not at all, also on another disk; until then it stays in the old place.
    /// </summary>
    private static void Move(string source, string target)
    {
        if (FileIdentity.Of(source, followLinks: false)?.Volume == FolderVolume(target))
        {
            File.Move(source, target, overwrite: true);
            return;
        }

        var unfinished = AtomicFile.TemporaryNameBeside(target);
        File.Copy(source, unfinished);
        FlushFile(unfinished);
        File.Move(unfinished, target, overwrite: true);
        AtomicFile.FlushFolder(Path.GetDirectoryName(target)!);
        File.Delete(source);
    }

    private static ulong? FolderVolume(string file) =>
        OperatingSystem.IsLinux() ? NativeFiles.StatusOf(Path.GetDirectoryName(file)!, followLinks: true)?.Identity.Volume : null;

    private string TargetOf(string name) => name == BackupFiles.Database ? _database.Location : Path.Combine(_options.ResolvedDataDirectory, name);

    private void Discard()
    {
        // The marker first: without it, what is left is no backup that is ready.
        if (!Directory.Exists(Folder))
            return;
        File.Delete(MarkerFile);
        Directory.Delete(Folder, recursive: true);
    }

    private static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    private static RestoreReady? ReadMarker(string path)
    {
        try
        {
            return
                JsonSerializer.Deserialize<RestoreReady>(RegularFile.Read(path), ActivityLog.Json)
                    is { By: not null, Manifest: { Machine: not null, Files: { } files } } ready
                && files.All(f => f is { Name: { } name } && BackupFiles.IsOne(name))
                ? ready
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
