using CaPortal.Core.BackEnds;
using CaPortal.Core.Portals;
using CaPortal.Core.Probing;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CaPortal.Tests.Alerts;

/// <summary>The service that keeps alerts up to date.</summary>
public class AlertWatchTests : AlertTest
{
    [Fact]
    public async Task Server_ThatNeverAnswers_KeepsNoAlertFromBeingRaised()
    {
        var isAsked = new TaskCompletionSource();
        await using var server = new TcpServer(async (_, stop) =>
        {
            isAsked.TrySetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        await StartAsync(o => o.Alerts.Webhook.Url = $"http://127.0.0.1:{server.Port}/");
        using var first = TestCertificates.Root("First", notAfter: TestCertificates.Yesterday.AddDays(20));
        using var second = TestCertificates.Root("Second", notAfter: TestCertificates.Yesterday.AddDays(20));
        await BackEnds.AddAsync("first.corp", TrustVerdict.Trusted, chain: first);
        using var watch = new AlertWatch(
            Alerts, Core.Get<BackEndService>(), Core.List, Core.Get<Leadership>(), TimeProvider.System, NullLogger<AlertWatch>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var leading = Core.Get<Leadership>().KeepAsync(stop.Token);
        await watch.StartAsync(Cancellation);
        await isAsked.Task.WaitAsync(Cancellation);
        var isRaised = new TaskCompletionSource();
        Alerts.Changed += () => isRaised.TrySetResult();

        await BackEnds.AddAsync("second.corp", TrustVerdict.Trusted, chain: second);
        Core.Get<BackEndChangeNotifier>().NotifyChanged();
        await isRaised.Task.WaitAsync(Cancellation);

        // The attempt of the first one has not ended.
        Assert.Equal([0, 0], (await DeliveriesAsync()).Select(d => d.Attempts));
        await watch.StopAsync(Cancellation);
        await stop.CancelAsync();
        await leading;
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class AlertWatchTestsOnPostgres : AlertWatchTests;
