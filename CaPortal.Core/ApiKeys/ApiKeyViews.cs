using CaPortal.Core.Access;

namespace CaPortal.Core.ApiKeys;

/// <summary>Whether an API key is accepted.</summary>
public enum ApiKeyStatus
{
    /// <summary>It is.</summary>
    Active,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>An administrator has revoked it.</summary>
    Revoked,
}

/// <summary>What is known of an API key. Neither the key nor its hash is part of it.</summary>
public sealed record ApiKeySummary
{
    /// <summary>Key of the row.</summary>
    public required long Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>What its holder may do.</summary>
    public required Role Role { get; init; }

    /// <summary>The beginning of the key, by which people tell keys apart. No secret.</summary>
    public required string Prefix { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>The person who is accountable for what is done with it; null if no person is known to have made it.</summary>
    public required string? Person { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>From when on it is refused, UTC; null: never.</summary>
    public required DateTime? ExpiresAt { get; init; }

    /// <summary>When it was used last, UTC, to about a minute; null: never.</summary>
    public required DateTime? LastUsedAt { get; init; }

    /// <summary>When it was revoked, UTC; null if it was not.</summary>
    public required DateTime? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public required string? RevokedBy { get; init; }

    /// <summary>Whether it is accepted, as of when this was read.</summary>
    public required ApiKeyStatus Status { get; init; }
}

/// <summary>What came of creating or revoking an API key.</summary>
public abstract record ApiKeyOutcome
{
    private ApiKeyOutcome()
    {
    }

    /// <summary>The key exists and works.</summary>
    /// <param name="Summary">What is known of it from now on.</param>
    /// <param name="Key">The key itself, which is kept nowhere: the person who asked for it sees it now and never again.</param>
    public sealed record Created(ApiKeySummary Summary, string Key) : ApiKeyOutcome
    {
        /// <summary>Without the key, so that no log shows it.</summary>
        public override string ToString() => $"{nameof(Created)} {Summary.Prefix}";
    }

    /// <summary>The key is refused from now on.</summary>
    public sealed record Revoked : ApiKeyOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Revoked Instance = new();
    }

    /// <summary>It may not be made as it is; nothing was changed.</summary>
    /// <param name="Message">One sentence: why.</param>
    /// <param name="Advice">One sentence: what to do.</param>
    public sealed record Refused(string Message, string Advice) : ApiKeyOutcome;

    /// <summary>There is no such key, or it was revoked before.</summary>
    public sealed record NotFound : ApiKeyOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly NotFound Instance = new();
    }

    /// <summary>The actor may not do that; nothing was changed.</summary>
    public sealed record Forbidden : ApiKeyOutcome
    {
        /// <summary>The only value.</summary>
        public static readonly Forbidden Instance = new();
    }
}
