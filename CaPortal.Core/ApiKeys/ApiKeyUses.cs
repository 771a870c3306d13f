using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.ApiKeys;

/// <summary>
/// Writes when keys were used last, behind the requests that use them: none of them waits for that, or fails because the
/// database is locked.
/// </summary>
internal sealed class ApiKeyUses(DatabaseWriter writer, Action written) : IAsyncDisposable
{
    /// <summary>How much newer than what is written a use must be to be written.</summary>
    private static readonly TimeSpan Precision = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, DateTime> _noted = [];
    private readonly Dictionary<long, DateTime> _unwritten = [];
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>Takes note of a use, and returns at once.</summary>
    public void Note(ApiKey key, DateTime now)
    {
        lock (_gate)
        {
            // A clock that was set back must not stop it, so that the difference counts either way.
            if (IsNear(key.LastUsedAt) || (_noted.TryGetValue(key.Id, out var noted) && IsNear(noted)))
                return;
            _noted[key.Id] = _unwritten[key.Id] = now;
            if (_isWriting)
                return;
            _isWriting = true;
            _writing = Task.Run(WriteAsync);
        }

        bool IsNear(DateTime? at) => at is { } known && (now - known).Duration() < Precision;
    }

    /// <summary>Waits until everything noted so far is written, or could not be.</summary>
    public Task WrittenAsync()
    {
        lock (_gate)
            return _writing;
    }

    public async ValueTask DisposeAsync() => await WrittenAsync();

    private async Task WriteAsync()
    {
        while (Take() is { Count: > 0 } uses)
        {
            try
            {
                await writer.NoteAsync(
                    async db =>
                    {
                        db.Touched.Add(typeof(ApiKey));
                        foreach (var (id, at) in uses)
                            await db.ApiKeys.Where(k => k.Id == id).ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, at));
                        return true;
                    },
                    CancellationToken.None);
                written();
            }
            catch (Exception e) when (e is DatabaseException or ObjectDisposedException)
            {
                // The log says so already, or the portal ends. The next use after a minute is written instead.
            }
        }
    }

    private Dictionary<long, DateTime> Take()
    {
        lock (_gate)
        {
            var uses = new Dictionary<long, DateTime>(_unwritten);
            _unwritten.Clear();
            _isWriting = uses.Count > 0;
            return uses;
        }
    }
}
