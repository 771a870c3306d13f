using CaPortal.Core.Clients;

namespace CaPortal.Core.Probing;

/// <summary>What one client makes of a presented chain.</summary>
/// <param name="Name">The client's name over REST; see <see cref="IClientEngine.Name"/>.</param>
/// <param name="Title">What people call it.</param>
/// <param name="Programs">Which programs decide as it does.</param>
/// <param name="Version">The version that was asked; null where it is not on this machine.</param>
/// <param name="Counts">Whether it counts for the verdict.</param>
/// <param name="IsAccepted">Whether it accepts the server; null where it gave no answer.</param>
/// <param name="Message">One sentence: what it does and why.</param>
public sealed record ClientJudgement(string Name, string Title, string Programs, string? Version, bool Counts, bool? IsAccepted, string Message)
{
    /// <summary>Why it refuses; null where it does not.</summary>
    public ClientProblem? Problem { get; init; }

    /// <summary>One sentence: on what its acceptance depends; null where on nothing.</summary>
    public string? Remark { get; init; }
}
