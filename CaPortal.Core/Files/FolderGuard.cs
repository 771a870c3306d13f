using System.Runtime.Versioning;

namespace CaPortal.Core.Files;

/// <summary>
/// Whether an account other than root can change what a path leads to. Such an account could have root write, lock or read
/// something else than is meant, so that root does not work there.
/// </summary>
/// <remarks>
/// The way is followed link by link from <c>/</c>. Each folder on it is judged before its content is looked at, so that
/// nobody who matters can change the way meanwhile. A sticky folder such as <c>/tmp</c> may be on the way, because it keeps
/// what is root's in it. It must not be the last folder: in it another account can make the files first that root is about to
/// make.
/// </remarks>
public static class FolderGuard
{
    // As the system itself does.
    private const int MaxLinks = 40;

    /// <summary>Why root does not write to a folder; null if it may, or this process is not root. Linux alone.</summary>
    /// <param name="folder">The folder; if it does not exist, the folders above it count.</param>
    /// <param name="mayHaveGroup">Whether root may have let a group write to this very folder; only for files that name, link and content cannot harm.</param>
    public static FolderRefusal? RefusalOf(string folder, bool mayHaveGroup = false) =>
        OperatingSystem.IsLinux() && NativeFiles.CurrentUser == LinuxAccounts.Root ? Follow(Path.GetFullPath(folder), mayHaveGroup) : null;

    /// <summary>Requires that root may write to a folder.</summary>
    /// <exception cref="UntrustedFolderException">It may not.</exception>
    internal static void Require(string folder, bool mayHaveGroup = false)
    {
        if (RefusalOf(folder, mayHaveGroup) is { } refusal)
            throw new UntrustedFolderException(refusal);
    }

    /// <summary>
    /// Creates a folder that root may write to, and those above it, on disk when it returns; nothing is made in the folder of
    /// another account.
    /// </summary>
    /// <param name="folder">The folder; nothing is done where it exists.</param>
    /// <param name="mode">Its mode; null, and for those above it, what the process's umask says.</param>
    /// <exception cref="UntrustedFolderException">Root may not write there.</exception>
    internal static void CreateFolder(string folder, UnixFileMode? mode = null)
    {
        Require(folder);
        AtomicFile.CreateFolder(folder, mode);

        // In a folder such as /tmp another account can have made it first.
        Require(folder);
    }

    [SupportedOSPlatform("linux")]
    private static FolderRefusal? Follow(string folder, bool mayHaveGroup)
    {
        var (current, links) = ("/", 0);
        var left = new Stack<string>(PartsOf(folder));
        if (Judge(current, folder, isLast: false, mayHaveGroup) is { } atTheTop)
            return atTheTop;
        while (left.TryPop(out var name))
        {
            if (name == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                continue;
            }

            var next = Path.Join(current, name);
            if (NativeFiles.StatusOf(next, followLinks: false) is not { } status)
                return null; // Root makes it, in a folder that was judged.
            if (!status.IsLink)
            {
                if (!status.IsFolder)
                    return null; // Opening it as a folder fails.
                if (Judge(next, folder, left.Count == 0, mayHaveGroup) is { } refusal)
                    return refusal;
                current = next;
                continue;
            }

            if (!LinuxAccounts.IsRoot(status.Owner.User))
                return Refusal(next, folder, LinuxAccounts.NameOf(status.Owner.User), "chown -h root");
            if (++links > MaxLinks || new FileInfo(next).LinkTarget is not { } target)
                return null; // Opening it fails.
            if (Path.IsPathRooted(target))
                current = "/";
            foreach (var part in PartsOf(target))
                left.Push(part);
        }

        return null;
    }

    [SupportedOSPlatform("linux")]
    private static FolderRefusal? Judge(string path, string folder, bool isLast, bool mayHaveGroup)
    {
        if (NativeFiles.StatusOf(path, followLinks: false) is not { } status)
            return null;
        if (!LinuxAccounts.IsRoot(status.Owner.User))
            return Refusal(path, folder, LinuxAccounts.NameOf(status.Owner.User), "chown root");
        if (status.IsSticky && (!isLast || mayHaveGroup))
            return null;
        if (status.IsSticky && status.Permissions.HasFlag(UnixFileMode.OtherWrite))
        {
            return new(
                $"Every account can put files into '{path}', so root does not write there.",
                "Choose a folder in it that is root's alone, or run the portal as an account without privileges.");
        }

        if (status.Permissions.HasFlag(UnixFileMode.OtherWrite))
            return Refusal(path, folder, "every account", "chmod go-w");
        if ((isLast && mayHaveGroup) || !status.Permissions.HasFlag(UnixFileMode.GroupWrite))
            return null;

        // With an access control list, the bits of the group say what any account named in it may do at most.
        return NativeFiles.HasAccessList(path) ? Refusal(path, folder, "accounts that its access control list names", "setfacl -b")
            : LinuxAccounts.HasOthers(status.Owner.Group) ? Refusal(path, folder, $"the group {LinuxAccounts.GroupNameOf(status.Owner.Group)}", "chmod g-w")
            : null;
    }

    private static FolderRefusal Refusal(string path, string folder, string who, string command) => new(
        $"'{path}' can be written by {who}, so root does not write {(path == folder ? "there" : $"to '{folder}'")}.",
        $"Give it to root alone ({command} {ShellPath.Quote(path)}), choose another folder, or run the portal as an account without privileges.");

    // The last one first, as a stack takes them.
    private static IEnumerable<string> PartsOf(string path) => path.Split('/').Where(p => p is not ("" or ".")).Reverse();
}

/// <summary>Why root does not write to a folder.</summary>
/// <param name="Reason">One sentence: what is the matter with which folder.</param>
/// <param name="Advice">One sentence: what to do.</param>
public sealed record FolderRefusal(string Reason, string Advice);

/// <summary>An account other than root can write to a folder that root was about to write to.</summary>
internal sealed class UntrustedFolderException(FolderRefusal refusal) : IOException(refusal.Reason)
{
    /// <summary>One sentence: what to do.</summary>
    public string Advice { get; } = refusal.Advice;
}
