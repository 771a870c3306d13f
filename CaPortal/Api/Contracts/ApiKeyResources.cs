using System.ComponentModel;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;

namespace CaPortal.Api.Contracts;

/// <summary>All API keys that administrators made.</summary>
public sealed record ApiKeyList
{
    [Description("Those that are not revoked by name, then the revoked.")]
    public required IReadOnlyList<ApiKeyResource> Value { get; init; }
}

/// <summary>What is known of an API key.</summary>
public record ApiKeyResource
{
    public required long Id { get; init; }

    public required string Name { get; init; }

    public required Role Role { get; init; }

    [Description("The beginning of the key, by which keys can be told apart.")]
    public required string Prefix { get; init; }

    public required ApiKeyStatus Status { get; init; }

    [Description("Who made it.")]
    public required string CreatedBy { get; init; }

    public required DateTime CreatedAt { get; init; }

    [Description("From when on it is refused; absent: never.")]
    public DateTime? ExpiresAt { get; init; }

    [Description("When it was used last, to about a minute; absent: never.")]
    public DateTime? LastUsedAt { get; init; }

    public DateTime? RevokedAt { get; init; }

    [Description("Who revoked it.")]
    public string? RevokedBy { get; init; }
}

/// <summary>An API key that has just been made.</summary>
public sealed record CreatedApiKey : ApiKeyResource
{
    [Description("The key itself, which is nowhere kept: it cannot be asked for again.")]
    public required string Key { get; init; }
}

/// <summary>An API key to be made.</summary>
public sealed record CreateApiKeyRequest
{
    [Description("What people call it: 1 to 100 characters, unlike the names of all keys that are not revoked.")]
    public string? Name { get; init; }

    [Description("Reader or Administrator.")]
    public string? Role { get; init; }

    [Description("From when on it is refused, such as 2027-01-31T00:00:00Z; UTC where it names no offset. Absent: never.")]
    public string? ExpiresAt { get; init; }
}
