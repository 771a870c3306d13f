using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CaPortal.Authentication;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.Portals;

/// <summary>Two whole portals on one PostgreSQL database: a balancer may send each request to either.</summary>
public sealed class SeveralPortalsTests : IAsyncLifetime
{
    private readonly PortalFactory _one = new();
    private readonly PortalFactory _two = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var database = await TestCore.NewPostgresDatabaseAsync();
        foreach (var portal in new[] { _one, _two })
        {
            portal.With("CaPortal:Database:Provider", "PostgreSql").With("ConnectionStrings:CaPortal", database)
                .With("CaPortal:Authentication:AttemptsPerMinute", "4");
        }

        _ = _one.Address;
        Directory.CreateDirectory(_two.DataDirectory);
        File.Copy(Path.Combine(_one.DataDirectory, "database.key"), Path.Combine(_two.DataDirectory, "database.key"));
        _ = _two.Address;
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Fact]
    public async Task Cookies_OfOnePortal_AreGoodAtTheOther()
    {
        using var browser = _one.CreateBrowserClient(AppRoles.Administrator);

        using var answer = await browser.GetAsync(new Uri(_two.Address, "/ca-certificates"), Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(CookieName(_one), CookieName(_two));
        Assert.Equal(
            _one.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.Name,
            _two.Services.GetRequiredService<IOptions<AntiforgeryOptions>>().Value.Cookie.Name);
    }

    [Fact]
    public async Task SignInLink_OfOnePortal_WorksOnceAtTheOther()
    {
        var link = _one.SignInLink;
        using var browser = _two.CreateBrowserClient();

        using var answer = await browser.SubmitFormAsync(link.PathAndQuery, Cancellation);
        Assert.Equal((HttpStatusCode.Found, "/"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        using var page = await browser.GetAsync("/ca-certificates", Cancellation);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        using var other = _one.CreateBrowserClient();
        Assert.Contains("has been used already", await other.GetStringAsync(link, Cancellation), StringComparison.Ordinal);
        using var printed = await other.SubmitFormAsync(link, Cancellation);
        Assert.NotEqual(link, _one.SignInLink);
        using var again = await other.SubmitFormAsync(_one.SignInLink, Cancellation);
        Assert.Equal(HttpStatusCode.Found, again.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task SignOut_AtOnePortal_EndsTheSessionAtTheOther()
    {
        var ended = new TaskCompletionSource();
        _two.Services.GetRequiredService<Sessions>().Ended += (_, _) => ended.TrySetResult();
        using var browser = _one.CreateBrowserClient();
        using var copy = _two.CreateAnonymousClient();
        using (var signedIn = await browser.SubmitFormAsync(_one.SignInLink, TestContext.Current.CancellationToken))
            copy.DefaultRequestHeaders.Add("Cookie", string.Join("; ", signedIn.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0])));
        using (var before = await copy.GetAsync("/ca-certificates", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        (await browser.SubmitFormAsync("/logout", TestContext.Current.CancellationToken)).Dispose();
        await ended.Task.WaitAsync(TestContext.Current.CancellationToken);

        using var after = await copy.GetAsync("/ca-certificates", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Found, after.StatusCode);
    }

    [Fact]
    public async Task WrongLinks_AtBothPortals_AreCountedTogether()
    {
        using var browser = _one.CreateBrowserClient();
        for (var attempt = 0; attempt < 4; attempt++)
            await browser.GetStringAsync(new Uri((attempt % 2 == 0 ? _one : _two).Address, $"/login?t=guess{attempt}"), Cancellation);

        foreach (var portal in new[] { _one, _two })
        {
            using var refused = await browser.GetAsync(new Uri(portal.Address, "/login?t=guess"), Cancellation);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }
    }

    [Fact]
    public async Task ApiKey_MadeAtOnePortal_IsGoodAtTheOtherUntilItIsRevoked()
    {
        using var one = _one.CreateApiClient();
        var made = await (await one.PostAsJsonAsync("/api/v1/api-keys", new { name = "pipeline", role = "Reader" }, Cancellation))
            .Content.ReadFromJsonAsync<JsonObject>(Cancellation);
        using var two = _two.CreateApiClient(made!["key"]!.GetValue<string>());
        using (var good = await two.GetAsync(ApiFixture.CertificatesPath, Cancellation))
            Assert.Equal(HttpStatusCode.OK, good.StatusCode);

        (await one.DeleteAsync($"/api/v1/api-keys/{made["id"]}", Cancellation)).Dispose();

        using var refused = await two.GetAsync(ApiFixture.CertificatesPath, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Change_AtOnePortal_IsShownAndInstalledAtTheOtherByItself()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var root = TestCertificates.Root("Seen by both");
        var (shown, installed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var bundle = Path.Combine(_two.DataDirectory, "trust", "roots.pem");
        _two.Services.GetRequiredService<CertificateList>().Changed += () => shown.TrySetResult();
        _two.Services.GetRequiredService<MachineTrust>().Verified += () =>
        {
            if (File.Exists(bundle) && File.ReadAllText(bundle).Contains(root.ExportCertificatePem(), StringComparison.Ordinal))
                installed.TrySetResult();
        };
        using var one = _one.CreateApiClient();

        await AddAsync(one, root);
        await shown.Task.WaitAsync(cancellationToken);
        await installed.Task.WaitAsync(cancellationToken);
    }

    [Fact]
    public async Task Changes_OfTwoAdministratorsAtTwoPortalsAtOnce_AreAllKept()
    {
        using var one = _one.CreateApiClient();
        using var two = _two.CreateApiClient();
        var roots = Enumerable.Range(0, 12).Select(i => TestCertificates.Root($"Root {i}")).ToList();

        await Task.WhenAll(AddAllAsync(one, roots.Take(6)), AddAllAsync(two, roots.Skip(6)));

        foreach (var portal in new[] { _one, _two })
        {
            using var client = portal.CreateApiClient();
            Assert.Equal(12, (await client.GetFromJsonAsync<JsonObject>(ApiFixture.CertificatesPath, Cancellation))!["count"]!.GetValue<int>());
            Assert.Null((await portal.Services.GetRequiredService<ActivityService>().VerifyAsync(Cancellation)).Damage);
        }

        roots.ForEach(r => r.Dispose());
    }

    private static async Task AddAllAsync(HttpClient client, IEnumerable<System.Security.Cryptography.X509Certificates.X509Certificate2> roots)
    {
        foreach (var root in roots)
            await AddAsync(client, root);
    }

    private static async Task AddAsync(HttpClient client, System.Security.Cryptography.X509Certificates.X509Certificate2 root)
    {
        using var answer = await client.PostAsync(ApiFixture.CertificatesPath, ApiFixture.Form(TestFiles.Pem(root)), Cancellation);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static string? CookieName(PortalFactory portal) =>
        portal.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(Schemes.Cookie).Cookie.Name;
}
