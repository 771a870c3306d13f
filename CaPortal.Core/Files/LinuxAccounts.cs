using System.Globalization;

namespace CaPortal.Core.Files;

/// <summary>The accounts and groups of this machine, as <c>/etc/passwd</c> and <c>/etc/group</c> list them.</summary>
internal static class LinuxAccounts
{
    /// <summary>The account that may do everything.</summary>
    public const uint Root = 0;

    // What the system shows where a container's user namespace has no number for an owner.
    private const uint Unmapped = 65534;

    // In a user namespace root has no more rights outside than the account that made it, so that what is not mapped is nothing to protect.
    private static readonly Lazy<bool> HasUnmapped = new(() => Lines("/proc/self/uid_map", ' ').FirstOrDefault() is not [_, _, "4294967295"]);

    /// <summary>Whether an owner is root, or in a user namespace somebody outside.</summary>
    public static bool IsRoot(uint user) => user == Root || (user == Unmapped && HasUnmapped.Value);

    /// <summary>For people: <c>user 'gateway' (uid 1001)</c>.</summary>
    public static string NameOf(uint user) =>
        Lines("/etc/passwd", ':').FirstOrDefault(l => Is(l, user)) is [var name, ..] ? $"user '{name}' (uid {user})" : $"user {user}";

    /// <summary>The account's name alone; its number if it has none.</summary>
    public static string ShortNameOf(uint user) => Lines("/etc/passwd", ':').FirstOrDefault(l => Is(l, user)) is [var name, ..] ? name : Text(user);

    /// <summary>The account's home folder; null if it has none.</summary>
    public static string? HomeOf(uint user) =>
        Lines("/etc/passwd", ':').FirstOrDefault(l => Is(l, user)) is [_, _, _, _, _, { Length: > 0 } home, ..] ? home : null;

    /// <summary>For people: <c>'staff' (gid 50)</c>.</summary>
    public static string GroupNameOf(uint group) =>
        Lines("/etc/group", ':').FirstOrDefault(l => Is(l, group)) is [var name, ..] ? $"'{name}' (gid {group})" : $"{group}";

    /// <summary>
    /// Whether accounts other than root are in a group; also true if that is unknown. Debian gives folders to a group that is
    /// empty by default.
    /// </summary>
    public static bool HasOthers(uint group) =>
        Lines("/etc/group", ':').FirstOrDefault(l => Is(l, group)) is not [_, _, _, var members, ..]
        || members.Split(',', StringSplitOptions.RemoveEmptyEntries).Any(m => m != "root")
        || Lines("/etc/passwd", ':').Any(l => l is [_, _, _, var own, ..] && own == Text(group) && !Is(l, Root));

    // Both files have the number in the third field.
    private static bool Is(string[] line, uint number) => line is [_, _, var text, ..] && text == Text(number);

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Lines(string file, char separator)
    {
        try
        {
            return
            [
                .. File.ReadLines(file).Select(l => l.Split(separator, separator == ' ' ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None)),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // There are systems without.
        }
    }
}
