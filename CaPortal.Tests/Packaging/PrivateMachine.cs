using System.Diagnostics;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Packaging;

/// <summary>
/// This machine once more, as a root folder of its own: what is written there is kept in memory, is seen by nobody else, and
/// is gone at the end.
/// </summary>
internal sealed class PrivateMachine : IAsyncDisposable
{
    private const string Script = """
        set -e
        mount -t tmpfs tmpfs "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        mount -t proc proc "$1/root/proc"
        mount --rbind /dev "$1/root/dev"
        mount -t tmpfs -o mode=1777 tmpfs "$1/root/tmp"
        mount -t tmpfs tmpfs "$1/root/run"
        echo ready
        read -r end || true
        """;

    private readonly TemporaryDirectory _folder = new();
    private readonly Process _keeper;

    private PrivateMachine() => _keeper = Process.Start(
        new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "sh", "-c", Script, "sh", _folder.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Makes it; skips the test where that is not permitted.</summary>
    public static async Task<PrivateMachine> StartAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can have a root folder of its own.");
        foreach (var tool in (string[])["unshare", "nsenter", "chroot"])
            Tool.Require(tool);
        var machine = new PrivateMachine();
        if (await machine._keeper.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) != "ready")
        {
            var why = await machine._keeper.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await machine.DisposeAsync();
            Assert.Skip($"A root folder of its own is not permitted here: {why}");
        }
        return machine;
    }

    /// <summary>Its root folder, as <see cref="Outside"/> sees it.</summary>
    public string Root => _folder["root"];

    /// <summary>What runs a command in its mounts, but with the folders of the real machine.</summary>
    public string[] Outside(params IEnumerable<string> command) => ["nsenter", $"--mount=/proc/{_keeper.Id}/ns/mnt", .. command];

    /// <summary>What runs a command on it, as an account, with these variables alone.</summary>
    public string[] Inside(string account, IEnumerable<string> environment, params IEnumerable<string> command) =>
        Outside(["chroot", $"--userspec={account}", Root, "env", "-i", .. environment, .. command]);

    /// <summary>Runs a script on it as root.</summary>
    /// <returns>What it printed, errors included.</returns>
    public async Task<string> RunAsync(string script)
    {
        var (exitCode, output) = await TryRunAsync(script);
        Assert.True(exitCode == 0, $"{script}: {output}");
        return output;
    }

    public Task<(int ExitCode, string Output)> TryRunAsync(string script) => StartAsync(Inside(
        "root", ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"], "sh", "-c", script));

    /// <summary>Runs a command with the folders of the real machine.</summary>
    public async Task RunOutsideAsync(params string[] command)
    {
        var (exitCode, output) = await StartAsync(Outside(command));
        Assert.True(exitCode == 0, $"{string.Join(' ', command)}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
        _folder.Dispose();
    }

    private static Task<(int ExitCode, string Output)> StartAsync(string[] command) =>
        Tool.RunAsync(command[0], command[1..], TestContext.Current.CancellationToken);
}
