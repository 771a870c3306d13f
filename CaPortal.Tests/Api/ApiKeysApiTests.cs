using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;
using static CaPortal.Tests.Api.ApiFixture;

namespace CaPortal.Tests.Api;

public class ApiKeysApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Path = "/api/v1/api-keys";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Key_CreatedListedAndRevoked_IsShownOnce()
    {
        using var answer = await api.Administrator.PostAsync(
            Path,
            Json(
                new
                {
                    name = "deploy",
                    role = "reader",
                    expiresAt = "2999-01-31T00:00:00+01:00",
                }),
            Cancellation);
        var created = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
        var key = (string)created["key"]!;

        Assert.Equal((201, Path), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Equal(
            ("deploy", "Reader", "Active", "API key", "2999-01-30T23:00:00Z", key[..17]),
            ((string)created["name"]!, (string)created["role"]!, (string)created["status"]!, (string)created["createdBy"]!,
                (string)created["expiresAt"]!, (string)created["prefix"]!));
        Assert.DoesNotContain(key[18..], (await api.GetAsync(Path)).ToJsonString(), StringComparison.Ordinal);

        using (var revoked = await api.Administrator.DeleteAsync($"{Path}/{created["id"]}", Cancellation))
            Assert.Equal(204, (int)revoked.StatusCode);
        await ExpectAsync(404, api.Administrator.DeleteAsync($"{Path}/{created["id"]}", Cancellation), "NotFound");
        var listed = (await api.GetAsync(Path))["value"]!.AsArray().Single(k => (string)k!["prefix"]! == key[..17])!;
        Assert.Equal(("Revoked", "API key"), ((string)listed["status"]!, (string)listed["revokedBy"]!));
        Assert.DoesNotContain(listed.AsObject(), p => p.Key is "key" or "hash" or "salt");
    }

    [Theory]
    [InlineData("""{ "role": "Reader" }""", 422, "ApiKeyRefused")]
    [InlineData("""{ "name": "x\u0007", "role": "Reader" }""", 422, "ApiKeyRefused")]
    [InlineData("""{ "name": "x", "role": "Reader", "expiresAt": "2020-01-01T00:00:00Z" }""", 422, "ApiKeyRefused")]
    [InlineData("""{ "name": "x", "role": "Reader", "expiresAt": "tomorrow" }""", 400, "BadRequest")]
    [InlineData("""{ "name": "x", "role": "0" }""", 400, "BadRequest")]
    [InlineData("""{ "name": "x", "role": "Owner" }""", 400, "BadRequest")]
    [InlineData("""{ "name": "x" }""", 400, "BadRequest")]
    [InlineData("""{ "name": 7 }""", 400, "BadRequest")]
    [InlineData("nothing", 400, "BadRequest")]
    public async Task Create_WhatCannotBe_IsRefused(string body, int status, string code)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        await ExpectAsync(status, api.Administrator.PostAsync(Path, content, Cancellation), code);
    }

    [Fact]
    public async Task Create_WithoutJson_IsUnsupported() =>
        await ExpectAsync(415, api.Administrator.PostAsync(Path, new StringContent("name=x"), Cancellation), "UnsupportedMediaType");
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ApiKeysApiTestsOnPostgres(ApiFixture api) : ApiKeysApiTests(api);
