namespace CaPortal.Core.Management.BackEnds;

/// <summary>Whose turn it is: each host once at a time, and not more hosts at once than the settings allow.</summary>
internal sealed class HostTurns(int parallelism) : IDisposable
{
    private readonly SemaphoreSlim _all = new(parallelism, parallelism);
    private readonly Dictionary<string, Turn> _hosts = [];
    private readonly Lock _gate = new();

    /// <summary>Waits for the host's turn.</summary>
    /// <returns>To be disposed when its turn is over.</returns>
    public async Task<IDisposable> TakeAsync(string host, CancellationToken cancellationToken)
    {
        var turn = Join(host);
        try
        {
            await turn.Semaphore.WaitAsync(cancellationToken);
            try
            {
                await _all.WaitAsync(cancellationToken);
            }
            catch
            {
                turn.Semaphore.Release();
                throw;
            }
        }
        catch
        {
            Leave(host, turn);
            throw;
        }

        return new Taken(this, host, turn);
    }

    public void Dispose() => _all.Dispose();

    private Turn Join(string host)
    {
        lock (_gate)
        {
            if (!_hosts.TryGetValue(host, out var turn))
                _hosts[host] = turn = new Turn();
            turn.Users++;
            return turn;
        }
    }

    private void Leave(string host, Turn turn)
    {
        lock (_gate)
        {
            if (--turn.Users > 0)
                return;
            _hosts.Remove(host);
            turn.Semaphore.Dispose();
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Taken(HostTurns turns, string host, Turn turn) : IDisposable
    {
        private bool _isOver;

        public void Dispose()
        {
            if (_isOver)
                return;
            _isOver = true;
            turns._all.Release();
            turn.Semaphore.Release();
            turns.Leave(host, turn);
        }
    }
}
