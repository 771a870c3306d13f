using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

[SupportedOSPlatform("linux")]
public sealed class FolderGuardTests : IDisposable
{
    // No machine has a group of this number, so nobody knows who is in it.
    private const string Others = "34567";

    private readonly TemporaryDirectory _folder = new();

    public FolderGuardTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can write to the folders of others.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("theirs", "theirs", "user 34567", "chown root ")]
    [InlineData("theirs/sub/trust", "theirs", "user 34567", "chown root ")]
    [InlineData("theirs/not/there", "theirs", "user 34567", "chown root ")]
    [InlineData("link/sub", "theirs", "user 34567", "chown root ")]
    [InlineData("theirlink/trust", "theirlink", "user 34567", "chown -h root ")]
    [InlineData("group/trust", "group", "the group 34567", "chmod g-w ")]
    [InlineData("open/trust", "open", "every account", "chmod go-w ")]
    public async Task StateOf_FolderThatOthersCanWriteOnTheWay_NamesItAndWhoAndWhatToDo(string folder, string named, string who, string command)
    {
        await MakeAsync();

        var state = StoreAccess.StateOf(_folder[folder]);

        Assert.False(state.IsEnabled);
        Assert.StartsWith($"'{_folder[named]}' can be written by {who}", state.Reason, StringComparison.Ordinal);
        Assert.Contains("so root does not write ", state.Reason, StringComparison.Ordinal);
        Assert.Contains(command + _folder[named], state.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ours/trust")]
    [InlineData("sticky/ours")]
    [InlineData("rootlink/trust")]
    [InlineData("ours/not/there")]
    public async Task StateOf_FolderThatRootAloneCanWrite_IsEnabled(string folder)
    {
        await MakeAsync();

        Assert.Equal(TrustStoreState.Enabled, StoreAccess.StateOf(_folder[folder]));
    }

    [Fact]
    public async Task StateOf_AccountInTheAccessList_IsRefused()
    {
        Tool.Require("setfacl");
        await MakeAsync();
        var (exitCode, output) = await Tool.RunAsync("setfacl", ["-m", $"u:{Others}:rwx", _folder["ours"]], Cancellation);
        Assert.SkipUnless(exitCode == 0, $"Access lists are not possible here: {output}");

        Assert.Contains("access control list", StoreAccess.StateOf(_folder["ours/trust"]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_FolderOfAnotherAccount_IsRefusedWhoeverAsks()
    {
        await MakeAsync();
        using var root = TestCertificates.Root();

        foreach (var store in (ITrustStore[])[TestTrustStores.Bundle(_folder["theirs"]), TestTrustStores.JavaTruststore(_folder["theirs/truststore.p12"])])
        {
            Assert.False(store.GetState().IsEnabled);
            var refusal = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(TestTrustStores.Trusted(root)));
            Assert.Contains("so root does not write there", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(_folder["theirs"]));
    }

    [Theory]
    [InlineData("pem-bundle")]
    [InlineData("java-truststore")]
    [InlineData(X509TrustStore.Kind)]
    public async Task Apply_FolderBehindALinkOfAnotherAccount_MakesNothingThere(string kind)
    {
        await MakeAsync();
        File.CreateSymbolicLink(_folder["theirs/out"], _folder["ours"]);
        var place = _folder["theirs/out/new"];
        ITrustStore store = kind switch
        {
            "pem-bundle" => TestTrustStores.Bundle(place),
            "java-truststore" => TestTrustStores.JavaTruststore(Path.Combine(place, "truststore.p12")),
            _ => new X509TrustStore(StoreLocation.CurrentUser, place),
        };

        await IsRefusedAsync(store);

        Assert.Equal([_folder["ours/trust"]], Directory.GetFileSystemEntries(_folder["ours"]));
    }

    [Fact]
    public async Task Apply_OneStoreOfAnotherAccountAmongThoseOfDotNet_IsRefused()
    {
        await MakeAsync();
        Directory.Move(_folder["theirs"], _folder["ours/root"]);

        await IsRefusedAsync(new X509TrustStore(StoreLocation.CurrentUser, _folder["ours"]));

        Assert.Empty(Directory.GetFiles(_folder["ours/root"]));
    }

    [Fact]
    public async Task Apply_AnchorsFolderOfAnotherAccount_IsRefused()
    {
        await MakeAsync();
        var sandbox = new DebianSandbox(_folder["anchors"]);
        Directory.CreateDirectory(sandbox.Links);
        Directory.Move(_folder["theirs"], sandbox.Local);

        await IsRefusedAsync(sandbox.Store);

        Assert.Empty(Directory.GetFiles(sandbox.Local));
    }

    [Fact]
    public async Task StateOf_StickyFolderItself_IsRefused()
    {
        await MakeAsync();

        var state = StoreAccess.StateOf(_folder["sticky"]);

        Assert.Equal($"Every account can put files into '{_folder["sticky"]}', so root does not write there.", state.Reason);
        Assert.StartsWith("Choose a folder in it that is root's alone", state.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataDirectoryInTheHomeOfAnotherAccount_IsRefusedBeforeAnythingIsMade()
    {
        await MakeAsync();

        var refusal = await Assert.ThrowsAnyAsync<DatabaseException>(() => TestCore.StartAsync(_folder["theirs/.local/share/CaPortal"]));

        Assert.Contains("user 34567", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["theirs"], ".local"));
    }

    [Theory]
    [InlineData("group", true)]
    [InlineData("theirs", false)]
    [InlineData("open", false)]
    public async Task ActivityFile_FolderThatOthersCanWrite_IsAllowedForAGroupAlone(string folder, bool isAllowed)
    {
        await MakeAsync();
        var options = new CoreOptions();
        options.Activity.File = _folder[$"{folder}/activity.jsonl"];

        var failure = await Record.ExceptionAsync(() => new ActivityFileSink(Options.Create(options)).SendAsync([], Cancellation));

        Assert.Equal(isAllowed, failure is null);
        Assert.Equal(isAllowed, File.Exists(options.Activity.File));
        if (!isAllowed)
            Assert.Contains("so root does not write there", Assert.IsType<ActivitySinkException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ActivityFile_LinkInItsPlace_IsRefusedAndNotFollowed()
    {
        await MakeAsync();
        File.WriteAllText(_folder["outside"], "before");
        File.CreateSymbolicLink(_folder["ours/activity.jsonl"], _folder["outside"]);
        var options = new CoreOptions();
        options.Activity.File = _folder["ours/activity.jsonl"];

        var refusal = await Assert.ThrowsAsync<ActivitySinkException>(() => new ActivityFileSink(Options.Create(options)).SendAsync([], Cancellation));

        Assert.Contains("is a link to", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("before", await File.ReadAllTextAsync(_folder["outside"], Cancellation));
    }

    [Fact]
    public async Task ActivityFile_PipeInItsPlace_IsRefusedAndNotWaitedFor()
    {
        await MakeAsync();
        await Tool.RunAsync(_folder["group"], "mkfifo", "activity.jsonl");
        var options = new CoreOptions();
        options.Activity.File = _folder["group/activity.jsonl"];

        var refusal = await Assert.ThrowsAsync<ActivitySinkException>(() => new ActivityFileSink(Options.Create(options)).SendAsync([], Cancellation));

        Assert.Contains("is a pipe or a device, where a file is needed", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task IsRefusedAsync(ITrustStore store)
    {
        using var root = TestCertificates.Root();
        var refusal = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(TestTrustStores.Trusted(root)));
        Assert.Contains($"can be written by user {Others}, so root does not write ", refusal.Message, StringComparison.Ordinal);
    }

    private async Task MakeAsync()
    {
        File.SetUnixFileMode(_folder.Path, AtomicFile.PublicFolder);
        foreach (var folder in (string[])["theirs/sub/trust", "group/trust", "open/trust", "ours/trust", "sticky/ours"])
            Directory.CreateDirectory(_folder[folder]);
        File.CreateSymbolicLink(_folder["link"], "theirs");
        File.CreateSymbolicLink(_folder["theirlink"], "ours");
        File.CreateSymbolicLink(_folder["rootlink"], _folder["ours"]);
        File.SetUnixFileMode(_folder["group"], AtomicFile.PublicFolder | UnixFileMode.GroupWrite);
        File.SetUnixFileMode(_folder["open"], AtomicFile.PublicFolder | UnixFileMode.OtherWrite);
        File.SetUnixFileMode(_folder["sticky"], AtomicFile.PublicFolder | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);
        await Tool.RunAsync(_folder.Path, "chown", "-h", $"{Others}:{Others}", "theirs", "theirlink");
        await Tool.RunAsync(_folder.Path, "chgrp", Others, "group");
    }
}
