namespace CaPortal.Core.Access;

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
    /// <summary>The person who made the API key that is used; null if somebody acts in person, or no person is known to have made it.</summary>
    public string? OnBehalfOf { get; init; }

    /// <summary>A program acts, with an API key or a token of its own, and no person.</summary>
    public bool IsProgram { get; init; }

    /// <summary>
    /// Somebody acts in person, but nothing says who: signed in with the sign-in link, or with a token that names nobody.
    /// </summary>
    public bool IsAnonymous { get; init; }

    /// <summary>
    /// The person who is accountable for what is done: who acts in person, or made the API key that is used. Null if there is
    /// none: the key of the settings, an application's own token, a key that no known person made.
    /// </summary>
    public string? Person => IsProgram ? OnBehalfOf : IsAnonymous ? null : OnBehalfOf ?? Name;

    /// <summary>Whether this person is accountable for what is done.</summary>
    /// <param name="person">A person; null if none is known, who is nobody.</param>
    public bool IsPerson(string? person) => person is not null && person.Equals(Person, StringComparison.OrdinalIgnoreCase);

    /// <summary>The portal itself: healing, purging, settling after a crash.</summary>
    public static Actor Portal { get; } = new("CaPortal", Role.Administrator, "portal");
}
