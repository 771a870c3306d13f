using System.Globalization;
using System.Runtime.Versioning;
using CaPortal.Core.Files;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Programs;

/// <summary>The account that a process acts as, and what it may read.</summary>
/// <param name="User">The account.</param>
/// <param name="Groups">Its groups.</param>
/// <param name="ReadsEverything">It may read files whatever their mode says.</param>
internal sealed record ProcessAccount(uint User, IReadOnlySet<uint> Groups, bool ReadsEverything)
{
    // CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
    private const ulong ReadingCapabilities = (1 << 1) | (1 << 2);
    private const int ForGroup = 3;
    private const int ForOwner = 6;

    /// <summary>Equal for accounts that may read the same.</summary>
    public string Rights => ReadsEverything ? "" : string.Create(CultureInfo.InvariantCulture, $"{User} {string.Join(' ', Groups.Order())}");

    /// <summary>That of a process; root's where it has ended.</summary>
    [SupportedOSPlatform("linux")]
    public static ProcessAccount Of(int process)
    {
        var lines = ProcFile.LinesOf(process, "status");
        var groups = Numbers("Groups:").Append(Number("Gid:") ?? 0).ToHashSet();
        return new(
            Number("Uid:") ?? LinuxAccounts.Root,
            groups,
            !ulong.TryParse(Text("CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var capabilities)
                || (capabilities & ReadingCapabilities) != 0);

        string? Text(string name) => Array.Find(lines, l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

        // Real, effective, saved, and the one that counts for files.
        uint? Number(string name) => Numbers(name) is [_, var effective, ..] ? effective : null;

        List<uint> Numbers(string name) =>
        [
            .. (Text(name) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .Select(n => uint.TryParse(n, CultureInfo.InvariantCulture, out var number) ? number : (uint?)null).OfType<uint>(),
        ];
    }

    /// <summary>Whether its own account may read a file or folder, as far as owners and modes say.</summary>
    /// <param name="open">The file or folder.</param>
    /// <param name="path">Its path, whose folders count too; null where they are not those of the portal.</param>
    [SupportedOSPlatform("linux")]
    public bool CanRead(SafeFileHandle open, string? path)
    {
        if (ReadsEverything)
            return true;
        var itself = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{open.DangerousGetHandle()}");
        if (!Allows(NativeFiles.StatusOf(open), UnixFileMode.OtherRead, itself))
            return false;
        return path is null || (MayEnter(path) && (new FileInfo(itself).LinkTarget is not { } real || real == path || MayEnter(real)));
    }

    [SupportedOSPlatform("linux")]
    private bool MayEnter(string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            if (NativeFiles.StatusOf(folder, followLinks: true) is { } status && !Allows(status, UnixFileMode.OtherExecute, folder))
                return false;
        return true;
    }

    // One with a list of accounts may allow more than its mode says.
    [SupportedOSPlatform("linux")]
    private bool Allows(FileStatus status, UnixFileMode others, string path)
    {
        var shift = status.Owner.User == User ? ForOwner : Groups.Contains(status.Owner.Group) ? ForGroup : 0;
        return ((int)status.Permissions & ((int)others << shift)) != 0 || NativeFiles.HasAccessList(path);
    }
}
