using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Ical.Net;
using Microsoft.Extensions.DependencyInjection;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>What ends: as JSON, as a calendar, and as figures for monitoring; and alerts.</summary>
public class ExpiryApiTests : IAsyncDisposable
{
    private const string CalendarPath = "/api/v1/expiry.ics";

    private readonly ApiFixture _api = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private StoredBackEnds BackEnds => field ??= new(
        _api.Portal.Services.GetRequiredService<DatabaseWriter>(), _api.Portal.Services.GetRequiredService<CertificateChanges>(), TimeProvider.System);

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Expiry_OfStoresAndChains_IsListedWithWhatDependsOnIt()
    {
        using var root = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddDays(90));
        using var next = TestCertificates.Root("Corp Root");
        await _api.AddAsync(root, next);
        await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, anchor: root, name: "Payments");

        var list = await ExpectAsync(200, _api.Reader.GetAsync("/api/v1/expiry", Cancellation));
        var found = Assert.Single(list["value"]!.AsArray())!;
        Assert.Equal(1, (int)list["count"]!);
        Assert.Equal(
            (Sha256(root), "Corp Root", true, "Root"),
            ((string)found["sha256"]!, (string)found["name"]!, (bool)found["isCa"]!, (string)found["storeNames"]![0]!));
        Assert.Equal(
            ("Payments", "pay.corp:443", false),
            ((string)found["backEnds"]![0]!["name"]!, (string)found["backEnds"]![0]!["address"]!, (bool)found["backEnds"]![0]!["presents"]!));
        Assert.Equal(
            (Sha256(next), "Root", false),
            ((string)found["successor"]!["sha256"]!, (string)found["successor"]!["storeName"]!, (bool)found["successor"]!["hasSameKey"]!));
    }

    [Fact]
    public async Task Calendar_ReadByAnotherProgram_HasADayWithRemindersForEachCertificate()
    {
        using var root = TestCertificates.Root(
            "\"Corp; Root, ä\"",
            notAfter: new DateTimeOffset(TestCertificates.Yesterday.AddDays(90).Date, TimeSpan.Zero).AddHours(23));
        await _api.AddAsync(root);
        await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, anchor: root);

        using var answer = await _api.Reader.GetAsync(CalendarPath, Cancellation);
        Assert.Equal("text/calendar; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        var day = Assert.Single(Calendar.Load(text)!.Events);

        Assert.Equal($"{Sha256(root)}@caportal", day.Uid);
        Assert.Equal("Corp; Root, ä expires", day.Summary);
        Assert.True(day.IsAllDay);
        Assert.Equal(DateOnly.FromDateTime(root.NotAfter.ToUniversalTime()), day.Start!.Date);
        Assert.Contains("Back-ends that depend on it: pay.corp:443", day.Description, StringComparison.Ordinal);
        Assert.Equal([-60, -30, -10], day.Alarms.Select(a => a.Trigger!.Duration!.Value.Days!.Value));
        Assert.All(text.Split("\r\n"), l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 0, 75));
    }

    [Fact]
    public async Task Calendar_WithTheKeyAsAPassword_IsSentAndNothingElseIs()
    {
        await using var portal = new PortalFactory();
        using var client = portal.CreateAnonymousClient();

        async Task<HttpResponseMessage> AskAsync(string path, string pair)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", pair) } };
            return await client.SendAsync(request, Cancellation);
        }

        static string Encode(string pair) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(CalendarPath, Encode($"anybody:{PortalFactory.ApiKey}"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(CalendarPath, Encode($":{PortalFactory.ApiKey}"))).StatusCode);
        await Assert.AllAsync(
            [Encode("anybody:wrong"), Encode("anybody:"), Encode(PortalFactory.ApiKey), "%%%", ""],
            async wrong => Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(CalendarPath, wrong)).StatusCode));
        await Assert.AllAsync(
            ["/api/v1/expiry", "/api/v1/ca-certificates", "/metrics", $"{CalendarPath}/more"],
            async other => Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(other, Encode($"anybody:{PortalFactory.ApiKey}"))).StatusCode));

        using var asked = await client.GetAsync(CalendarPath, Cancellation);
        using var notAsked = await client.GetAsync("/api/v1/expiry", Cancellation);
        Assert.Equal(["Bearer", "Basic"], asked.Headers.WwwAuthenticate.Select(h => h.Scheme));
        Assert.Equal(["Bearer"], notAsked.Headers.WwwAuthenticate.Select(h => h.Scheme));
    }

    [Fact]
    public async Task Metrics_OfThePortal_TellOfCertificatesBackEndsTrustStoresAndAlerts()
    {
        using var root = TestCertificates.Root("Corp \"Root\"\u202E", notAfter: TestCertificates.Yesterday.AddDays(20));
        await _api.AddAsync(root);
        await BackEnds.AddAsync("pay.corp", TrustVerdict.Trusted, name: "Pay\nments", chain: root);
        await BackEnds.AddAsync("bad.corp", TrustVerdict.TimedOut);
        await BackEnds.AddAsync("new.corp", null);
        await _api.Portal.Services.GetRequiredService<CaPortal.Core.Alerts.AlertService>().EvaluateAsync(Cancellation);

        using var answer = await _api.Reader.GetAsync("/metrics", Cancellation);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var samples = lines
            .Where(l => l[0] != '#')
            .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

        var end = new DateTimeOffset(root.NotAfter).ToUnixTimeSeconds();
        const string Payments = "{backend=\"Pay\\\\u{000A}ments\",address=\"pay.corp:443\"}";
        Assert.Equal(end, samples[$"caportal_certificate_expiry_seconds{{sha256=\"{Sha256(root)}\",name=\"Corp \\\"Root\\\"\\\\u{{202E}}\",store=\"Root\"}}"]);
        Assert.Equal(1, samples["caportal_certificates{store=\"Root\"}"]);
        Assert.Equal(0, samples["caportal_certificates{store=\"CertificateAuthority\"}"]);
        Assert.Equal(1, samples["caportal_backend_trusted" + Payments]);
        Assert.Equal(end, samples["caportal_backend_chain_expiry_seconds" + Payments]);
        Assert.InRange(samples["caportal_backend_last_check_timestamp_seconds" + Payments], 1_700_000_000, 10_000_000_000);
        Assert.Equal(0, samples["caportal_backend_trusted{backend=\"bad.corp\",address=\"bad.corp:443\"}"]);
        Assert.DoesNotContain(samples.Keys, k => k.Contains("new.corp", StringComparison.Ordinal));
        Assert.Equal(1, samples["caportal_trust_store_installed{trust_store=\"pem-bundle\"}"]);
        Assert.Equal(1, samples["caportal_alerts_open"]);
        Assert.All(samples.Keys, k => Assert.Contains(lines, l => l.StartsWith($"# HELP {k.Split('{')[0]} ", StringComparison.Ordinal)));
        Assert.All(samples.Keys, k => Assert.StartsWith("caportal_", k, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_WithoutDatabase_AreUnavailable()
    {
        using var away = _api.Portal.WithoutDatabase();

        await Assert.AllAsync(
            ["/metrics", "/api/v1/expiry", CalendarPath, "/api/v1/alerts"],
            async path => await ExpectAsync(503, _api.Reader.GetAsync(path, Cancellation), "DatabaseUnavailable"));
    }

    [Fact]
    public async Task Alerts_ListedAndDismissed_MoveFromTheOpenOnesToThePast()
    {
        using var root = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddDays(20));
        await _api.AddAsync(root);
        await _api.Portal.Services.GetRequiredService<CaPortal.Core.Alerts.AlertService>().EvaluateAsync(Cancellation);

        var open = await ExpectAsync(200, _api.Reader.GetAsync("/api/v1/alerts", Cancellation));
        var alert = Assert.Single(open["value"]!.AsArray())!;
        Assert.Equal(
            ("Expiring", "Corp Root expires within 30 days", Sha256(root), 1),
            ((string)alert["kind"]!, (string)alert["title"]!, (string)alert["sha256"]!, (int)open["count"]!));
        Assert.Empty(alert["deliveries"]!.AsArray());
        var path = $"/api/v1/alerts/{(long)alert["id"]!}/dismiss";
        Assert.Equal(1, (int)(await ExpectAsync(200, SendAsync(_api.Administrator, "POST", path)))["dismissed"]!);
        Assert.Equal(0, (int)(await ExpectAsync(200, SendAsync(_api.Administrator, "POST", path)))["dismissed"]!);

        Assert.Empty((await _api.GetAsync("/api/v1/alerts"))["value"]!.AsArray());
        var past = Assert.Single((await _api.GetAsync("/api/v1/alerts?past=true"))["value"]!.AsArray())!;
        Assert.Equal("API key", (string)past["dismissedBy"]!);
        await ExpectAsync(404, SendAsync(_api.Administrator, "POST", "/api/v1/alerts/4711/dismiss"), "NotFound");
        await ExpectAsync(400, _api.Reader.GetAsync("/api/v1/alerts?past=perhaps", Cancellation), "BadRequest");
        await ExpectAsync(400, _api.Reader.GetAsync("/api/v1/alerts?top=0", Cancellation), "BadRequest");
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ExpiryApiTestsOnPostgres : ExpiryApiTests;
