using CaPortal.Core;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

public sealed class TrustStoreWatcherTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _folder = new();
    private readonly TrustStoreWatcher _watcher;
    private readonly string _roots;

    public TrustStoreWatcherTests()
    {
        var store = TestTrustStores.Bundle(_folder["trust"]);
        _roots = store.Location(Core.Certificates.CaStore.Root);
        Directory.CreateDirectory(_folder["trust"]);
        File.WriteAllText(_roots, "# empty");
        var options = new CoreOptions();
        options.TrustStores.Add(store.Name);
        _watcher = new TrustStoreWatcher(new TrustStoreSelection(Options.Create(options), [], [store]), TimeProvider.System);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _watcher.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string> Changes => ["written", "deleted", "replaced", "folder gone", "folder replaced"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Wait_FilesOfATrustStoreChange_Ends(string change)
    {
        // The first wait begins to watch, and ends at once.
        await _watcher.WaitAsync(TimeSpan.Zero, Cancellation);
        var waiting = _watcher.WaitAsync(Guard, Cancellation);
        Assert.False(waiting.IsCompleted);

        switch (change)
        {
            case "written":
                await File.AppendAllTextAsync(_roots, "# more", Cancellation);
                break;
            case "deleted":
                File.Delete(_roots);
                break;
            case "replaced":
                await File.WriteAllTextAsync(_folder["new"], "# new", Cancellation);
                File.Move(_folder["new"], _roots, overwrite: true);
                break;
            case "folder gone":
                Directory.Delete(_folder["trust"], recursive: true);
                break;
            default:
                Directory.Move(_folder["trust"], _folder["elsewhere"]);
                Directory.CreateDirectory(_folder["trust"]);
                break;
        }

        var started = TimeProvider.System.GetTimestamp();
        await waiting;
        Assert.True(TimeProvider.System.GetElapsedTime(started) < Guard / 2, "The wait ended by its limit.");
    }

    [Fact]
    public async Task Wait_ChangeBetweenTwoWaits_EndsTheSecond()
    {
        await _watcher.WaitAsync(TimeSpan.Zero, Cancellation);
        await File.AppendAllTextAsync(_roots, "# more", Cancellation);

        var started = TimeProvider.System.GetTimestamp();
        await _watcher.WaitAsync(Guard, Cancellation);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < Guard / 2, "The wait ended by its limit.");
    }

    [Fact]
    public async Task Wait_Cancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = _watcher.WaitAsync(Guard, cancelled.Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
