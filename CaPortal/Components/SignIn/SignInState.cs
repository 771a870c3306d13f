namespace CaPortal.Components.SignIn;

/// <summary>What the sign-in page has to say.</summary>
public enum SignInState
{
    /// <summary>Opened without a link.</summary>
    NoLink,

    /// <summary>Opened with a link that works.</summary>
    Link,

    /// <summary>Opened with a link that does not work, or no longer works.</summary>
    Spent,

    /// <summary>A link has just been printed.</summary>
    Printed,
}
