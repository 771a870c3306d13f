using CaPortal.Core;
using CaPortal.Core.Alerts;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts over a real database, with a clock that the test moves.</summary>
public abstract class AlertTest : IAsyncLifetime
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected CapturedLog Log { get; } = new();

    protected FakeTimeProvider Time { get; } = FakeTime.FromNow();

    protected TestCore Core { get; private set; } = null!;

    protected StoredBackEnds BackEnds { get; private set; } = null!;

    protected AlertService Alerts => Core.Get<AlertService>();

    public async ValueTask InitializeAsync() => await StartAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Core.DisposeAsync();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the portal, in place of the one that runs.</summary>
    protected async Task StartAsync(Action<CoreOptions>? configure = null, string? dataDirectory = null)
    {
        if (Core is not null)
            await Core.DisposeAsync();
        Core = await TestCore.StartAsync(dataDirectory, Time, configure, s => s.AddSingleton<ILoggerProvider>(Log));
        BackEnds = StoredBackEnds.Of(Core);
    }

    /// <summary>The titles of the alerts that are open after they were brought up to date.</summary>
    protected async Task<IReadOnlyList<string>> OpenAsync()
    {
        await Alerts.EvaluateAsync(Cancellation);
        return [.. (await ListAsync()).Select(a => a.Title).Order(StringComparer.Ordinal)];
    }

    protected async Task<IReadOnlyList<AlertView>> ListAsync(bool past = false) =>
        (await Alerts.ListAsync(new AlertQuery { Past = past }, Cancellation)).Alerts;

    protected Task<int> CountAsync() => Core.QueryAsync(db => db.Alerts.CountAsync(Cancellation));

    protected Task<List<AlertDelivery>> DeliveriesAsync() =>
        Core.QueryAsync(db => db.AlertDeliveries.AsNoTracking().OrderBy(d => d.AlertId).ToListAsync(Cancellation));
}
