using CaPortal.Hosting;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The commands <c>backup</c> and <c>restore</c>, as processes beside the portal.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Backup => _directory["caportal.tar.gz"];

    private string[] Settings => [$"--CaPortal:DataDirectory={_directory["data"]}", "--CaPortal:TrustStores:0=pem-bundle"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Commands_BesideAPortal_TakeABackupAndPutItBackOnceItHasEnded()
    {
        string id;
        await using (var portal = new ProcessUnderTest([.. Settings, "--urls=http://127.0.0.1:0"]))
        {
            await portal.NextLineAsync("Sign in", Cancellation);
            id = await File.ReadAllTextAsync(_directory["data/instance-id"], Cancellation);

            var taken = await RunAsync("backup", Backup);
            Assert.Equal((0, ""), (taken.Code, taken.Errors));
            Assert.StartsWith($"{Backup}: revision 0 of the list with 0 CA certificates, ", taken.Output, StringComparison.Ordinal);
            Assert.Contains("It is not encrypted", taken.Output, StringComparison.Ordinal);

            var refused = await RunAsync("restore", Backup);
            Assert.Equal(1, refused.Code);
            Assert.Contains($"Another portal (process {portal.Id}, ", refused.Errors, StringComparison.Ordinal);
        }

        Directory.Delete(_directory["data"], recursive: true);
        var restored = await RunAsync("restore", Backup);
        Assert.Equal((0, ""), (restored.Code, restored.Errors));
        Assert.Contains("Start the portal now.", restored.Output, StringComparison.Ordinal);

        await using var next = new ProcessUnderTest([.. Settings, "--urls=http://127.0.0.1:0"]);
        Assert.Contains("was restored by", await next.NextLineAsync("[4004]", Cancellation), StringComparison.Ordinal);
        await next.NextLineAsync("Sign in", Cancellation);
        Assert.Equal(id, await File.ReadAllTextAsync(_directory["data/instance-id"], Cancellation));
    }

    [Fact]
    public async Task Commands_WithoutAFileOrWithAWrongSetting_SayWhatIsMissing()
    {
        var noFile = await RunAsync("backup");
        var wrong = await RunAsync("restore", Backup, "--CaPortal:Backup:Kep=3");
        Directory.Delete(_directory["data"], recursive: true);

        var empty = await RunAsync("restore", "");
        var noData = await RunAsync("backup", Backup);

        Assert.Equal((StartErrors.ExitCode, StartErrors.ExitCode), (empty.Code, noData.Code));
        Assert.StartsWith("The command restore needs a file.", empty.Errors, StringComparison.Ordinal);
        Assert.StartsWith($"There is no data directory {_directory["data"]}.", noData.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory["data"]));
        Assert.Equal(StartErrors.ExitCode, noFile.Code);
        Assert.StartsWith("The command backup needs a file.", noFile.Errors, StringComparison.Ordinal);
        Assert.Equal(StartErrors.ExitCode, wrong.Code);
        Assert.Contains("CaPortal:Backup:Keep", wrong.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_OnTheDataDirectoryOfAnotherAccount_AreRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can give a folder to another account.");
        Directory.CreateDirectory(_directory["data"]);
        await Tool.RunAsync(_directory.Path, "chown", "65533", "data");

        var refused = await RunAsync("backup", Backup);

        Assert.Equal(StartErrors.ExitCode, refused.Code);
        Assert.Contains("belongs to user 65533. Run this command as that account", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory["data"]));
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] command)
    {
        await using var process = new ProcessUnderTest([.. command, .. Settings]);
        var code = await process.ExitCodeAsync(Cancellation);
        return (code, process.Output, process.ErrorOutput);
    }
}
