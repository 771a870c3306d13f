using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Alerts;

/// <summary>Alerts that are posted to a web address.</summary>
public class WebhookTests : AlertTest
{
    private const string Secret = "a-secret-of-the-tests-0123456789";

    private readonly WebhookReceiver _receiver = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Alert_Raised_IsPostedOnceAsSignedJson()
    {
        await StartAsync(o => (o.Alerts.Webhook.Url, o.Alerts.Webhook.Secret, o.Alerts.PortalName) = (_receiver.Url, Secret, "Gateway 7"));
        using var leaf = TestCertificates.Root("Zahlungen – Köln", notAfter: TestCertificates.Yesterday.AddDays(20));
        await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, chain: leaf);
        await OpenAsync();

        Assert.Null(await Alerts.DeliverAsync(Cancellation));
        Assert.Null(await Alerts.DeliverAsync(Cancellation));

        var request = Assert.Single(_receiver.Requests);
        Assert.Equal("POST /hooks/a-secret-path HTTP/1.1", request.Line);
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
        Assert.Equal(
            $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(request.Body)))}",
            request.Headers["CaPortal-Signature"]);
        var body = JsonNode.Parse(request.Body)!;
        Assert.Equal(["id", "kind", "title", "message", "backEnd", "sha256", "expiry", "at", "portal"], body.AsObject().Select(p => p.Key));
        Assert.Equal(
            ("Expiring", "Zahlungen – Köln expires within 30 days", "pay.corp:443", Thumbprints.Sha256(leaf.RawData), "Gateway 7"),
            ((string)body["kind"]!, (string)body["title"]!, (string)body["backEnd"]!, (string)body["sha256"]!, (string)body["portal"]!));
        Assert.Equal(leaf.NotAfter.ToUniversalTime(), (DateTime)body["expiry"]!);
        Assert.Equal(Time.GetUtcNow().UtcDateTime, Assert.Single(await DeliveriesAsync()).DeliveredAt);
    }

    [Fact]
    public async Task Server_ThatFailsAndThenTakesIt_IsTriedAgainAfterAMinuteAlsoByAnotherProcess()
    {
        using var folder = new TemporaryDirectory();
        await StartAsync(o => o.Alerts.Webhook.Url = _receiver.Url, folder.Path);
        _receiver.Answer = "500 Internal Server Error";
        await RaiseAsync();

        Assert.Equal(Time.GetUtcNow().AddMinutes(1), await Alerts.DeliverAsync(Cancellation));
        Assert.Equal("The server answered 500.", Assert.Single(await DeliveriesAsync()).Error);
        Assert.False(_receiver.Requests[0].Headers.ContainsKey("CaPortal-Signature"));
        _receiver.Answer = "200 OK";
        await StartAsync(o => o.Alerts.Webhook.Url = _receiver.Url, folder.Path);
        Time.Advance(TimeSpan.FromSeconds(59));
        await Alerts.DeliverAsync(Cancellation);
        Assert.Single(_receiver.Requests);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Alerts.DeliverAsync(Cancellation);

        var delivery = Assert.Single(await DeliveriesAsync());
        Assert.Equal((2, 2, (string?)null, (DateTime?)null), (_receiver.Requests.Count, delivery.Attempts, delivery.Error, delivery.NextAttemptAt));
        await Core.DisposeAsync();
    }

    [Fact]
    public async Task Server_ThatNeverTakesIt_IsTriedLessAndLessOftenAndThenGivenUp()
    {
        await StartAsync(o => o.Alerts.Webhook.Url = _receiver.Url);
        _receiver.Answer = "503 Service Unavailable";
        await RaiseAsync();
        List<double> waits = [];
        while (await Alerts.DeliverAsync(Cancellation) is { } next)
        {
            waits.Add((next - Time.GetUtcNow()).TotalMinutes);
            Time.Advance(next - Time.GetUtcNow());
        }

        Assert.Equal([1, 5, 15, 60, 240, 720, 1440], waits);
        var delivery = Assert.Single(await DeliveriesAsync());
        Assert.Equal((8, 8, (DateTime?)null, (DateTime?)null), (_receiver.Requests.Count, delivery.Attempts, delivery.NextAttemptAt, delivery.DeliveredAt));
    }

    [Fact]
    public async Task Redirect_OfTheServer_IsNotFollowed()
    {
        await using var elsewhere = new WebhookReceiver();
        await StartAsync(o => o.Alerts.Webhook.Url = _receiver.Url);
        _receiver.Answer = $"307 Temporary Redirect\r\nLocation: {elsewhere.Url}";
        await RaiseAsync();
        await Alerts.DeliverAsync(Cancellation);

        Assert.Empty(elsewhere.Requests);
        Assert.Contains("307", Assert.Single(await DeliveriesAsync()).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254:8080/a-secret-path", "169.254.169.254")]
    [InlineData("http://[::ffff:169.254.169.254]:8080/a-secret-path", "169.254.169.254")]
    [InlineData("http://127.0.0.1:22/a-secret-path", "22")]
    public async Task Address_ThatTheGuardRefuses_IsNotConnectedTo(string url, string named)
    {
        await StartAsync(o => o.Alerts.Webhook.Url = url);
        await RaiseAsync();
        await Alerts.DeliverAsync(Cancellation);

        var error = Assert.Single(await DeliveriesAsync()).Error!;
        Assert.StartsWith("CaPortal does not connect to", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatIsNotThere_IsTold()
    {
        string url;
        await using (var gone = new WebhookReceiver())
            url = gone.Url;
        await StartAsync(o => o.Alerts.Webhook.Url = url);
        await RaiseAsync();
        await Alerts.DeliverAsync(Cancellation);

        Assert.Equal("The server cannot be reached.", Assert.Single(await DeliveriesAsync()).Error);
    }

    [Fact]
    public async Task Alerts_OfOnePass_ArePostedOneByOneAndThoseThatAreOverNotAtAll()
    {
        await StartAsync(o => o.Alerts.Webhook.Url = _receiver.Url);
        await RaiseAsync("a.corp");
        await RaiseAsync("b.corp");
        var over = await RaiseAsync("over.corp");
        await BackEnds.FindAsync(over, TrustVerdict.Trusted);
        await OpenAsync();
        await RaiseAsync("dismissed.corp");
        await Alerts.DismissAsync((await ListAsync())[0].Id, TestCore.Anna, Cancellation);
        await Alerts.DeliverAsync(Cancellation);

        Assert.Equal(
            ["a.corp:443 is not trusted any more", "b.corp:443 is not trusted any more"],
            _receiver.Requests.Select(r => (string)JsonNode.Parse(r.Body)!["title"]!).Order(StringComparer.Ordinal));
    }

    private async Task<long> RaiseAsync(string host = "pay.corp")
    {
        var id = await BackEnds.AddAsync(host, TrustVerdict.Trusted);
        await OpenAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        await BackEnds.FindAsync(id, TrustVerdict.UnknownIssuer);
        await OpenAsync();
        return id;
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class WebhookTestsOnPostgres : WebhookTests;
