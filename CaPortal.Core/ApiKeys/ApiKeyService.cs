using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Core.ApiKeys;

/// <summary>
/// API keys: programs use the portal with them. Page and API both call this service, and it checks the actor's role itself.
/// Each request looks its key up again, so that a revoked key is refused from the next request on.
/// </summary>
public sealed class ApiKeyService : IAsyncDisposable
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxNameLength = 100;

    /// <summary>How many keys there may be, with those that were revoked and are still listed.</summary>
    public const int MaxKeys = 1000;

    private readonly PortalDatabase _database;
    private readonly DatabaseWriter _writer;
    private readonly TimeProvider _time;
    private readonly ActivityRecorder _recorder;
    private readonly ApiKeyUses _uses;

    /// <summary>Creates it.</summary>
    public ApiKeyService(PortalDatabase database, DatabaseWriter writer, TimeProvider time, ActivityRecorder recorder, PeerChanges peers)
    {
        peers.On(() => Changed?.Invoke(), typeof(ApiKey));
        (_database, _writer, _time, _recorder) = (database, writer, time, recorder);
        _uses = new ApiKeyUses(writer, () => Changed?.Invoke());
    }

    /// <summary>Raised after a key was created, revoked or used. Handlers return at once and never throw.</summary>
    public event Action? Changed;

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    /// <summary>All keys: those that are not revoked by name, then the revoked, the last one first.</summary>
    /// <param name="actor">Who asks; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The keys; null if the actor may not see them.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<ApiKeySummary>?> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        if (!await MayAsync(actor, "ListApiKeys"))
            return null;
        var rows = await _database.RunAsync(db => db.ApiKeys.AsNoTracking().ToListAsync(cancellationToken), cancellationToken);
        return
        [
            .. rows.OrderByDescending(k => k.RevokedAt ?? DateTime.MaxValue)
                .ThenBy(k => k.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(k => k.Id)
                .Select(SummaryOf),
        ];
    }

    /// <summary>Makes a key.</summary>
    /// <param name="name">What people call it: 1 to <see cref="MaxNameLength"/> characters, unlike those of all keys that are not revoked.</param>
    /// <param name="role">What its holder may do.</param>
    /// <param name="expiresAtUtc">From when on it is refused, UTC; null: never.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels what has not been committed.</param>
    /// <exception cref="DatabaseException" />
    public async Task<ApiKeyOutcome> CreateAsync(string name, Role role, DateTime? expiresAtUtc, Actor actor, CancellationToken cancellationToken)
    {
        if (!await MayAsync(actor, ActivityActions.CreateApiKey, DisplayText.Shorten(name)))
            return ApiKeyOutcome.Forbidden.Instance;
        name = name.Trim();
        if (Check(name, role, expiresAtUtc) is { } refused)
            return refused;

        var outcome = await _writer.WriteAsync<ApiKeyOutcome>(
            async db =>
            {
                if (await MakeRoomAsync(db, name, cancellationToken) is { } noRoom)
                    return new(noRoom);
                var (row, key) = await NewAsync(db, name, role, cancellationToken);
                (row.CreatedBy, row.Person, row.CreatedAt, row.ExpiresAt) = (actor.Person ?? actor.Name, actor.Person, Now, expiresAtUtc);
                db.Add(row);

                // Its number goes into the answer.
                await db.SaveChangesAsync(cancellationToken);
                return new(new ApiKeyOutcome.Created(SummaryOf(row), key), EntryOf(actor, ActivityActions.CreateApiKey, row));
            },
            cancellationToken);
        if (outcome is ApiKeyOutcome.Created)
            Changed?.Invoke();
        return outcome;
    }

    /// <summary>Revokes a key: it is refused from now on, for good.</summary>
    /// <param name="id">The key.</param>
    /// <param name="actor">Who acts; must be an administrator.</param>
    /// <param name="cancellationToken">Cancels what has not been committed.</param>
    /// <exception cref="DatabaseException" />
    public async Task<ApiKeyOutcome> RevokeAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        if (!await MayAsync(actor, ActivityActions.RevokeApiKey, id))
            return ApiKeyOutcome.Forbidden.Instance;
        var outcome = await _writer.WriteAsync<ApiKeyOutcome>(
            async db =>
            {
                if (await db.ApiKeys.SingleOrDefaultAsync(k => k.Id == id && k.RevokedAt == null, cancellationToken) is not { } row)
                    return new(ApiKeyOutcome.NotFound.Instance);
                (row.RevokedAt, row.RevokedBy) = (Now, actor.Name);
                return new(ApiKeyOutcome.Revoked.Instance, EntryOf(actor, ActivityActions.RevokeApiKey, row));
            },
            cancellationToken);
        if (outcome is ApiKeyOutcome.Revoked)
            Changed?.Invoke();
        return outcome;
    }

    /// <summary>Finds whose key it is. The use of the key is recorded later; nobody waits for that.</summary>
    /// <returns>What is known of the key; null if it is unknown, expired or revoked.</returns>
    /// <exception cref="DatabaseException">The database cannot be used now, so that nobody knows.</exception>
    public async Task<ApiKeySummary?> VerifyAsync(string key, CancellationToken cancellationToken)
    {
        if (KeyText.PrefixOf(key) is not { } prefix)
            return null;
        var row = await _database.RunAsync(db => db.ApiKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Prefix == prefix, cancellationToken), cancellationToken);
        if (!KeyText.Matches(key, row?.Salt, row?.Hash) || row is null || SummaryOf(row) is not { Status: ApiKeyStatus.Active } summary)
            return null;
        _uses.Note(row, Now);
        return summary;
    }

    /// <summary>Waits for what is still being written.</summary>
    public ValueTask DisposeAsync() => _uses.DisposeAsync();

    /// <summary>Waits until the uses so far are written, or could not be.</summary>
    internal Task UsesWrittenAsync() => _uses.WrittenAsync();

    private async Task<bool> MayAsync(Actor actor, string attempted, object? what = null)
    {
        if (actor.Role == Role.Administrator)
            return true;
        await _recorder.ForbiddenAsync(actor, attempted, what);
        return false;
    }

    private ApiKeyOutcome.Refused? Check(string name, Role role, DateTime? expiresAt) =>
        name.Length is 0 or > MaxNameLength ? new($"The name must have 1 to {MaxNameLength} characters.", "Call it by the program that will use it.")
        : DisplayText.HasInvisible(name) ? new("The name has characters that are not shown.", "Use letters, digits, blanks and signs.")
        : !Enum.IsDefined(role) ? new("There is no such role.", $"Choose {nameof(Role.Reader)} or {nameof(Role.Administrator)}.")
        : expiresAt <= Now ? new("The key would have expired already.", "Choose a time in the future, or none.")
        : null;

    /// <summary>The activity log keeps what was revoked, so that the list need not.</summary>
    private static async Task<ApiKeyOutcome.Refused?> MakeRoomAsync(PortalDb db, string name, CancellationToken cancellationToken)
    {
        var rows = await db.ApiKeys.ToListAsync(cancellationToken);
        if (rows.Any(k => k.RevokedAt is null && k.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            return new($"There is a key '{name}' already.", "Choose another name, or revoke that key first.");
        if (rows.Count < MaxKeys)
            return null;
        if (rows.Where(k => k.RevokedAt is not null).MinBy(k => k.RevokedAt) is not { } oldest)
            return new($"There are {MaxKeys:N0} keys, and there may not be more.", "Revoke those that no program uses.");
        db.Remove(oldest);
        return null;
    }

    private static async Task<(ApiKey Row, string Key)> NewAsync(PortalDb db, string name, Role role, CancellationToken cancellationToken)
    {
        string prefix;
        do
            prefix = KeyText.NewPrefix();
        while (await db.ApiKeys.AnyAsync(k => k.Prefix == prefix, cancellationToken));
        var (key, salt) = (KeyText.NewKey(prefix), KeyText.NewSalt());
        return (new ApiKey { Name = name, Role = role.ToString(), Prefix = prefix, Salt = salt, Hash = KeyText.Hash(key, salt), CreatedBy = "" }, key);
    }

    private static ActivityDraft EntryOf(Actor actor, string action, ApiKey row) =>
        new(actor.Name, actor.Role.ToString(), actor.Source, action, null, null, null, new { row.Name, row.Role, row.Prefix, row.ExpiresAt });

    private ApiKeySummary SummaryOf(ApiKey row) => new()
    {
        Id = row.Id,
        Name = row.Name,
        // What another program wrote there gives no rights.
        Role = Enum.TryParse<Role>(row.Role, out var role) && Enum.IsDefined(role) ? role : Role.Reader,
        Prefix = row.Prefix,
        CreatedBy = row.CreatedBy,
        Person = row.Person,
        CreatedAt = row.CreatedAt,
        ExpiresAt = row.ExpiresAt,
        LastUsedAt = row.LastUsedAt,
        RevokedAt = row.RevokedAt,
        RevokedBy = row.RevokedBy,
        Status = row.RevokedAt is not null ? ApiKeyStatus.Revoked : row.ExpiresAt <= Now ? ApiKeyStatus.Expired : ApiKeyStatus.Active,
    };
}
