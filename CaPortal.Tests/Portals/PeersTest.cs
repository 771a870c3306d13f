using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Portals;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Portals;

/// <summary>Portals on one PostgreSQL database, each with a data directory and trust stores of its own.</summary>
public abstract class PeersTest : IAsyncLifetime
{
    private readonly List<TestCore> _cores = [];

    private protected TemporaryDirectory Folder { get; } = new();

    private protected string Database { get; private set; } = "";

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Database = await TestCore.NewPostgresDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var core in _cores)
            await core.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Task<bool> WriteAsync(TestCore core) => core.WriteAsync(_ => Task.FromResult(true));

    private protected Task ExecuteAsync(string sql) => new TestDatabase("", Database).ExecuteAsync(sql);

    private protected async Task<(TestCore One, TestCore Two)> StartTwoAsync(Action<CoreOptions>? configure = null)
    {
        var one = await StartAsync("one", configure: configure);
        CopyKey();
        return (one, await StartAsync("two", configure: configure));
    }

    /// <summary>Gives the second portal the key file of the first.</summary>
    private protected void CopyKey()
    {
        Directory.CreateDirectory(Folder["two"]);
        File.Copy(Path.Combine(Folder["one"], "database.key"), Path.Combine(Folder["two"], "database.key"));
    }

    private protected async Task<TestCore> StartAsync(
        string directory, string? database = null, TimeProvider? time = null, Action<CoreOptions>? configure = null)
    {
        var core = await TestCore.StartAsync(Folder[directory], time, options =>
        {
            (options.Database.Provider, options.Database.ConnectionString) = (DatabaseProvider.PostgreSql, database ?? Database);
            configure?.Invoke(options);
        });
        _cores.Add(core);
        await core.Get<SharedFiles>().PrepareAsync(() => Task.CompletedTask, Cancellation);
        return core;
    }

    private protected async Task EndAsync(TestCore core)
    {
        _cores.Remove(core);
        await core.DisposeAsync();
    }
}
