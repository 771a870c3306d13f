namespace CaPortal.Core.Management;

/// <summary>What somebody may do.</summary>
public enum Role
{
    /// <summary>Sees and downloads.</summary>
    Reader,

    /// <summary>Sees, downloads and changes.</summary>
    Administrator,
}

/// <summary>Who acts. Made once from the signed-in principal and passed as a parameter.</summary>
/// <param name="Name">The name that the activity log shows.</param>
/// <param name="Role">What the actor may do.</param>
/// <param name="Source">From where: the remote address, or the name of the part of the portal that acts by itself.</param>
public sealed record Actor(string Name, Role Role, string Source)
{
    /// <summary>The person who made the API key that is used; null where somebody acts in person, or the key stands in the settings.</summary>
    public string? OnBehalfOf { get; init; }

    /// <summary>A program acts, with an API key or a token of its own, and no person.</summary>
    public bool IsProgram { get; init; }

    /// <summary>Who answers for what is done.</summary>
    public string Person => OnBehalfOf ?? Name;

    /// <summary>The portal itself: healing, purging, settling after a crash.</summary>
    public static Actor Portal { get; } = new("CaPortal", Role.Administrator, "portal");
}
