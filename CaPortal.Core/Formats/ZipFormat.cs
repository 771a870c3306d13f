using System.IO.Compression;

namespace CaPortal.Core.Formats;

/// <summary>ZIP archives, also those that other kinds of file are made of. Unpacked in memory, within a bound.</summary>
internal sealed class ZipFormat : ICertificateFormat
{
    private const string Advice = "Unpack it (unzip FILE) and add the certificate files in it.";

    public string Name => "ZIP archive";

    private static ReadOnlySpan<byte> FileHeader => "PK\x3\x4"u8;

    private static ReadOnlySpan<byte> DirectoryHeader => "PK\x1\x2"u8;

    private static ReadOnlySpan<byte> EndHeader => "PK\x5\x6"u8;

    public ReadOutcome Read(ReadRequest request)
    {
        var content = request.Content.Span;
        if (!content.StartsWith(FileHeader) && !content.StartsWith(EndHeader))
            return ReadOutcome.NotThisFormat.Instance;
        // Looked at before the directory is made objects of.
        if (content.Count(DirectoryHeader) > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);
        try
        {
            using var archive = new ZipArchive(new MemoryStream(request.Content.ToArray(), writable: false));
            return ReadEntries(archive, request);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new ReadOutcome.Broken("Damaged ZIP archive", $"The ZIP archive cannot be read: {ReadItems.Reason(e)}.", Advice);
        }
    }

    private static ReadOutcome ReadEntries(ZipArchive archive, ReadRequest request)
    {
        var files = new List<ContainedFile>();
        var unread = new List<ReadItem>();
        foreach (var entry in archive.Entries.Where(e => !e.FullName.EndsWith('/')))
        {
            var position = ArchiveEntry.Position(entry.FullName);
            if (entry.IsEncrypted)
            {
                unread.Add(ArchiveEntry.Unread("it is encrypted", Advice, position));
                continue;
            }

            try
            {
                using var packed = entry.Open();
                if (request.Unpacking.Read(packed, request.CancellationToken) is not { } content)
                    return UnpackBudget.TooLarge("ZIP archive", request.Limits);
                if (content.Length == entry.Length)
                    files.Add(new(position, content));
                else
                    unread.Add(ArchiveEntry.Unread("its data is cut off or changed", Advice, position));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                unread.Add(ArchiveEntry.Unread(ReadItems.Reason(e), Advice, position));
            }
        }

        return ArchiveEntry.Outcome("ZIP archive", files, unread);
    }
}
