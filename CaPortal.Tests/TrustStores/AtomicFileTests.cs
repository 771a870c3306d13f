using System.Runtime.Versioning;
using System.Text;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores;

public sealed class AtomicFileTests : IDisposable
{
    private const UnixFileMode GroupMayWrite = AtomicFile.OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_NewFile_HasContentAndModeAndNothingIsLeftBehind()
    {
        Write(_folder["a.pem"], "one");

        Assert.Equal("one", File.ReadAllText(_folder["a.pem"]));
        Assert.Equal([_folder["a.pem"]], Directory.GetFileSystemEntries(_folder.Path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(_folder["a.pem"]));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Write_ExistingFile_KeepsItsMode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        File.WriteAllText(_folder["a.pem"], "one");
        File.SetUnixFileMode(_folder["a.pem"], GroupMayWrite);

        Write(_folder["a.pem"], "two");

        Assert.Equal("two", File.ReadAllText(_folder["a.pem"]));
        Assert.Equal(GroupMayWrite, File.GetUnixFileMode(_folder["a.pem"]));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Write_ExistingFileOfAnotherAccount_KeepsItsOwner()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can give a file away.");
        File.WriteAllText(_folder["a.pem"], "one");
        using (var file = File.OpenHandle(_folder["a.pem"]))
            Assert.True(NativeFiles.TryGiveTo(file, (12345, 23456)));

        Write(_folder["a.pem"], "two");

        Assert.Equal((12345u, 23456u), NativeFiles.OwnerOf(_folder["a.pem"]));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Write_FileForItsOwnerAloneOverOneOfAnotherAccount_IsNotHandedToIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can give a file away.");
        File.WriteAllText(_folder["secret"], "one");
        File.SetUnixFileMode(_folder["secret"], AtomicFile.Public);
        using (var file = File.OpenHandle(_folder["secret"]))
            Assert.True(NativeFiles.TryGiveTo(file, (12345, 23456)));

        AtomicFile.Write(_folder["secret"], "two"u8.ToArray(), AtomicFile.OwnerOnly);

        Assert.Equal(0u, NativeFiles.OwnerOf(_folder["secret"])!.Value.User);
        Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(_folder["secret"]));
    }

    [Fact]
    public void Write_EqualContent_LeavesTheFileAlone()
    {
        File.WriteAllText(_folder["a.pem"], "one");
        File.SetLastWriteTimeUtc(_folder["a.pem"], DateTime.UnixEpoch);

        Assert.False(Write(_folder["a.pem"], "one"));

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_folder["a.pem"]));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void CreateFolder_WithMode_HasItWhateverTheUmask()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        const UnixFileMode WritableByAll = AtomicFile.PublicFolder | UnixFileMode.OtherWrite;

        AtomicFile.CreateFolder(_folder["a/b"], WritableByAll);

        Assert.Equal(WritableByAll, File.GetUnixFileMode(_folder["a/b"]));
        Assert.NotEqual(WritableByAll, File.GetUnixFileMode(_folder["a"]));
    }

    [Fact]
    public void Sweep_LeftOverTemporaryFile_RemovesItAlone()
    {
        using var folder = FolderHandle.Open(_folder.Path);
        var left = _folder[AtomicFile.Stage(folder, "a.pem", "half"u8, AtomicFile.Public)];
        File.WriteAllText(_folder["other.tmp"], "");

        AtomicFile.Sweep(_folder.Path);

        Assert.False(File.Exists(left));
        Assert.True(File.Exists(_folder["other.tmp"]));
    }

    [Fact]
    public void Commit_LastRenameFails_UndoesWhatWasDoneBefore()
    {
        File.WriteAllText(_folder["replaced"], "old");
        File.WriteAllText(_folder["deleted"], "old");
        Directory.CreateDirectory(_folder["obstacle"]);
        var changes = new FileChanges();
        changes.Put(_folder["replaced"], "new"u8.ToArray(), AtomicFile.Public);
        changes.Put(_folder["created"], "new"u8.ToArray(), AtomicFile.Public);
        changes.Delete(_folder["deleted"]);
        changes.Put(_folder["obstacle"], "new"u8.ToArray(), AtomicFile.Public);

        Assert.ThrowsAny<Exception>(() => changes.Commit());

        Assert.Equal(
            ["deleted", "obstacle", "replaced"],
            Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("old", File.ReadAllText(_folder["replaced"]));
        Assert.Equal("old", File.ReadAllText(_folder["deleted"]));
    }

    [Fact]
    public void Commit_ManyFiles_AreAllThereAndNothingElse()
    {
        var names = Enumerable.Range(0, 100).Select(i => _folder[$"{i}"]).ToList();
        var changes = new FileChanges();
        names.ForEach(n => changes.Put(n, Encoding.UTF8.GetBytes(n), AtomicFile.Public));

        Assert.True(changes.Commit());

        Assert.All(names, n => Assert.Equal(n, File.ReadAllText(n)));
        Assert.Equal(names.Count, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public async Task Commit_DiskFull_ChangesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can mount a small disk.");
        var cancellationToken = TestContext.Current.CancellationToken;
        var (exitCode, output) = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", _folder.Path], cancellationToken);
        Assert.SkipUnless(exitCode == 0, $"A small disk cannot be mounted here: {output}");
        try
        {
            File.WriteAllText(_folder["kept"], "old");
            var changes = new FileChanges();
            changes.Put(_folder["kept"], Encoding.UTF8.GetBytes("new"), AtomicFile.Public);
            changes.Put(_folder["large"], new byte[256 * 1024], AtomicFile.Public);

            var failure = StoreAccess.Explain(Assert.ThrowsAny<IOException>(() => changes.Commit()), _folder.Path);

            Assert.Contains("no space left", failure.Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(_folder["kept"]));
            Assert.Equal([_folder["kept"]], Directory.GetFileSystemEntries(_folder.Path));
        }
        finally
        {
            await Tool.RunAsync("umount", [_folder.Path], CancellationToken.None);
        }
    }

    [Fact]
    public async Task Lock_HeldByAnother_IsWaitedForAndThenRefused()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var held = await FileLock.AcquireAsync(_folder["lock"], FileLock.DefaultTimeout, cancellationToken);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(_folder["lock"]));

        var refusal = await Assert.ThrowsAsync<FileBusyException>(() => FileLock.AcquireAsync(_folder["lock"], TimeSpan.Zero, cancellationToken));
        Assert.Contains("Another process", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Advice);

        var waiting = FileLock.AcquireAsync(_folder["lock"], FileLock.DefaultTimeout, cancellationToken);
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        (await waiting).Dispose();
    }

    private static bool Write(string path, string content)
    {
        var changes = new FileChanges();
        changes.Put(path, Encoding.UTF8.GetBytes(content), AtomicFile.Public);
        return changes.Commit();
    }
}
