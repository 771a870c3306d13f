namespace CaPortal.Authentication;

/// <summary>Why signing in with Microsoft Entra ID did not work.</summary>
public enum SignInFailure
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>The person or the provider refused.</summary>
    Refused,

    /// <summary>The provider does not answer.</summary>
    Unreachable,

    /// <summary>The answer belongs to no sign-in that is under way: it took too long, or was opened before.</summary>
    TooOld,

    /// <summary>The answer is valid at another time than this machine's clock says.</summary>
    Clock,

    /// <summary>The account belongs to another organisation.</summary>
    WrongTenant,
}
