using System.ComponentModel;
using CaPortal.Core.Clients;

namespace CaPortal.Api.Contracts;

/// <summary>What one client makes of a server.</summary>
public sealed record ClientResource
{
    [Description("Its name in settings.")]
    public required string Name { get; init; }

    [Description("What people call it.")]
    public required string Title { get; init; }

    [Description("The version that was asked. Absent where it is not on this machine.")]
    public string? Version { get; init; }

    [Description("It counts for the verdict.")]
    public required bool Counts { get; init; }

    [Description("It accepts the server. Absent where it gave no answer.")]
    public bool? IsAccepted { get; init; }

    [Description("What it does, and why.")]
    public required string Message { get; init; }

    [Description("Why it refuses.")]
    public ClientProblem? Problem { get; init; }

    [Description("On what its acceptance depends.")]
    public string? Remark { get; init; }
}

/// <summary>What clients that are not on this machine refuse about a certificate of a chain.</summary>
public sealed record ChainRestrictionResource
{
    public required string Sha256 { get; init; }

    [Description("Who refuses it.")]
    public required IReadOnlyList<string> Clients { get; init; }

    [Description("Who refuses it, and why.")]
    public required string Message { get; init; }

    [Description("What to do.")]
    public required string Advice { get; init; }
}
