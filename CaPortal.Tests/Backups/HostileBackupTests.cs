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

    public static TheoryData<string> Names =>
        ["../escaped", "/tmp/escaped", "keys/../../escaped", "keys/.hidden", "running.json", "trust/roots.pem", "portal.db-wal", "portal.db\n", ""];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => _directory["data"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Restore_FileThatBelongsIntoNoBackup_IsRefused(string name)
    {
        var file = await WriteAsync(
            ManifestOf((name, "x")),
            new PaxTarEntry(TarEntryType.RegularFile, name.Length == 0 ? "x" : name) { DataStream = Content("x") });

        await AssertRefusedAsync(file);
        Assert.False(File.Exists(_directory["escaped"]));
    }

    [Fact]
    public async Task Restore_LinkInPlaceOfAFile_IsRefused() =>
        await AssertRefusedAsync(
            await WriteAsync(ManifestOf(("portal.db", "")), new PaxTarEntry(TarEntryType.SymbolicLink, "portal.db") { LinkName = "/etc/passwd" }));

    [Fact]
    public async Task Restore_FileOfAnotherContentOrLengthThanItSays_IsRefused()
    {
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "received")));
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "expected and more")));
        await AssertRefusedAsync(await WriteAsync(ManifestOf(("activity.key", "expected"))));
        await AssertRefusedAsync(
            await WriteAsync(ManifestOf(("activity.key", "expected")), Entry("activity.key", "expected"), Entry("instance-id", "one more")));
    }

    [Fact]
    public async Task Restore_FileThatIsNamedTwice_IsRefused() =>
        await AssertRefusedAsync(
            await WriteAsync(ManifestOf(("activity.key", "x"), ("activity.key", "x")), Entry("activity.key", "x"), Entry("activity.key", "x")));

    /// <summary>
    /// A program that reads tar keeps the headers before a file in memory: a long name (L) or further fields (x).
    /// </summary>
    [Theory]
    [InlineData('x', false)]
    [InlineData('x', true)]
    [InlineData('L', false)]
    [InlineData('L', true)]
    public async Task Restore_HeaderThatUnpacksToManyMegabytes_IsRefusedBeforeItIsRead(char type, bool isAfterTheManifest)
    {
        const int megabytes = 64;
        using var bomb = new MemoryStream();
        await using (var zip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            if (isAfterTheManifest)
                await zip.WriteAsync(await TarOf(ManifestOf(("activity.key", "x"))), Cancellation);
            await zip.WriteAsync(HeaderOf(type, megabytes * 1024L * 1024), Cancellation);
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < megabytes; i++)
                await zip.WriteAsync(zeros, Cancellation);
        }

        await File.WriteAllBytesAsync(_directory["bomb.tar.gz"], bomb.ToArray(), Cancellation);
        await AssertRefusedAsync(_directory["bomb.tar.gz"]);
        bomb.Position = 0;
        await Assert.ThrowsAsync<BackupException>(() => BackupArchive.ReadAsync(bomb, _ => new MemoryStream(), Cancellation));
        Assert.InRange(bomb.Position, 1, bomb.Length / 2);
    }

    [Fact]
    public async Task Restore_WhatItSaysOfItself_IsShownHarmlesslyAndComparedWithTheDatabase()
    {
        await using var source = await TestCore.StartAsync();
        await source.Get<BackupWriter>().WriteAsync(_directory["true.tar.gz"], null, Cancellation);
        var parts = new Dictionary<string, MemoryStream>();
        BackupManifest manifest;
        await using (var file = File.OpenRead(_directory["true.tar.gz"]))
            manifest = await BackupArchive.ReadAsync(file, name => parts[name] = new MemoryStream(), Cancellation);
        var lying = manifest with { Machine = "\u001b[31mEVIL\r\nFAKE", Revision = 999_999, Certificates = 12_345 };
        await using (var target = File.Create(_directory["lying.tar.gz"]))
            await BackupArchive.WriteAsync(target, lying, c => new MemoryStream(parts[c.Name].ToArray()), Cancellation);

        await using var core = TestCore.NotStarted(Data);
        var ready = await core.Get<Restoration>().PrepareAsync(_directory["lying.tar.gz"], BackupSecrets.FromSettings, "root", Cancellation);
        Assert.Equal((0, 0), (ready.Manifest.Revision, ready.Manifest.Certificates));
        Assert.DoesNotContain(ready.Manifest.Machine, char.IsControl);
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
        Assert.StartsWith(
            $"The backup '{_directory["missing"]}' cannot be read: ",
            (await RefusalAsync(_directory["missing"])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith($"The backup '{_directory.Path}' cannot be read: ", (await RefusalAsync(_directory.Path)).Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.StartsWith("The backup '/dev/zero' cannot be read: ", (await RefusalAsync("/dev/zero")).Message, StringComparison.Ordinal);
    }

    /// <summary>A header of tar that says how long what follows is.</summary>
    private static byte[] HeaderOf(char type, long length)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes("name").CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000600\00000000\00000000\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000").CopyTo(header, 136);
        Encoding.ASCII.GetBytes("        ").CopyTo(header, 148);
        header[156] = (byte)type;
        Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        return header;
    }

    /// <summary>The beginning of an archive: what it says of itself.</summary>
    private static async Task<byte[]> TarOf(BackupManifest manifest)
    {
        using var archive = new MemoryStream();
        await using var tar = new TarWriter(archive, leaveOpen: true);
        await tar.WriteEntryAsync(EntryOf(manifest), Cancellation);
        return archive.ToArray();
    }

    private static PaxTarEntry EntryOf(BackupManifest manifest) =>
        new(TarEntryType.RegularFile, "backup.json") { DataStream = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, ActivityLog.Json)) };

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
        await tar.WriteEntryAsync(EntryOf(manifest), Cancellation);
        foreach (var entry in entries)
            await tar.WriteEntryAsync(entry, Cancellation);
        return path;
    }

    private async Task AssertRefusedAsync(string file) =>
        Assert.Equal("The file is no backup of the portal, or it is damaged.", (await RefusalAsync(file)).Message);

    private async Task<BackupException> RefusalAsync(string file)
    {
        await using var core = TestCore.NotStarted(Data);
        var refusal = await Assert.ThrowsAsync<BackupException>(() =>
            core.Get<Restoration>().PrepareAsync(file, BackupSecrets.FromSettings, "root", Cancellation));
        Assert.Empty(Directory.GetFileSystemEntries(Data));
        return refusal;
    }
}
