using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Changes that wait for another administrator, over the API.</summary>
public class ProposalsApiTests(ProposalsApiTests.Fixture api) : IClassFixture<ProposalsApiTests.Fixture>
{
    private const string Path = "/api/v1/proposals";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_WhereApprovalIsNeeded_WaitsAndIsMadeByAnother()
    {
        using var root = TestCertificates.Root("Corp Root");
        using var sent = await api.Anna.PostAsync(CertificatesPath, Form(TestFiles.Pem(root), ("reason", "CHG-1")), Cancellation);
        Assert.Equal(202, (int)sent.StatusCode);
        var id = (long)JsonNode.Parse(await sent.Content.ReadAsStringAsync(Cancellation))!["proposal"]!["id"]!;
        Assert.Equal($"{Path}/{id}", sent.Headers.Location!.OriginalString);
        await ExpectAsync(404, api.Anna.GetAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation));
        await ExpectAsync(409, api.Bert.PostAsync(CertificatesPath, Form(TestFiles.Pem(root)), Cancellation), "AlreadyProposed");

        Assert.Contains((await ExpectAsync(200, api.Reader.GetAsync(Path, Cancellation)))["value"]!.AsArray(), p =>
            (long)p!["id"]! == id && (string)p["state"]! == "Waiting");
        var details = await ExpectAsync(200, api.Reader.GetAsync($"{Path}/{id}", Cancellation));
        var certificate = Assert.Single(details["proposal"]!["certificates"]!.AsArray())!;
        Assert.Equal(("Corp Root", Sha256(root), true), ((string)certificate["name"]!, (string)certificate["sha256"]!, (bool)certificate["isAddition"]!));
        Assert.Equal(
            ("Add", "anna@example.org", "CHG-1"),
            ((string)details["proposal"]!["kind"]!, (string)details["proposal"]!["by"]!, (string)details["proposal"]!["reason"]!));
        Assert.NotNull(certificate["findings"]);
        Assert.True((bool)details["canBeMade"]!);
        Assert.Equal(1, (int)details["trustStores"]![0]!["adds"]!);
        var revision = (long)details["revision"]!;

        await ExpectAsync(403, DecideAsync(api.Anna, id, "approve", new { revision }), "ApprovalRefused");
        await ExpectAsync(403, DecideAsync(api.Bert, id, "withdraw"), "ApprovalRefused");
        await ExpectAsync(400, DecideAsync(api.Bert, id, "approve", new { reason = "no revision" }), "BadRequest");
        await ExpectAsync(409, DecideAsync(api.Bert, id, "approve", new { revision = revision - 1 }), "Stale");
        var made = await ExpectAsync(200, DecideAsync(api.Bert, id, "approve", new { revision, reason = "seen" }));
        Assert.Equal((revision + 1, "Installed"), ((long)made["revision"]!, (string)made["trustStores"]![0]!["state"]!));

        Assert.Equal("anna@example.org", (string)(await ExpectAsync(200, api.Reader.GetAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation)))["addedBy"]!);
        var decided = (await ExpectAsync(200, api.Reader.GetAsync($"{Path}/{id}", Cancellation)))["proposal"]!;
        Assert.Equal(
            ("Approved", "bert@example.org", "seen", revision + 1),
            ((string)decided["state"]!, (string)decided["decidedBy"]!, (string)decided["decisionReason"]!, (long)decided["revision"]!));
        await ExpectAsync(409, DecideAsync(api.Bert, id, "reject", new { }), "NotWaiting");

        var deletion = await ExpectAsync(202, api.Bert.DeleteAsync($"{CertificatesPath}/{Sha256(root)}", Cancellation));
        Assert.Equal("Withdrawn", (string)(await ExpectAsync(200, DecideAsync(api.Bert, (long)deletion["proposal"]!["id"]!, "withdraw")))["state"]!);
        var snapshot = (long)(await ExpectAsync(200, api.Bert.GetAsync("/api/v1/snapshots", Cancellation)))["value"]![0]!["id"]!;
        var restore = await ExpectAsync(202, api.Bert.PostAsync($"/api/v1/snapshots/{snapshot}/restore", null, Cancellation));
        var rejected = await ExpectAsync(200, DecideAsync(api.Anna, (long)restore["proposal"]!["id"]!, "reject", new { reason = "not ours" }));
        Assert.Equal(("Rejected", "not ours"), ((string)rejected["state"]!, (string)rejected["decisionReason"]!));
    }

    [Fact]
    public async Task Decisions_OnNothing_AreNotFound()
    {
        await ExpectAsync(404, api.Bert.GetAsync($"{Path}/999", Cancellation), "NotFound");
        await ExpectAsync(404, DecideAsync(api.Bert, 999, "approve", new { revision = 0 }), "NotFound");
        await ExpectAsync(404, DecideAsync(api.Bert, 999, "reject", new { }), "NotFound");
        await ExpectAsync(404, DecideAsync(api.Bert, 999, "withdraw"), "NotFound");
    }

    private static Task<HttpResponseMessage> DecideAsync(HttpClient client, long id, string decision, object? body = null) =>
        client.PostAsync($"{Path}/{id}/{decision}", body is null ? null : Json(body), Cancellation);

    /// <summary>A portal that needs two administrators, and callers that it takes for persons.</summary>
    public sealed class Fixture : IAsyncDisposable
    {
        private readonly PortalFactory _portal = new PortalFactory()
            .With("CaPortal:FourEyes:Enabled", "true")
            .With("AzureAd:Instance", "https://login.example/")
            .With("AzureAd:TenantId", "0a1b2c3d-0000-4000-8000-000000000001")
            .With("AzureAd:ClientId", "0a1b2c3d-0000-4000-8000-000000000002")
            .With("AzureAd:ClientSecret", "a-secret-of-the-tests")
            .WithServices(services =>
                services.AddTransient<Persons>().Configure<AuthenticationOptions>(o => o.SchemeMap[Schemes.ApiKey].HandlerType = typeof(Persons)));

        public HttpClient Anna => field ??= _portal.CreateApiClient("anna@example.org");

        public HttpClient Bert => field ??= _portal.CreateApiClient("bert@example.org");

        public HttpClient Reader => field ??= _portal.CreateApiClient("reader");

        public ValueTask DisposeAsync() => _portal.DisposeAsync();
    }

    /// <summary>Takes the bearer for a person's name, as a token of Entra ID names it.</summary>
    private sealed class Persons(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(
                ApiKeyHandler.KeyOf(Request) is { } name
                    ? AuthenticateResult.Success(
                        new AuthenticationTicket(
                            PortalIdentity.Create(name, name == "reader" ? AppRoles.Reader : AppRoles.Administrator, "Persons"),
                            Scheme.Name))
                    : AuthenticateResult.NoResult());
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ProposalsApiTestsOnPostgres(ProposalsApiTests.Fixture api) : ProposalsApiTests(api);
