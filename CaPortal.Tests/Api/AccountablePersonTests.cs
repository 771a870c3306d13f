using CaPortal.Authentication;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

/// <summary>Four eyes over REST: who may propose and decide, by what they sign in with.</summary>
public sealed class AccountablePersonTests(AccountablePersonTests.Fixture api) : IClassFixture<AccountablePersonTests.Fixture>
{
    private const string ProposalsPath = "/api/v1/proposals";
    private const string KeysPath = "/api/v1/api-keys";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public enum Caller
    {
        /// <summary>With a token of Entra ID that names the person.</summary>
        Anna,

        /// <summary>As Anna, by a token that names nobody.</summary>
        PersonWithoutName,

        /// <summary>With the key of the settings.</summary>
        SettingsKey,

        /// <summary>With a token that an application has got for itself.</summary>
        Application,

        /// <summary>With a key that Anna made.</summary>
        KeyOfAnna,

        /// <summary>With a key that was made with a key of Anna.</summary>
        KeyOfKeyOfAnna,

        /// <summary>With a key that was made with the key of the settings.</summary>
        KeyOfSettingsKey,

        /// <summary>With a key that an application made.</summary>
        KeyOfApplication,

        /// <summary>With a key that has no record of whether a person made it.</summary>
        KeyOfLongAgo,
    }

    [Theory]
    [InlineData(Caller.Anna, true)]
    [InlineData(Caller.KeyOfAnna, true)]
    [InlineData(Caller.KeyOfKeyOfAnna, true)]
    [InlineData(Caller.PersonWithoutName, false)]
    [InlineData(Caller.SettingsKey, false)]
    [InlineData(Caller.Application, false)]
    [InlineData(Caller.KeyOfSettingsKey, false)]
    [InlineData(Caller.KeyOfApplication, false)]
    [InlineData(Caller.KeyOfLongAgo, false)]
    public async Task Propose_ByWhoeverSignsIn_NeedsAPersonWhoAnswersForIt(Caller caller, bool mayPropose)
    {
        using var root = TestCertificates.Root();
        var client = await api.ClientAsync(caller);

        if (!mayPropose)
        {
            var refused = await ExpectAsync(403, ProposeAsync(client, TestFiles.Pem(root)), "PersonRequired");
            Assert.Contains("API key that a person made", (string)refused["detail"]!, StringComparison.Ordinal);
            Assert.DoesNotContain(
                Sha256(root),
                (await ExpectAsync(200, client.GetAsync(ProposalsPath, Cancellation))).ToJsonString(),
                StringComparison.Ordinal);
            Assert.Contains(
                Sha256(root),
                (await ExpectAsync(200, client.GetAsync("/api/v1/activity?category=Refusal", Cancellation))).ToJsonString(),
                StringComparison.Ordinal);
            return;
        }

        var id = (long)(await ExpectAsync(202, ProposeAsync(client, TestFiles.Pem(root))))["proposal"]!["id"]!;
        var anna = await api.ClientAsync(Caller.Anna);
        await ExpectAsync(403, DecideAsync(anna, id, "approve"), "ApprovalRefused");
        await ExpectAsync(403, DecideAsync(anna, id, "reject"), "ApprovalRefused");
        await ExpectAsync(200, DecideAsync(api.Bert, id, "approve"));
    }

    [Theory]
    [InlineData(Caller.PersonWithoutName)]
    [InlineData(Caller.SettingsKey)]
    [InlineData(Caller.Application)]
    [InlineData(Caller.KeyOfAnna)]
    [InlineData(Caller.KeyOfSettingsKey)]
    [InlineData(Caller.KeyOfApplication)]
    [InlineData(Caller.KeyOfLongAgo)]
    public async Task Decide_ByWhoeverIsNoPerson_IsRefused(Caller caller)
    {
        using var root = TestCertificates.Root();
        var id = (long)(await ExpectAsync(202, ProposeAsync(api.Bert, TestFiles.Pem(root))))["proposal"]!["id"]!;
        var client = await api.ClientAsync(caller);

        foreach (var decision in new[] { "approve", "reject", "withdraw" })
            await ExpectAsync(403, DecideAsync(client, id, decision), "ApprovalRefused");

        await ExpectAsync(200, DecideAsync(api.Bert, id, "withdraw"));
    }

    [Fact]
    public async Task Approve_WhatNobodyIsKnownToAnswerFor_IsRefusedToAllAndCanBeRejected()
    {
        using var root = TestCertificates.Root();
        var id = (long)(await ExpectAsync(202, ProposeAsync(api.Bert, TestFiles.Pem(root))))["proposal"]!["id"]!;
        await api.ExecuteAsync($"UPDATE proposed_change SET person = '' WHERE id = {id}");
        var anna = await api.ClientAsync(Caller.Anna);

        var view = await ExpectAsync(200, anna.GetAsync($"{ProposalsPath}/{id}", Cancellation));
        Assert.False((bool)view["canBeMade"]!);
        await ExpectAsync(403, DecideAsync(anna, id, "approve"), "ApprovalRefused");
        await ExpectAsync(403, DecideAsync(anna, id, "withdraw"), "ApprovalRefused");
        await ExpectAsync(200, DecideAsync(anna, id, "reject"));
    }

    private static Task<HttpResponseMessage> ProposeAsync(HttpClient client, byte[] file) => client.PostAsync(CertificatesPath, Form(file), Cancellation);

    private static async Task<HttpResponseMessage> DecideAsync(HttpClient client, long id, string decision)
    {
        var revision = (long?)(await ExpectAsync(200, client.GetAsync($"{ProposalsPath}/{id}", Cancellation)))["revision"] ?? 0;
        return await client.PostAsync(
            $"{ProposalsPath}/{id}/{decision}",
            decision switch { "approve" => Json(new { revision }), "reject" => Json(new { }), _ => null },
            Cancellation);
    }

    /// <summary>A portal that needs two administrators, with the keys and tokens that it really takes.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private readonly Dictionary<Caller, HttpClient> _clients = [];
        private EntraProvider _entra = null!;
        private PortalFactory _portal = null!;

        public HttpClient Bert { get; private set; } = null!;

        public Task ExecuteAsync(string sql) => _portal.ExecuteAsync(sql);

        public async ValueTask InitializeAsync()
        {
            _entra = await EntraProvider.StartAsync(Cancellation);
            _portal = _entra.CreatePortal().With("CaPortal:FourEyes:Enabled", "true");
            Bert = _portal.CreateApiClient(_entra.CreatePersonsToken("bert@example.org"));
        }

        public async Task<HttpClient> ClientAsync(Caller caller)
        {
            if (!_clients.TryGetValue(caller, out var client))
                _clients[caller] = client = _portal.CreateApiClient(await BearerAsync(caller));
            return client;
        }

        public async ValueTask DisposeAsync()
        {
            await _portal.DisposeAsync();
            await _entra.DisposeAsync();
        }

        private async Task<string> BearerAsync(Caller caller) => caller switch
        {
            Caller.Anna => _entra.CreatePersonsToken("anna@example.org"),
            Caller.PersonWithoutName => _entra.CreatePersonsToken(null),
            Caller.SettingsKey => PortalFactory.ApiKey,
            Caller.Application => _entra.CreateAccessToken([AppRoles.Administrator]),
            Caller.KeyOfAnna => await KeyAsync(Caller.Anna, caller),
            Caller.KeyOfKeyOfAnna => await KeyAsync(Caller.KeyOfAnna, caller),
            Caller.KeyOfSettingsKey => await KeyAsync(Caller.SettingsKey, caller),
            Caller.KeyOfApplication => await KeyAsync(Caller.Application, caller),
            _ => await KeyOfLongAgoAsync(),
        };

        private async Task<string> KeyOfLongAgoAsync()
        {
            var key = await KeyAsync(Caller.Anna, Caller.KeyOfLongAgo);
            await ExecuteAsync($"UPDATE api_key SET person = NULL WHERE name = '{Caller.KeyOfLongAgo}'");
            return key;
        }

        private async Task<string> KeyAsync(Caller maker, Caller name)
        {
            var client = await ClientAsync(maker);
            return (string)
                (await ExpectAsync(201, client.PostAsync(KeysPath, Json(new { name = name.ToString(), role = "Administrator" }), Cancellation)))["key"]!;
        }
    }
}
