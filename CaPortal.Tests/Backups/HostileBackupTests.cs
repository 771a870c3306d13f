using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Backups;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Backups;

/// <summary>Files that claim to be backups.</summary>
public sealed class HostileBackupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Names => ["../escaped", "/tmp/escaped", "keys/../../escaped", "keys/.hidden", "running.json", "trust/roots.pem", "portal.db-wal", "portal.db\n", ""];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => _directory["data"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Restore_FileThatBelongsIntoNoBackup_IsRefused(string name)
    {
        var file = await WriteAsync(ManifestOf((name, "x")), new PaxTarEntry(TarEntryType.RegularFile, name.Length == 0 ? "x" : name) { DataStream = Content("x") });

        await AssertRefusedAsync(file);
        Assert.False(File.Exists(_directory["escaped"]));
    }

    [Fact]
    public async Task Restore_LinkInPlaceOfAFile_IsRefused() =>
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("portal.db", "")), new PaxTarEntry(TarEntryType.SymbolicLink, "portal.db") { LinkName = "/etc/passwd" }));

    [Fact]
    public async Task Restore_FileOfAnotherContentOrLengthThanItSays_IsRefused()
    {
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "received")));
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "expected and more")));
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected"))));
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "expected"), Entry("instance-id", "one more")));
    }

    [Fact]
    public async Task Restore_FormatOfANewerVersion_SaysSo()
    {
        var newer = ManifestOf() with { Format = BackupManifest.CurrentFormat + 1 };

        Assert.Equal("The backup was written by a newer version of CaPortal.", (await RefusalAsync(await WriteAsync(newer))).Message);
    }

    [Fact]
    public async Task Restore_DatabaseThatIsNone_IsRefused()
    {
        var refusal = await RefusalAsync(await WriteAsync(ManifestOf(("portal.db", "no database")), Entry("portal.db", "no database")));

        Assert.StartsWith("The database in the backup cannot be used. ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0x80")]
    [InlineData("some text")]
    public async Task Restore_AnyOtherFile_IsRefused(string content)
    {
        await File.WriteAllTextAsync(_directory["file"], content, Cancellation);

        await AssertRefusedAsync(_directory["file"]);
    }

    [Fact]
    public async Task Restore_NoFileAtAll_SaysWhich()
    {
        Assert.StartsWith($"The backup '{_directory["missing"]}' cannot be read: ", (await RefusalAsync(_directory["missing"])).Message, StringComparison.Ordinal);
        Assert.StartsWith($"The backup '{_directory.Path}' cannot be read: ", (await RefusalAsync(_directory.Path)).Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.StartsWith("The backup '/dev/zero' cannot be read: ", (await RefusalAsync("/dev/zero")).Message, StringComparison.Ordinal);
    }

    private static MemoryStream Content(string text) => new(Encoding.UTF8.GetBytes(text));

    private static PaxTarEntry Entry(string name, string content) => new(TarEntryType.RegularFile, name) { DataStream = Content(content) };

    private static BackupManifest ManifestOf(params (string Name, string Content)[] files) => new(
        BackupManifest.CurrentFormat, DateTime.UnixEpoch, "attacker", 1, 0, 0,
        [.. files.Select(f => new BackupContent(f.Name, f.Content.Length, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Content)))))]);

    private async Task<string> WriteAsync(BackupManifest manifest, params TarEntry[] entries)
    {
        var path = _directory[$"{Guid.NewGuid():N}.tar.gz"];
        await using var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        await using var tar = new TarWriter(zip);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "backup.json") { DataStream = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, ActivityLog.Json)) }, Cancellation);
        foreach (var entry in entries)
            await tar.WriteEntryAsync(entry, Cancellation);
        return path;
    }

    private async Task AssertRefusedAsync(string file) => Assert.Equal("The file is no backup of the portal, or it is damaged.", (await RefusalAsync(file)).Message);

    private async Task<BackupException> RefusalAsync(string file)
    {
        await using var core = TestCore.NotStarted(Data);
        var refusal = await Assert.ThrowsAsync<BackupException>(() => core.Get<Restoration>().PrepareAsync(file, BackupSecrets.FromSettings, "root", Cancellation));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
        return refusal;
    }
}
