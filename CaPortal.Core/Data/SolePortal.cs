namespace CaPortal.Core.Data;

/// <summary>The one portal on a database of its own: it leads always, hears nobody, and keeps nothing for others.</summary>
internal sealed class SolePortal : IPeers
{
    /// <inheritdoc/>
    public bool MayExist => false;

    /// <inheritdoc/>
    public Task<long?> LeadAsync(CancellationToken cancellationToken) => Task.FromResult<long?>(1);

    /// <inheritdoc/>
    public Task ResignAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task ListenAsync(Action<IReadOnlySet<string>> heard, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <inheritdoc/>
    public Task PutAsync(string name, ReadOnlyMemory<byte> value, DateTime? expires, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>It needs none.</summary>
    public Task RequireKeyAsync(string prefix, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<IReadOnlyList<SharedItem>> ListAsync(string prefix, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SharedItem>>([]);

    /// <summary>Nobody else can have taken it.</summary>
    public Task<bool> TakeAsync(string name, CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Nobody else has counted any.</summary>
    public Task<int> CountAsync(string name, int more, DateTime expires, CancellationToken cancellationToken) => Task.FromResult(more);
}
