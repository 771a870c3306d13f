using System.Runtime.InteropServices;

namespace CaPortal.Core.Processes;

/// <summary>Memory outside the managed heap: what OpenSSL and SQLite take.</summary>
public static partial class NativeMemory
{
    // M_ARENA_MAX of malloc.h.
    private const int ArenaMax = -8;
    private const int Arenas = 2;

    /// <summary>
    /// Makes threads share arenas. The C library of most Linux systems makes one arena for each thread, up to eight for each
    /// core. Each keeps what was once needed there: after uploads of thousands of certificates that is a third of the
    /// process. Called before threads are at work.
    /// </summary>
    public static void ShareArenas()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetOption(ArenaMax, Arenas);
        }
        catch (EntryPointNotFoundException)
        {
            // That of Alpine has no arenas.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
