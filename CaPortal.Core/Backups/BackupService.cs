using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Backups;

/// <summary>
/// Backups in the folder that the settings name, taken by the portal itself or at an administrator's word. Nobody takes one out of it or
/// puts one into it by the portal: a backup holds the keys with which anybody's session can be forged.
/// </summary>
public sealed class BackupService : IDisposable
{
    private readonly BackupWriter _writer;
    private readonly Restoration _restoration;
    private readonly ActivityRecorder _recorder;
    private readonly CoreOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);

    internal BackupService(BackupWriter writer, Restoration restoration, ActivityRecorder recorder, IOptions<CoreOptions> options, TimeProvider time) =>
        (_writer, _restoration, _recorder, _options, _time) = (writer, restoration, recorder, options.Value, time);

    /// <summary>Raised after a backup was taken, or could not be, or one was made ready to be put back. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    /// <inheritdoc cref="BackupWriter.IsOffered"/>
    public bool IsOffered => _writer.IsOffered;

    /// <summary>Why the last one that the portal took by itself failed; null if it did not.</summary>
    public BackupException? Failure { get; private set; }

    /// <summary>Where they are.</summary>
    public string Folder => BackupFolder.PathOf(_options);

    /// <summary>The backup that is put in place at the next start; null if there is none.</summary>
    public RestoreReady? Waiting => _restoration.Waiting;

    /// <summary>When the newest was taken, UTC; null if there is none, or the folder cannot be read.</summary>
    public DateTime? LastTakenAt
    {
        get
        {
            try
            {
                return List() is [var last, ..] ? last.TakenAt : null;
            }
            catch (BackupException)
            {
                return null;
            }
        }
    }

    /// <summary>Those that there are, the newest first.</summary>
    /// <exception cref="BackupException">The folder cannot be read.</exception>
    public IReadOnlyList<BackupFile> List() => BackupFolder.List(_options, _time.GetUtcNow());

    /// <summary>Takes one that is due. What goes wrong is kept in <see cref="Failure"/> too.</summary>
    /// <returns>What was taken; null if none is due.</returns>
    /// <exception cref="BackupException">It cannot be taken.</exception>
    /// <exception cref="DatabaseException" />
    public async Task<BackupFile?> TakeDueAsync(CancellationToken cancellationToken)
    {
        var every = _options.Backup.Every;
        if (every == TimeSpan.Zero || !IsOffered)
            return null;
        try
        {
            var now = _time.GetUtcNow().UtcDateTime;
            if (List().FirstOrDefault(b => b.TakenAt <= now) is { } last && now - last.TakenAt < every)
                return null;
            var taken = await TakeAsync(cancellationToken);
            Failure = null;
            return taken;
        }
        catch (Exception e) when (e is BackupException or DatabaseException)
        {
            Failure = e as BackupException ?? new BackupException(e.Message, ((DatabaseException)e).Advice, e);
            throw;
        }
        finally
        {
            Changed?.Invoke();
        }
    }

    /// <summary>Takes one now.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BackupOutcome> BackUpAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return await ForbiddenAsync(actor, ActivityActions.BackUp);
        try
        {
            var taken = await TakeAsync(cancellationToken);
            await _recorder.RecordAsync(actor, ActivityActions.BackUp, new { taken.Name, taken.IsEncrypted });
            Failure = null;
            Changed?.Invoke();
            return new BackupOutcome.Taken(taken);
        }
        catch (Exception e) when (e is BackupException or DatabaseException)
        {
            return new BackupOutcome.Failed(e.Message, (e as BackupException)?.Advice ?? ((DatabaseException)e).Advice);
        }
    }

    /// <summary>Makes one of <see cref="List"/> ready to be put in place at the next start of the portal.</summary>
    /// <param name="name">The name of its file.</param>
    /// <param name="passphrase">What opens it, if the settings do not say; null if nothing is needed.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BackupOutcome> PrepareRestoreAsync(string name, string? passphrase, Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return await ForbiddenAsync(actor, ActivityActions.RestoreBackup);
        try
        {
            if (List().FirstOrDefault(b => b.Name == name) is not { } backup)
                return new BackupOutcome.Failed($"There is no backup {name} any more.", "Choose another one.");
            var secrets = new BackupSecrets { Passphrase = passphrase };
            var ready = await _restoration.PrepareAsync(backup.Path, secrets, actor.Name, cancellationToken);
            await _recorder.RecordAsync(actor, ActivityActions.PrepareRestore, new { backup.Name, ready.Manifest.TakenAt, ready.Manifest.Revision });
            Changed?.Invoke();
            return new BackupOutcome.Prepared(ready);
        }
        catch (BackupException e)
        {
            Changed?.Invoke();
            return new BackupOutcome.Failed(e.Message, e.Advice);
        }
    }

    /// <summary>Has the backup that is ready not put in place.</summary>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BackupOutcome> CancelRestoreAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (actor.Role != Role.Administrator)
            return await ForbiddenAsync(actor, ActivityActions.CancelRestore);
        try
        {
            if (await _restoration.CancelAsync(cancellationToken))
                await _recorder.RecordAsync(actor, ActivityActions.CancelRestore, new { });
            Changed?.Invoke();
            return BackupOutcome.Cancelled.Instance;
        }
        catch (BackupException e)
        {
            return new BackupOutcome.Failed(e.Message, e.Advice);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<BackupFile> TakeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var now = _time.GetUtcNow();
            if (_options.Backup.PassphraseFile == BackupOptions.Ask)
            {
                throw new BackupException(
                    $"{CoreOptions.Section}:{nameof(CoreOptions.Backup)}:{nameof(BackupOptions.PassphraseFile)} is {BackupOptions.Ask}, "
                        + "but nobody is there to ask.",
                    "Name a file, or take backups by the command.");
            }

            var file = new FileInfo(Path.Combine(Folder, BackupFolder.NameOf(_options, now)));
            var manifest = await _writer.WriteAsync(file.FullName, null, cancellationToken);
            BackupFolder.Prune(_options, now);
            return new BackupFile(file.FullName, manifest.TakenAt, file.Length, _options.Backup.IsEncrypted);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<BackupOutcome> ForbiddenAsync(Actor actor, string attempted)
    {
        await _recorder.ForbiddenAsync(actor, attempted);
        return BackupOutcome.Forbidden.Instance;
    }
}

/// <summary>What came of a backup, or of putting one back.</summary>
public abstract record BackupOutcome
{
    private BackupOutcome()
    {
    }

    /// <summary>It is taken.</summary>
    /// <param name="Backup">The backup.</param>
    public sealed record Taken(BackupFile Backup) : BackupOutcome;

    /// <summary>It is ready, and is put in place at the next start of the portal.</summary>
    /// <param name="Ready">The backup.</param>
    public sealed record Prepared(RestoreReady Ready) : BackupOutcome;

    /// <summary>Nothing is ready any more.</summary>
    public sealed record Cancelled : BackupOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Cancelled Instance = new();
    }

    /// <summary>The actor may not do that.</summary>
    public sealed record Forbidden : BackupOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }

    /// <summary>It could not be done; nothing was changed.</summary>
    /// <param name="Message">One sentence: what happened.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Failed(string Message, string Advice) : BackupOutcome;
}
