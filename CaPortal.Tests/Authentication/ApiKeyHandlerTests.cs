using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Authentication;

/// <summary>Keys that administrators made, as programs use them.</summary>
public sealed class ApiKeyHandlerTests : IAsyncDisposable
{
    private readonly CapturedLog _log = new();
    private readonly PortalFactory _portal;
    private bool _isDatabaseLocked;

    public ApiKeyHandlerTests() => _portal = new PortalFactory()
        .With("CaPortal:Authentication:AttemptsPerMinute", "5")
        .With("CaPortal:BackEnds:TestEvery", "00:00:00")
        .With("Logging:LogLevel:Default", "Trace")
        .With("Logging:LogLevel:Microsoft", "Trace")
        .WithServices(s => s.AddSingleton<ILoggerProvider>(_log))
        .WithServices(DatabaseHooks.BeforeCommand(
            text => _isDatabaseLocked && text.Contains("api_key", StringComparison.Ordinal), () => throw new SqliteException("database is locked", 5)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task Key_OfAReader_OpensWhatReadersSeeWhereProgramsAsk()
    {
        var key = await CreateAsync("monitor", Role.Reader);
        using var client = _portal.CreateApiClient(key);
        foreach (var path in new[] { "/api/v1/ca-certificates", "/api/v1/expiry.ics", "/metrics", "/openapi/v1.json" })
            Assert.Equal((path, HttpStatusCode.OK), (path, await StatusAsync(client, path)));
        Assert.Equal(HttpStatusCode.Found, await StatusAsync(client, "/ca-certificates"));
        await ExpectAsync(403, client.PostAsync("/api/v1/trust-stores/verify", null, Cancellation), "Forbidden");
        await ExpectAsync(403, client.GetAsync("/api/v1/api-keys", Cancellation), "Forbidden");

        using var calendar = _portal.CreateAnonymousClient();
        calendar.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{key}")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(calendar, "/api/v1/expiry.ics"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(calendar, "/api/v1/ca-certificates"));
    }

    [Fact]
    public async Task Key_OfAnAdministrator_ChangesUnderItsNameUntilItIsRevokedAndLeavesNoTrace()
    {
        var key = await CreateAsync("deploy", Role.Administrator);
        using var client = _portal.CreateApiClient(key);
        using var root = TestCertificates.Root();
        await ExpectAsync(201, client.PostAsync(CertificatesPath, Form(TestFiles.Pem(root)), Cancellation));

        // Nearly right ones: a wrong key must not reveal what is right.
        foreach (var wrong in new[] { key[..^1] + (key[^1] == '0' ? '1' : '0'), key[..18] + new string('0', 64) })
        {
            using var other = _portal.CreateApiClient(wrong);
            await ExpectAsync(401, other.GetAsync("/api/v1/ca-certificates", Cancellation), "Unauthenticated");
        }

        var keys = (await Keys.ListAsync(TestCore.Anna, Cancellation))!;
        await ExpectAsync(201, client.PostAsync("/api/v1/api-keys", Json(new { name = "next", role = "Reader" }), Cancellation));
        using (var revoked = await client.DeleteAsync($"/api/v1/api-keys/{Assert.Single(keys).Id}", Cancellation))
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        await ExpectAsync(401, client.GetAsync("/api/v1/ca-certificates", Cancellation), "Unauthenticated");

        var entries = await QueryAsync(db => db.Activity.AsNoTracking().ToListAsync(Cancellation));
        Assert.Contains(entries, e => e.Action == "Add" && e.Actor.StartsWith("API key \"deploy\" (caportal_", StringComparison.Ordinal));
        Assert.Contains((await Keys.ListAsync(TestCore.Anna, Cancellation))!, k => k is { Name: "next", CreatedBy: "anna@example.org" });

        var secret = key[18..];
        Assert.DoesNotContain(entries, e => $"{e.Actor}{e.Reason}{e.Details}".Contains(secret, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(_log.Lines, l => l.Contains(secret[..^1], StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(secret, _portal.ConsoleOutput, StringComparison.OrdinalIgnoreCase);
        var files = LiveFiles.In(_portal.DataDirectory).ToList();
        Assert.All(files, file => Assert.False(Holds(file.Content, secret), file.Path));
        Assert.Contains(files, file => Path.GetFileName(file.Path) is "portal.db-wal" or "portal.db" && Holds(file.Content, key[..17]));
    }

    [Fact]
    public async Task WrongKeys_ManyInAMinute_AreSlowedDownWithoutHarmToTheRightOne()
    {
        var key = await CreateAsync("deploy", Role.Reader);
        var wrong = key[..18] + new string('0', 64);
        using var guesser = _portal.CreateApiClient(wrong);
        for (var attempt = 0; attempt < 5; attempt++)
            await ExpectAsync(401, guesser.GetAsync("/api/v1/ca-certificates", Cancellation), "Unauthenticated");

        await ExpectAsync(429, guesser.GetAsync("/api/v1/ca-certificates", Cancellation), "TooManyRequests");
        using var client = _portal.CreateApiClient(key);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/api/v1/ca-certificates"));
        Assert.Equal(1, _log.Lines.Count(l => l.Contains(" 2005: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Key_WhereTheDatabaseCannotBeRead_IsNeitherRightNorWrong()
    {
        var key = await CreateAsync("deploy", Role.Reader);
        _isDatabaseLocked = true;
        foreach (var bearer in new[] { key, key[..18] + new string('0', 64) })
        {
            using var client = _portal.CreateApiClient(bearer);
            await ExpectAsync(503, client.GetAsync("/api/v1/ca-certificates", Cancellation), "DatabaseUnavailable");
            await ExpectAsync(503, client.GetAsync("/metrics", Cancellation), "DatabaseUnavailable");
        }

        using (var client = _portal.CreateApiClient("no key at all"))
            await ExpectAsync(401, client.GetAsync("/api/v1/ca-certificates", Cancellation), "Unauthenticated");
        using (var client = _portal.CreateApiClient())
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/api/v1/ca-certificates"));
    }

    private ApiKeyService Keys => _portal.Services.GetRequiredService<ApiKeyService>();

    private async Task<string> CreateAsync(string name, Role role)
    {
        _ = _portal.Address;
        return Assert.IsType<ApiKeyOutcome.Created>(await Keys.CreateAsync(name, role, null, TestCore.Anna, Cancellation)).Key;
    }

    private Task<T> QueryAsync<T>(Func<PortalDb, Task<T>> query) => _portal.Services.GetRequiredService<PortalDatabase>().RunAsync(query, Cancellation);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancellation);
        return answer.StatusCode;
    }

    /// <summary>Whether the text, or the bytes that it spells, are in a file's content.</summary>
    private static bool Holds(ReadOnlySpan<byte> content, string text) =>
        content.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0
        || content.IndexOf(Encoding.Unicode.GetBytes(text)) >= 0
        || (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) && content.IndexOf(Convert.FromHexString(text)) >= 0);
}
