using System.Diagnostics;

namespace CaPortal.Tests.Testing;

/// <summary>A disk in memory of its own, to be filled or made read-only. Only root on Linux can have one.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder;

    private SmallDisk(TemporaryDirectory folder) => _folder = folder;

    public string Path => _folder["disk"];

    public static async Task<SmallDisk> MountAsync(string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a disk needs root on Linux.");
        var disk = new SmallDisk(new TemporaryDirectory());
        Directory.CreateDirectory(disk.Path);
        if (await RunAsync("mount", "-t", "tmpfs", "-o", $"mode=755,{options}", "tmpfs", disk.Path) == 0)
            return disk;
        disk._folder.Dispose();
        Assert.Skip("mount -t tmpfs is not permitted here.");
        return disk;
    }

    public async Task RemountAsync(string option) => Assert.Equal(0, await RunAsync("mount", "-o", $"remount,{option}", Path));

    /// <summary>Makes a folder that programs of other accounts reach.</summary>
    public string FolderForAnybody(string name)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.OtherExecute);
        return Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
    }

    /// <summary>Takes all the space that is left.</summary>
    public static void Fill(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            while (true)
                stream.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "--lazy", Path);
        _folder.Dispose();
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
