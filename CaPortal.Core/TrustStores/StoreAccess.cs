using System.Security.Cryptography;

using CaPortal.Core.Files;
namespace CaPortal.Core.TrustStores;

/// <summary>Says in the administrator's words why a folder cannot be read or written.</summary>
internal static class StoreAccess
{
    private const int UnixNoSpace = 28;
    private const int UnixReadOnlyFileSystem = 30;
    private const int UnixQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether it is a failure of the machine, which <see cref="Explain"/> has words for, and not a bug.</summary>
    public static bool IsMachineFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or CryptographicException;

    /// <summary>Whether the disk, or what the account may have of it, is full.</summary>
    public static bool IsForLackOfSpace(Exception? exception) => exception is IOException { HResult: UnixNoSpace or UnixQuotaExceeded or WindowsDiskFull };

    /// <summary>The failure as an administrator reads it.</summary>
    public static TrustStoreException Explain(Exception exception, string location) => exception switch
    {
        TrustStoreException known => known,
        FileBusyException busy => new(busy.Message, busy.Advice, busy),
        UnfitFileException unfit => new(unfit.Message, unfit.Advice, unfit),
        UntrustedFolderException untrusted => new(untrusted.Message, untrusted.Advice, untrusted),
        UnauthorizedAccessException => NotPermitted(location, exception),
        IOException full when IsForLackOfSpace(full) => new(
            $"There is no space left to write to '{location}'; what was there is unchanged.",
            "Free space on that disk, or raise the account's quota, and try again.",
            exception),
        IOException { HResult: UnixReadOnlyFileSystem } => ReadOnlyFileSystem(location, exception),
        IOException => new(
            $"'{location}' cannot be read or written: {exception.Message}",
            "See to it that the folder exists and can be written by the account that the portal runs as, and try again.",
            exception),
        _ => new(
            $"The certificate store '{location}' refused the change: {exception.Message}",
            "Check whether a policy of this machine forbids the change, and try again.",
            exception),
    };

    /// <summary>Whether files can be created in a folder, or the folder itself can be; found out without writing.</summary>
    public static TrustStoreState StateOf(string folder)
    {
        if (OperatingSystem.IsWindows())
            return TrustStoreState.Enabled;

        var existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            if (File.Exists(existing))
                return new(false, $"'{existing}' is a file, where a folder is needed.", "Move it elsewhere, or choose another folder.");
            existing = parent;
        }

        if (FolderGuard.RefusalOf(folder) is { } refusal)
            return new(false, refusal.Reason, refusal.Advice);

        if (NativeFiles.IsWritable(existing))
            return TrustStoreState.Enabled;

        if (existing != folder)
        {
            return new(
                false,
                $"The folder '{folder}' does not exist, and the account that the portal runs as may not create it in '{existing}'.",
                "Create it, and give it to that account.");
        }

        var reason = NotPermitted(existing, null);
        return new(false, reason.Message, reason.Advice);
    }

    private static TrustStoreException NotPermitted(string location, Exception? cause) => new(
        $"The account that the portal runs as may not write to '{location}'.",
        "Give that account read and write permission there, and see that it is not on a read-only disk.",
        cause);

    private static TrustStoreException ReadOnlyFileSystem(string location, Exception cause) => new(
        $"'{location}' is on a read-only disk.",
        "Mount the disk for writing, or move the account's home folder to one that can be written.",
        cause);
}
