using System.Runtime.InteropServices;

namespace CaPortal.Tests.TrustStores;

/// <summary>
/// An account without privileges that swaps names in its folder under the hands of root, as fast as the system lets it.
/// Arguments: the way of swapping, the folder, the name, and what its links lead to. It goes on until it is killed or its
/// starter ends.
/// </summary>
/// <remarks>It starts as root, because the programs of the machine that runs the tests may be closed to others, and gives that up for good.</remarks>
internal static unsafe partial class Racer
{
    /// <summary>Puts a link in the place of each file that begins to be written there.</summary>
    public const string NewFiles = "new-files";

    /// <summary>Makes the name a link and a file in turn.</summary>
    public const string Name = "name";

    /// <summary>Puts a link in the place of a folder of that name as soon as there is one.</summary>
    public const string NewFolder = "new-folder";

    /// <summary>What it prints where it may begin.</summary>
    public const string Ready = "ready";

    /// <summary>What its own files hold.</summary>
    public const string Theirs = "theirs\n";

    /// <summary>Its user and group.</summary>
    public const uint Account = 12345;

    private const int Created = 0x100;
    private const int EventHeader = 16;
    private const int EventName = 12;
    private const int CurrentFolder = -100;
    private const uint ExchangeNames = 2;

    public static Task RunAsync(string[] arguments)
    {
        var (way, folder, name, target) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        Environment.CurrentDirectory = folder;
        if (SetGroups(0, 0) != 0 || SetGroup(Account, Account, Account) != 0 || SetUser(Account, Account, Account) != 0)
        {
            Console.WriteLine($"User {Account} is not possible here: {Marshal.GetLastPInvokeErrorMessage()}");
            return Task.CompletedTask;
        }

        new Thread(EndWithStarter) { IsBackground = true }.Start();
        File.WriteAllText("mine", Theirs);
        switch (way)
        {
            case NewFiles:
                SwapNewFiles(target);
                break;
            case Name:
                SwapName(name, target);
                break;
            default:
                SwapNewFolder(name, target);
                break;
        }

        return Task.CompletedTask;
    }

    private static void EndWithStarter()
    {
        while (Console.In.ReadLine() is not null)
        {
        }

        Environment.Exit(0);
    }

    private static void SwapNewFiles(string target)
    {
        var queue = Watch(0);
        if (queue < 0 || AddWatch(queue, ".", Created) < 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var events = stackalloc byte[4096];
        MakeLink(target, "spare");
        Console.WriteLine(Ready);
        while (true)
        {
            var length = Read(queue, events, 4096);
            for (var at = events; at < events + length; at += EventHeader + *(uint*)(at + EventName))
            {
                // One call, which makes no such event itself. The names of our own files begin otherwise.
                if (at[EventHeader] != (byte)'.')
                    continue;
                RenameTo("spare", at + EventHeader);
                MakeLink(target, "spare");
            }
        }
    }

    private static void SwapName(string name, string target)
    {
        Console.WriteLine(Ready);
        while (true)
        {
            MakeLink(target, "link");
            Rename("link", name);
            NameAnew("mine", "file");
            Rename("file", name);
        }
    }

    private static void SwapNewFolder(string name, string target)
    {
        MakeLink(target, "spare");
        Console.WriteLine(Ready);
        while (true)
        {
            if (Exchange(CurrentFolder, "spare", CurrentFolder, name, ExchangeNames) == 0 && RemoveFolder("spare") == 0)
                MakeLink(target, "spare");
        }
    }

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nuint count, nint groups);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroup(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUser(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Watch(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddWatch(int queue, string path, int events);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "symlink", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeLink(string target, string name);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NameAnew(string file, string name);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameTo(string from, byte* to);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exchange(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "rmdir", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveFolder(string name);
}
