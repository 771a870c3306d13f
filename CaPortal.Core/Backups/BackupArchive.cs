using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using CaPortal.Core.Activity;

namespace CaPortal.Core.Backups;

/// <summary>A backup as a tar archive under gzip: first what it says of itself, then the files.</summary>
internal static class BackupArchive
{
    private const string ManifestName = "backup.json";
    private const int MaxManifestBytes = 4 * 1024 * 1024;

    // Headers before a file, and what fills it up: a reader of tar keeps them in memory, however long they are.
    private const int MaxHeaderBytes = 16 * 1024;

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="manifest">What it says of itself.</param>
    /// <param name="open">Opens a file of the manifest.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task WriteAsync(Stream output, BackupManifest manifest, Func<BackupContent, Stream> open, CancellationToken cancellationToken)
    {
        await using var zip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
        await using var tar = new TarWriter(zip, TarEntryFormat.Pax);
        await using (var first = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, ActivityLog.Json)))
            await tar.WriteEntryAsync(EntryOf(ManifestName, first, manifest), cancellationToken);
        foreach (var file in manifest.Files)
        {
            await using var content = open(file);
            await tar.WriteEntryAsync(EntryOf(file.Name, content, manifest), cancellationToken);
        }
    }

    /// <summary>Reads it to its end, and writes its files into a folder.</summary>
    /// <param name="input">The archive.</param>
    /// <param name="create">Creates the file of a name that <see cref="BackupFiles.IsOne"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="BackupException">It is damaged, incomplete, or written by a newer version.</exception>
    public static async Task<BackupManifest> ReadAsync(Stream input, Func<string, Stream> create, CancellationToken cancellationToken)
    {
        try
        {
            await using var zip = new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
            await using var bounded = new BoundedStream(zip, MaxManifestBytes);
            await using var tar = new TarReader(bounded);
            var manifest = await ReadManifestAsync(tar, cancellationToken);
            bounded.Allow(manifest.Files.Sum(f => f.Length + MaxHeaderBytes) + MaxHeaderBytes);
            foreach (var file in manifest.Files)
            {
                if (!BackupFiles.IsOne(file.Name) || await tar.GetNextEntryAsync(copyData: false, cancellationToken) is not { } entry
                    || !IsFile(entry, file.Name) || entry.Length != file.Length)
                {
                    throw BackupCipher.NoBackup(null);
                }

                await using var target = create(file.Name);
                if (await CopyAsync(entry.DataStream ?? Stream.Null, target, cancellationToken) != file.Sha256)
                    throw BackupCipher.NoBackup(null);
            }

            return await tar.GetNextEntryAsync(copyData: false, cancellationToken) is null ? manifest : throw BackupCipher.NoBackup(null);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException or FormatException or ArgumentException
            or NotSupportedException)
        {
            throw BackupCipher.NoBackup(e);
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(TarReader tar, CancellationToken cancellationToken)
    {
        if (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is not { DataStream: { } content } entry
            || !IsFile(entry, ManifestName) || entry.Length > MaxManifestBytes)
        {
            throw BackupCipher.NoBackup(null);
        }

        var manifest = await JsonSerializer.DeserializeAsync<BackupManifest>(content, ActivityLog.Json, cancellationToken);
        return manifest switch
        {
            { Format: > BackupManifest.CurrentFormat } =>
                throw new BackupException("The backup was written by a newer version of CaPortal.", "Restore it with that version."),
            { Format: BackupManifest.CurrentFormat, Machine: not null, Files: { } files }
                when files.All(f => f is { Name: not null, Sha256: not null, Length: >= 0 }) && files.DistinctBy(f => f.Name).Count() == files.Count =>
                manifest,
            _ => throw BackupCipher.NoBackup(null),
        };
    }

    private static bool IsFile(TarEntry entry, string name) => entry.EntryType == TarEntryType.RegularFile && entry.Name == name;

    private static PaxTarEntry EntryOf(string name, Stream content, BackupManifest manifest) => new(TarEntryType.RegularFile, name)
    {
        DataStream = content,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        ModificationTime = new DateTimeOffset(manifest.TakenAt, TimeSpan.Zero),
    };

    /// <returns>SHA-256 of what was copied.</returns>
    private static async Task<string> CopyAsync(Stream source, Stream target, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[81_920];
        while (await source.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            hash.AppendData(buffer.AsSpan(0, count));
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
