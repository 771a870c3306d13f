using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Core.Data;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.ApiKeys;

public class ApiKeyTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = FakeTime.FromNow();
    private TestCore _core = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ApiKeyService Keys => _core.Get<ApiKeyService>();

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    public async ValueTask InitializeAsync() => _core = await TestCore.StartAsync(time: _time);

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    [Fact]
    public async Task Create_ByAnAdministrator_GivesAKeyThatIsKnown()
    {
        var created = await CreateAsync("  deploy ", Role.Reader, Now.AddDays(30));

        Assert.Matches("^caportal_[0-9a-f]{8}_[0-9a-f]{64}$", created.Key);
        Assert.StartsWith(created.Summary.Prefix, created.Key, StringComparison.Ordinal);
        Assert.Equal(
            ("deploy", Role.Reader, TestCore.Anna.Name, ApiKeyStatus.Active),
            (created.Summary.Name, created.Summary.Role, created.Summary.CreatedBy, created.Summary.Status));
        Assert.Equal(created.Summary, await Keys.VerifyAsync(created.Key, Cancellation));
        Assert.DoesNotContain(created.Key, created.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_Twice_GivesDifferentSecretsSaltsAndHashes()
    {
        var (first, second) = (await CreateAsync("first"), await CreateAsync("second"));
        var rows = await _core.QueryAsync(db => db.ApiKeys.AsNoTracking().ToListAsync(Cancellation));

        Assert.NotEqual(first.Key[^64..], second.Key[^64..]);
        Assert.Equal(2, rows.Select(r => Convert.ToHexString(r.Salt)).Distinct().Count());
        Assert.All(rows, r => Assert.Equal((16, 32), (r.Salt.Length, r.Hash.Length)));
    }

    [Fact]
    public async Task Reader_OfThePortal_NeitherListsNorCreatesNorRevokes()
    {
        var created = await CreateAsync("deploy");

        Assert.Null(await Keys.ListAsync(TestCore.Reader, Cancellation));
        Assert.IsType<ApiKeyOutcome.Forbidden>(await Keys.CreateAsync("mine", Role.Reader, null, TestCore.Reader, Cancellation));
        Assert.IsType<ApiKeyOutcome.Forbidden>(await Keys.RevokeAsync(created.Summary.Id, TestCore.Reader, Cancellation));
        Assert.Single(await ListAsync());
        Assert.NotNull(await Keys.VerifyAsync(created.Key, Cancellation));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("the prefix of every key")]
    [InlineData("the key without its end")]
    [InlineData("the key with a digit more")]
    [InlineData("the key in capitals")]
    [InlineData("the key behind a space")]
    [InlineData("its name with zeros")]
    [InlineData("its name with another secret")]
    [InlineData("another name with its secret")]
    [InlineData("no name with its secret")]
    [InlineData("the key with hyphens")]
    [InlineData("as many letters")]
    public async Task Verify_AnythingButTheKey_IsUnknown(string what)
    {
        var key = (await CreateAsync("deploy")).Key;
        var other = (await CreateAsync("other")).Key;

        Assert.Null(await Keys.VerifyAsync(Wrong(), Cancellation));
        Assert.NotNull(await Keys.VerifyAsync(key, Cancellation));

        string Wrong() => what switch
        {
            "nothing" => "",
            "the prefix of every key" => "caportal_",
            "the key without its end" => key[..^1],
            "the key with a digit more" => key + "0",
            "the key in capitals" => key.ToUpperInvariant(),
            "the key behind a space" => " " + key,
            "its name with zeros" => key[..18] + new string('0', 64),
            "its name with another secret" => key[..18] + other[18..],
            "another name with its secret" => other[..18] + key[18..],
            "no name with its secret" => "caportal_00000000_" + key[18..],
            "the key with hyphens" => key.Replace('_', '-'),
            _ => new string('x', key.Length),
        };
    }

    [Fact]
    public async Task Verify_AfterItsTime_Fails()
    {
        var created = await CreateAsync("deploy", expiresAt: Now.AddDays(1));
        _time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        Assert.NotNull(await Keys.VerifyAsync(created.Key, Cancellation));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await Keys.VerifyAsync(created.Key, Cancellation));
        Assert.Equal(ApiKeyStatus.Expired, Assert.Single(await ListAsync()).Status);
    }

    [Fact]
    public async Task Revoke_AKeyInUse_TakesEffectAtOnceAndForGood()
    {
        var created = await CreateAsync("deploy");
        Assert.NotNull(await Keys.VerifyAsync(created.Key, Cancellation));
        Assert.IsType<ApiKeyOutcome.Revoked>(await Keys.RevokeAsync(created.Summary.Id, TestCore.Bert, Cancellation));

        Assert.Null(await Keys.VerifyAsync(created.Key, Cancellation));
        Assert.IsType<ApiKeyOutcome.NotFound>(await Keys.RevokeAsync(created.Summary.Id, TestCore.Bert, Cancellation));
        var summary = Assert.Single(await ListAsync());
        Assert.Equal((ApiKeyStatus.Revoked, TestCore.Bert.Name, Now), (summary.Status, summary.RevokedBy, summary.RevokedAt));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("two\nlines")]
    [InlineData("turned \u202E around")]
    public async Task Create_NameThatIsNone_IsRefused(string name) =>
        Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync(name, Role.Reader, null, TestCore.Anna, Cancellation));

    [Fact]
    public async Task Create_NameOfAHundredCharacters_IsTheLongest()
    {
        await CreateAsync(new string('n', 100));

        Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync(new string('m', 101), Role.Reader, null, TestCore.Anna, Cancellation));
    }

    [Fact]
    public async Task Create_NameOfAnother_IsRefusedUntilThatIsRevoked()
    {
        var first = await CreateAsync("deploy");

        Assert.Contains(
            "already",
            Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync("Deploy", Role.Reader, null, TestCore.Anna, Cancellation)).Message,
            StringComparison.Ordinal);
        await Keys.RevokeAsync(first.Summary.Id, TestCore.Anna, Cancellation);
        await CreateAsync("Deploy");
    }

    [Fact]
    public async Task Create_ExpiryOrRoleThatCannotBe_IsRefused()
    {
        Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync("deploy", Role.Reader, Now, TestCore.Anna, Cancellation));
        Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync("deploy", (Role)7, null, TestCore.Anna, Cancellation));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Create_BeyondTheBound_TakesThePlaceOfTheOneRevokedFirst()
    {
        await _core.WriteAsync(db =>
        {
            db.AddRange(Enumerable.Range(1, 1000).Select(i => new ApiKey
            {
                Name = $"key {i}",
                Role = "Reader",
                Prefix = $"caportal_{i}",
                Salt = [0],
                Hash = [0],
                CreatedBy = "anna",
                CreatedAt = Now,
            }));
            return Task.FromResult(true);
        });
        Assert.IsType<ApiKeyOutcome.Refused>(await Keys.CreateAsync("one more", Role.Reader, null, TestCore.Anna, Cancellation));
        foreach (var day in (int[])[7, 3, 5])
            await _core.ExecuteAsync($"UPDATE api_key SET revoked_at = '2026-02-0{day} 00:00:00' WHERE name = 'key {day}'");

        await CreateAsync("one more");
        Assert.Equal(1000, (await ListAsync()).Count);
        Assert.Equal(["key 5", "key 7"], (await ListAsync()).Where(k => k.Status == ApiKeyStatus.Revoked).Select(k => k.Name).Order());
    }

    [Fact]
    public async Task Verify_Again_NotesTheUseOnceAMinute()
    {
        var key = (await CreateAsync("deploy")).Key;
        Assert.Null(Assert.Single(await ListAsync()).LastUsedAt);
        var first = Now;
        Assert.Equal(first, await UseAsync());

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(first, await UseAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Now, await UseAsync());

        async Task<DateTime?> UseAsync()
        {
            Assert.NotNull(await Keys.VerifyAsync(key, Cancellation));
            await Keys.UsesWrittenAsync();
            return Assert.Single(await ListAsync()).LastUsedAt;
        }
    }

    [Fact]
    public async Task Verify_WhileAnotherProgramWrites_IsAnsweredAndNotedLater()
    {
        var key = (await CreateAsync("deploy")).Key;
        await using (await _core.WriteElsewhereAsync())
        {
            Assert.NotNull(await Keys.VerifyAsync(key, Cancellation));
            Assert.Null(Assert.Single(await ListAsync()).LastUsedAt);
        }

        await Keys.UsesWrittenAsync();
        Assert.Equal(Now, Assert.Single(await ListAsync()).LastUsedAt);
    }

    [Fact]
    public async Task Verify_WhereTheUseCannotBeWritten_StillKnowsTheKey()
    {
        var key = (await CreateAsync("deploy")).Key;
        await _core.ExecuteAsync(_core.Postgres is null
            ? "CREATE TRIGGER no_use BEFORE UPDATE ON api_key BEGIN SELECT RAISE(ABORT, 'not now'); END"
            : "ALTER TABLE api_key ADD CONSTRAINT no_use CHECK (last_used_at IS NULL)");

        Assert.NotNull(await Keys.VerifyAsync(key, Cancellation));
        await Keys.UsesWrittenAsync();
        await _core.ExecuteAsync(_core.Postgres is null ? "DROP TRIGGER no_use" : "ALTER TABLE api_key DROP CONSTRAINT no_use");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await Keys.VerifyAsync(key, Cancellation));
        await Keys.UsesWrittenAsync();
        Assert.Equal(Now, Assert.Single(await ListAsync()).LastUsedAt);
    }

    [Fact]
    public async Task Verify_WithoutTheDatabase_SaysThatNobodyKnows()
    {
        var key = (await CreateAsync("deploy")).Key;
        using var missing = _core.WithoutDatabase();

        await Assert.ThrowsAsync<DatabaseException>(() => Keys.VerifyAsync(key, Cancellation));
        Assert.Null(await Keys.VerifyAsync("no key at all", Cancellation));
    }

    [Fact]
    public async Task Changes_OfKeys_AreRecordedAndTold()
    {
        var told = 0;
        Keys.Changed += () => Interlocked.Increment(ref told);
        var program = new Actor("API key \"first\"", Role.Administrator, "192.0.2.1") { OnBehalfOf = TestCore.Bert.Name, IsProgram = true };
        var created = Assert.IsType<ApiKeyOutcome.Created>(await Keys.CreateAsync("deploy", Role.Administrator, Now.AddDays(1), program, Cancellation));
        await Keys.RevokeAsync(created.Summary.Id, TestCore.Anna, Cancellation);

        Assert.Equal(2, told);
        Assert.Equal(TestCore.Bert.Name, created.Summary.CreatedBy);
        var entries = await _core.QueryAsync(db => db.Activity.AsNoTracking().OrderBy(a => a.Sequence).ToListAsync(Cancellation));
        Assert.Equal(
            [("CreateApiKey", program.Name, "192.0.2.1"), ("RevokeApiKey", TestCore.Anna.Name, "127.0.0.1")],
            entries.Select(e => (e.Action, e.Actor, e.Source)));
        Assert.All(entries, e =>
        {
            Assert.Contains(
                $"\"name\":\"deploy\",\"role\":\"Administrator\",\"prefix\":\"{created.Summary.Prefix}\",\"expiresAt\":\"",
                e.Details,
                StringComparison.Ordinal);
            Assert.DoesNotContain(created.Key[^64..], e.Details, StringComparison.Ordinal);
        });
    }

    private async Task<ApiKeyOutcome.Created> CreateAsync(string name, Role role = Role.Administrator, DateTime? expiresAt = null) =>
        Assert.IsType<ApiKeyOutcome.Created>(await Keys.CreateAsync(name, role, expiresAt, TestCore.Anna, Cancellation));

    private async Task<IReadOnlyList<ApiKeySummary>> ListAsync() => (await Keys.ListAsync(TestCore.Anna, Cancellation))!;
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ApiKeyTestsOnPostgres : ApiKeyTests;
