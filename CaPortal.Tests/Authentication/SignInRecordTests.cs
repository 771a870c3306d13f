using System.Net;
using System.Text.Json.Nodes;
using CaPortal.Authentication;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaPortal.Tests.Authentication;

/// <summary>What the log and the activity log say about signing in.</summary>
public sealed class SignInRecordTests : IAsyncDisposable
{
    private readonly CapturedLog _log = new();
    private readonly PortalFactory _portal;

    public SignInRecordTests() => _portal = new PortalFactory().WithServices(s => s.AddSingleton<ILoggerProvider>(_log));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        _log.Dispose();
    }

    [Fact]
    public async Task SigningInAndOut_WithALink_IsToldStepByStepWithoutTheToken()
    {
        using var browser = _portal.CreateBrowserClient();
        (await browser.SubmitFormAsync("/login", Cancellation)).Dispose();
        var link = _portal.SignInLink;
        (await browser.SubmitFormAsync(link, Cancellation)).Dispose();
        (await browser.GetAsync(link, Cancellation)).Dispose();
        (await browser.SubmitFormAsync("/logout", Cancellation)).Dispose();

        var entries = await EntriesAsync();
        Assert.Equal(
            [
                ("NewSignInLink", "unknown", """{"by":"the sign-in page"}"""),
                ("SignIn", "Local administrator", """{"method":"a sign-in link","hasRole":true}"""),
                ("SignInRefused", "unknown", """{"method":"a sign-in link","why":"the link does not work, or not any more"}"""),
                ("SignOut", "Local administrator", "{}"),
            ],
            entries.Select(e => (e.Action, e.Actor, e.Details)));
        Assert.All(entries, e => Assert.Equal("127.0.0.1", e.Source));

        var lines = _log.Lines.Where(l => l.Contains(nameof(SignInRecord), StringComparison.Ordinal)).ToList();
        Assert.Equal(["2004", "2002", "2001", "2003"], lines.Select(l => l.Split(' ')[2].TrimEnd(':')));
        Assert.All(lines, l => Assert.Contains("127.0.0.1", l, StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, l => l.Contains(link.Query[3..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task RefusedAttempts_ManyInAMinute_AreAllCountedAndDoNotFillTheLog()
    {
        using var browser = _portal.CreateBrowserClient();
        for (var attempt = 0; attempt < 8; attempt++)
            (await browser.GetAsync($"/login?t=guess{attempt}", Cancellation)).Dispose();

        // One entry at once; the repeats are counted in another one, a minute later.
        Assert.Single(await EntriesAsync());
        await Activity.EndAsync();
        Assert.Equal([("SignInRefused", null), ("SignInRefused", 7)], (await EntriesAsync()).Select(e => (e.Action, TimesAgain(e))));
        Assert.Equal(SignInRecord.MaxPerAddress, _log.Lines.Count(l => l.Contains(" 2001: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log.Lines, l => l.Contains("guess", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WrongKeys_AreAllCounted()
    {
        using var program = _portal.CreateApiClient("a-key-that-nobody-gave");
        for (var attempt = 0; attempt < 8; attempt++)
            (await program.GetAsync("/api/v1/ca-certificates", Cancellation)).Dispose();
        await Activity.EndAsync();

        var entries = await EntriesAsync();
        Assert.Equal([("SignInRefused", "127.0.0.1", null), ("SignInRefused", "127.0.0.1", 7)], entries.Select(e => (e.Action, e.Source, TimesAgain(e))));
        Assert.Equal("""{"method":"an API key","why":"the API key is not known"}""", entries[0].Details);
        Assert.DoesNotContain(entries, e => e.Details.Contains("a-key-that-nobody-gave", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RefusedAttempts_FromManyAddresses_AreCountedTogetherBeyondABound()
    {
        var record = _portal.Services.GetRequiredService<SignInRecord>();
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = new IPAddress([10, 0, (byte)(attempt / 250), (byte)(attempt % 250)]);
            await record.WrongKeyAsync(context);
        }

        await Activity.EndAsync();
        var entries = await EntriesAsync();
        Assert.Equal(SignInRecord.MaxCountedAddresses + 2, entries.Count);
        Assert.Equal([null, 1_000 - SignInRecord.MaxCountedAddresses - 1], entries.Where(e => e.Source == SignInRecord.OtherAddresses).Select(TimesAgain));
    }

    [Fact]
    public async Task SignIn_WithoutTheDatabase_WorksAllTheSame()
    {
        var link = _portal.SignInLink;
        await RawDatabase.ExecuteAsync(Path.Combine(_portal.DataDirectory, "portal.db"), "ALTER TABLE activity RENAME TO activity_away");
        using var browser = _portal.CreateBrowserClient();
        using var answer = await browser.SubmitFormAsync(link, Cancellation);

        Assert.Equal("/", answer.Headers.Location?.OriginalString);
        Assert.Contains(_log.Lines, l => l.Contains(" 130: SignIn could not be recorded", StringComparison.Ordinal));
    }

    private ActivityRecorder Activity => _portal.Services.GetRequiredService<ActivityRecorder>();

    private static int? TimesAgain(ActivityEntry entry) => (int?)JsonNode.Parse(entry.Details)!["timesAgain"];

    private Task<List<ActivityEntry>> EntriesAsync() => _portal.Services.GetRequiredService<PortalDatabase>()
        .RunAsync(db => db.Activity.AsNoTracking().OrderBy(a => a.Sequence).ToListAsync(Cancellation), Cancellation);
}
