namespace CaPortal.Core.Files;

/// <summary>Whose folder it is. Known only on Linux.</summary>
/// <param name="Name">For people: <c>user 'caportal' (uid 999)</c>.</param>
/// <param name="IsOther">Whether that is not the account that this process runs as.</param>
public sealed record FolderOwner(string Name, bool IsOther)
{
    /// <summary>The owner; null if there is no folder, or the system does not say.</summary>
    public static FolderOwner? Of(string folder) =>
        OperatingSystem.IsLinux() && NativeFiles.OwnerOf(folder) is { } owner
            ? new(LinuxAccounts.NameOf(owner.User), owner.User != NativeFiles.CurrentUser)
            : null;
}
