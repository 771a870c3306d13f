namespace CaPortal.Authentication;

/// <summary>Why the portal has ended a session by itself.</summary>
public enum SessionEnding
{
    /// <summary>The person has another role now, or none.</summary>
    RoleChanged,

    /// <summary>The provider does not confirm the sign-in any more.</summary>
    AccessWithdrawn,

    /// <summary>The provider could not be asked for too long.</summary>
    Unconfirmed,
}
