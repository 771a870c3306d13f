namespace CaPortal.Core.Activity;

/// <summary>What kind of change a plan is. The names go into the activity log and never change.</summary>
public enum ChangeKind
{
    /// <summary>Certificates are added.</summary>
    Add,

    /// <summary>Certificates go to the recycle bin.</summary>
    Delete,

    /// <summary>Certificates change their store.</summary>
    Move,

    /// <summary>Certificates come back from the recycle bin.</summary>
    Restore,

    /// <summary>The trust stores go back to a snapshot.</summary>
    RestoreSnapshot,

    /// <summary>Certificates that somebody else put on this machine come under management.</summary>
    Adopt,

    /// <summary>Certificates that somebody else put on this machine are taken out of its trust stores and go to the recycle bin.</summary>
    RemoveFound,

    /// <summary>What an earlier change did is taken back.</summary>
    Undo,
}
