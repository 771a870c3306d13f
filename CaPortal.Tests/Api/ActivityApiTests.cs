using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using CaPortal.Authentication;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>The activity log over REST. The tests share one log, so that each looks at its own end of it.</summary>
public class ActivityApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Path = "/api/v1/activity";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Activity_AfterAChange_IsListedFilteredAndShown()
    {
        using var root = TestCertificates.Root("Listed Root");
        await api.AddAsync(root);

        var list = await ExpectAsync(
            200,
            api.Reader.GetAsync($"{Path}?sha256={Sha256(root).ToUpperInvariant()}&category=change&actor=API%20key&from=2026-01-01&top=1", Cancellation));
        var entry = Assert.Single(list["value"]!.AsArray())!;
        Assert.Equal(
            (1, "Add", "Change", "API key", "Administrator"),
            ((int)list["count"]!, (string)entry["action"]!, (string)entry["category"]!, (string)entry["actor"]!, (string)entry["role"]!));
        Assert.Equal("Listed Root", (string)Assert.Single(entry["certificates"]!.AsArray())!["name"]!);
        Assert.Equal(("pem-bundle", "Installed"), ((string)entry["trustStores"]![0]!["name"]!, (string)entry["trustStores"]![0]!["state"]!));
        Assert.Equal(Sha256(root), (string)entry["details"]!["added"]![0]!["sha256"]!);

        var same = await ExpectAsync(200, api.Reader.GetAsync($"{Path}/{(long)entry["sequence"]!}", Cancellation));
        Assert.Equal(entry.ToJsonString(), same.ToJsonString());
        Assert.Equal(0, (int)(await api.GetAsync($"{Path}?sha256={Sha256(root)}&until=2026-01-01T00:00:00Z"))["count"]!);
        Assert.Equal(0, (int)(await api.GetAsync($"{Path}?sha256={Sha256(root)}&actor=nobody"))["count"]!);
    }

    [Theory]
    [InlineData("?category=Nothing")]
    [InlineData("?sha256=12")]
    [InlineData("?from=yesterday")]
    [InlineData("?until=2026-13-01")]
    [InlineData("?top=0")]
    [InlineData("?skip=-1")]
    [InlineData(".csv?category=Nothing")]
    [InlineData(".json?from=yesterday")]
    public async Task Activity_WithAFilterThatIsNone_IsABadRequest(string query) =>
        await ExpectAsync(400, api.Reader.GetAsync($"{Path}{query}", Cancellation), "BadRequest");

    [Theory]
    [InlineData("0")]
    [InlineData("999999")]
    [InlineData("none")]
    public async Task Entry_ThatIsNotThere_IsNotFound(string sequence)
    {
        await ExpectAsync(404, api.Reader.GetAsync($"{Path}/{sequence}", Cancellation), "NotFound");
        await ExpectAsync(404, api.Administrator.GetAsync($"{Path}/{sequence}/undo", Cancellation), "NotFound");
        await ExpectAsync(404, api.Administrator.PostAsync($"{Path}/{sequence}/undo", null, Cancellation), "NotFound");
    }

    [Fact]
    public async Task Verify_IntactLog_SaysSo()
    {
        await RecordAsync("Verified", "anybody");

        var verified = await ExpectAsync(200, api.Reader.GetAsync($"{Path}/verify", Cancellation));

        Assert.True((bool)verified["intact"]!);
        Assert.True((int)verified["entries"]! > 0);
        Assert.Null(verified["firstBroken"]);
    }

    [Fact]
    public async Task Verify_LogThatWasTamperedWith_NamesTheFirstBrokenEntry()
    {
        await using var own = new ApiFixture();
        using var root = TestCertificates.Root();
        await own.AddAsync(root);
        await own.Portal.TamperAsync("UPDATE activity SET actor = 'nobody', details = 'no json' WHERE sequence = 2");

        var verified = await ExpectAsync(200, own.Reader.GetAsync($"{Path}/verify", Cancellation));

        Assert.Equal((false, 2L), ((bool)verified["intact"]!, (long)verified["firstBroken"]!));
        Assert.True((int)verified["entries"]! >= 2);
        Assert.Contains("Entry 2 was changed", (string)verified["error"]!, StringComparison.Ordinal);
        Assert.Equal("no json", (string)(await own.GetAsync($"{Path}/2"))["details"]!);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\uFF1D1+1", "'\uFF1D1+1")]
    [InlineData("\t=1+1", "\\u{0009}=1+1")]
    [InlineData("\r\nbreak", "\\u{000D}\\u{000A}break")]
    [InlineData("\u202Egnp.exe", "\\u{202E}gnp.exe")]
    [InlineData("a \"quoted\", listed", "a \"quoted\", listed")]
    public async Task ExportCsv_CellThatCouldDoHarm_IsMadeHarmless(string actor, string expected)
    {
        await RecordAsync("Exported", actor);

        using var answer = await api.Reader.GetAsync($"{Path}.csv?actor={Uri.EscapeDataString(actor)}", Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Matches(@"^activity-\d{4}-\d\d-\d\d\.csv$", answer.Content.Headers.ContentDisposition?.FileName);
        var lines = text.Split("\r\n");
        Assert.StartsWith("sequence,at,actor,role,", lines[0], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
        var cell = lines[1].Split(',', 3)[2];
        Assert.StartsWith(cell[0] == '"' ? $"\"{expected.Replace("\"", "\"\"", StringComparison.Ordinal)}\"," : $"{expected},", cell, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_MoreThanAPage_HasAllNewestFirst()
    {
        var recorder = Recorder;
        for (var i = 0; i < 501; i++)
            await recorder.RecordAsync(new Actor("many", Role.Reader, "test"), "Many", new { i });

        using var json = await api.Reader.GetAsync($"{Path}.json?actor=many&category=Other", Cancellation);
        var entries = JsonNode.Parse(await json.Content.ReadAsStringAsync(Cancellation))!.AsArray();
        var csv = await api.Reader.GetStringAsync($"{Path}.csv?actor=many", Cancellation);

        Assert.Matches(@"^activity-\d{4}-\d\d-\d\d\.json$", json.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal(Enumerable.Range(0, 501).Reverse(), entries.Select(e => (int)e!["details"]!["i"]!));
        Assert.Equal(502, csv.Count(c => c == '\n'));
        Assert.Equal("[]", await api.Reader.GetStringAsync($"{Path}.json?actor=nobody", Cancellation));
    }

    [Fact]
    public async Task Undo_OfAnAddition_IsPlannedMadeAndThenNothingIsLeft()
    {
        using var root = TestCertificates.Root();
        await api.AddAsync(root);
        var undo = $"{Path}/{await SequenceAsync(root)}/undo";

        var plan = await ExpectAsync(200, api.Administrator.GetAsync(undo, Cancellation));
        Assert.Equal((false, Sha256(root), 1), ((bool)plan["isEmpty"]!, (string)plan["deletes"]![0]!["sha256"]!, (int)plan["trustStores"]![0]!["removes"]!));
        await ExpectAsync(200, api.Administrator.GetAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation));

        await ExpectAsync(403, api.Reader.PostAsync(undo, Json(new { reason = "no" }), Cancellation));
        await ExpectAsync(400, api.Administrator.PostAsync(undo, Json(new { reason = "\a" }), Cancellation));
        await ExpectAsync(415, api.Administrator.PostAsync(undo, new StringContent("{}"), Cancellation));
        var made = await ExpectAsync(200, api.Administrator.PostAsync(undo, Json(new { reason = "CHG-8" }), Cancellation));
        Assert.Equal((Sha256(root), "Installed"), ((string)made["deleted"]![0]!["sha256"]!, (string)made["trustStores"]![0]!["state"]!));

        var entry = (await api.GetAsync($"{Path}?sha256={Sha256(root)}&category=Change&top=1"))["value"]![0]!;
        Assert.Equal(("Undo", "CHG-8", (long)plan["sequence"]!), ((string)entry["action"]!, (string)entry["reason"]!, (long)entry["details"]!["undoes"]!));
        Assert.True((bool)(await api.GetAsync(undo))["isEmpty"]!);
        await ExpectAsync(422, api.Administrator.PostAsync(undo, null, Cancellation), "NothingToUndo");
    }

    [Fact]
    public async Task Undo_OfWhatIsNoChange_IsUnprocessable()
    {
        await RecordAsync("SignIn", "somebody");
        var sequence = (long)(await api.GetAsync($"{Path}?actor=somebody&top=1"))["value"]![0]!["sequence"]!;

        await ExpectAsync(422, api.Administrator.GetAsync($"{Path}/{sequence}/undo", Cancellation), "NothingToUndo");
        await ExpectAsync(422, api.Administrator.PostAsync($"{Path}/{sequence}/undo", null, Cancellation), "NothingToUndo");
    }

    [Fact]
    public async Task Undo_ByWhichABackEndStops_IsRefusedRecordedAndForced()
    {
        using var root = TestCertificates.Root();
        using var server = TestCertificates.Server(root, "payments.corp");
        await api.AddAsync(root);
        var services = api.Portal.Services;
        await new StoredBackEnds(services.GetRequiredService<DatabaseWriter>(), services.GetRequiredService<CertificateChanges>(), TimeProvider.System)
            .AddAsync("payments.corp", TrustVerdict.Trusted, root, null, server);
        var undo = $"{Path}/{await SequenceAsync(root)}/undo";

        Assert.Equal("StopsBeingTrusted", (string)(await api.GetAsync(undo))["effect"]![0]!["effect"]!);
        await ExpectAsync(409, api.Administrator.PostAsync(undo, Json(new { reason = "CHG-9" }), Cancellation), "BackEndsDependOnIt");
        var refused = (await api.GetAsync($"{Path}?sha256={Sha256(root)}&category=Refusal"))["value"]!.AsArray();
        Assert.Equal(("Undo", "CHG-9"), ((string)Assert.Single(refused)!["details"]!["attempted"]!, (string)refused[0]!["reason"]!));

        await ExpectAsync(200, api.Administrator.PostAsync(undo, Json(new { reason = "CHG-9", force = true }), Cancellation));
    }

    [Fact]
    public async Task Request_ThatTheRoleDoesNotAllow_IsRecorded()
    {
        await ExpectAsync(403, api.Reader.DeleteAsync($"{CertificatesPath}/{new string('a', 64)}", Cancellation));
        await ExpectAsync(403, api.WithoutRole.GetAsync(CertificatesPath, Cancellation));
        await ExpectAsync(401, api.Nobody.GetAsync(CertificatesPath, Cancellation));

        var reader = (await api.GetAsync($"{Path}?category=Refusal&actor={Uri.EscapeDataString($"Caller in role {AppRoles.Reader}")}"))["value"]!.AsArray()
            .Select(e => e!["details"]!).First(d => ((string)d["attempted"]!).StartsWith("DELETE", StringComparison.Ordinal));
        Assert.Equal(
            ("DELETE /api/v1/ca-certificates/{sha256}", "The role Reader does not allow it.", $"{CertificatesPath}/{new string('a', 64)}"),
            ((string)reader["attempted"]!, (string)reader["why"]!, (string)reader["path"]!));
        var other = (await api.GetAsync($"{Path}?category=Refusal&actor=Caller%20in%20role%20Another.Role"))["value"]![0]!["details"]!;
        Assert.Equal("The account has no role.", (string)other["why"]!);
    }

    [Fact]
    public async Task Upload_ThatIsRefused_IsRecordedWithFileNameHashAndCodes()
    {
        using var server = TestCertificates.SelfSignedServer("refused.corp");
        await ExpectAsync(
            422,
            api.Administrator.PostAsync(CertificatesPath, Form(TestFiles.Pem(server), ("password", "not-for-the-log"), ("reason", "CHG-10")), Cancellation));

        var entry = (await api.GetAsync($"{Path}?category=Refusal&sha256={Sha256(server)}"))["value"]![0]!;
        Assert.Equal(
            ("CHG-10", "refused.corp", "upload.bin"),
            ((string)entry["reason"]!, (string)entry["certificates"]![0]!["name"]!, (string)entry["details"]!["files"]![0]!["name"]!));
        Assert.Contains("SelfSignedLeaf", entry["details"]!["files"]![0]!["findings"]!.AsArray().Select(f => (string)f!));
        Assert.StartsWith("Nothing was added. refused.corp: ", (string)entry["details"]!["why"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("not-for-the-log", entry.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adoption_ThatIsRefused_IsRecorded()
    {
        await using var own = new ApiFixture();
        using var root = TestCertificates.Root();
        using var server = TestCertificates.SelfSignedServer("found.corp");
        await own.AddAsync(root);
        await TestFiles.AppendAsync(System.IO.Path.Combine(own.Portal.DataDirectory, "trust", "roots.pem"), server);

        await ExpectAsync(
            422,
            own.Administrator.PostAsync(
                "/api/v1/found-certificates/adopt",
                Json(new { items = new[] { new { sha256 = Sha256(server), storeName = "Root" } } }),
                Cancellation),
            "CertificatesRefused");

        var entry = (await own.GetAsync($"{Path}?category=Refusal"))["value"]![0]!;
        Assert.Equal(("Adopt", "found.corp"), ((string)entry["details"]!["attempted"]!, (string)entry["certificates"]![0]!["name"]!));
    }

    [Fact]
    public async Task Forwarding_ToPlacesThatFail_IsTriedAgainAndToldOnce()
    {
        var received = Channel.CreateUnbounded<string>();
        var isFirst = true;
        await using var server = new TcpServer(async (socket, cancellationToken) =>
        {
            if (isFirst)
            {
                isFirst = false;
                socket.LingerState = new LingerOption(true, 0);
                return;
            }

            using var reader = new StreamReader(new NetworkStream(socket));
            await received.Writer.WriteAsync(await reader.ReadToEndAsync(cancellationToken), cancellationToken);
        });
        await using var own = new ApiFixture();
        var errors = new Errors();
        own.Portal.With("CaPortal:Activity:Syslog", $"tcp://127.0.0.1:{server.Port}").With("CaPortal:Activity:File", "/nowhere/activity.jsonl")
            .WithServices(services => services.AddSingleton<ILoggerProvider>(errors));
        using var root = TestCertificates.Root();
        await own.AddAsync(root);

        while (!(await received.Reader.ReadAsync(Cancellation)).Contains(Sha256(root), StringComparison.Ordinal))
        {
        }

        Assert.Single(errors.Texts, t => t.Contains("forwarded to syslog", StringComparison.Ordinal));
        Assert.True(errors.Texts.Count(t => t.Contains("forwarded to file", StringComparison.Ordinal)) <= 1);
    }

    [Fact]
    public async Task Reading_OfMoreAtOnceThanTheLimit_IsToldToComeBackAndOthersAreNot()
    {
        var (isHeld, released) = (false, new TaskCompletionSource());
        await using var own = new ApiFixture();
        own.Portal.WithServices(
            DatabaseHooks.BeforeCommand(text => Volatile.Read(ref isHeld) && text.Contains("activity", StringComparison.Ordinal), () => released.Task));
        await own.GetAsync(Path);
        Volatile.Write(ref isHeld, true);

        // Two are at work and four wait; which one comes last is not known.
        string[] paths = ["", "?top=1000", ".csv", ".json", "/verify", "", ".csv"];
        var reading = paths.Select(p => own.Reader.GetAsync($"{Path}{p}", Cancellation)).ToList();
        var refused = await Task.WhenAny(reading);
        var other = own.Administrator.GetAsync(Path, Cancellation);
        await ExpectAsync(429, refused, "TooManyRequests");
        Assert.DoesNotContain(reading, r => r != refused && r.IsCompleted);
        released.SetResult();

        await ExpectAsync(200, other);
        Assert.All(await Task.WhenAll(reading.Where(r => r != refused)), a => Assert.True(a.IsSuccessStatusCode));
    }

    private ActivityRecorder Recorder
    {
        get
        {
            _ = api.Portal.Address;
            return api.Portal.Services.GetRequiredService<ActivityRecorder>();
        }
    }

    private Task RecordAsync(string action, string actor) => Recorder.RecordAsync(new Actor(actor, Role.Reader, "test"), action, new { });

    private async Task<long> SequenceAsync(X509Certificate2 certificate) =>
        (long)(await api.GetAsync($"{Path}?sha256={Sha256(certificate)}&category=Change&top=1"))["value"]![0]!["sequence"]!;

    /// <summary>What the portal logs as errors.</summary>
    private sealed class Errors : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _texts = [];

        public IReadOnlyCollection<string> Texts => _texts;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                _texts.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ActivityApiTestsOnPostgres(ApiFixture api) : ActivityApiTests(api);
