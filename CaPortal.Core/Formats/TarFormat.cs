using System.Formats.Tar;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>Tar archives of all versions, recognised by the checksum of their first header.</summary>
internal sealed class TarFormat : ICertificateFormat
{
    private const int HeaderBytes = 512;
    private const int ChecksumAt = 148;
    private const int ChecksumBytes = 8;
    private const string Advice = "Unpack it (tar -xf FILE) and add the certificate files in it.";

    public string Name => "Tar archive";

    public ReadOutcome Read(ReadRequest request)
    {
        if (!HasHeader(request.Content.Span))
            return ReadOutcome.NotThisFormat.Instance;

        var files = new List<ContainedFile>();
        var unread = new List<ReadItem>();
        // What is in a tar archive is not compressed: no more than all of it can come out.
        var bytes = new UnpackBudget(request.Content.Length);
        try
        {
            using var archive = new MemoryStream(request.Content.ToArray(), writable: false);
            using var reader = new TarReader(archive);
            while (reader.GetNextEntry() is { } entry)
            {
                request.CancellationToken.ThrowIfCancellationRequested();
                if (files.Count + unread.Count > request.Limits.MaxCertificates)
                    return ReadItems.TooMany(request.Limits);
                if (entry.EntryType is TarEntryType.SparseFile or TarEntryType.MultiVolume)
                    unread.Add(ArchiveEntry.Unread("only parts of it are stored", Advice, ArchiveEntry.Position(entry.Name)));
                else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile && !entry.Name.EndsWith('/'))
                    files.Add(new(ArchiveEntry.Position(entry.Name), ContentOf(entry, bytes, request.CancellationToken)));
            }

            if (!HasEnd(request.Content.Span[..(int)archive.Position]))
                throw new InvalidDataException("it ends without the mark of its end");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            unread.Add(
                ReadItems.Other(
                    "Damaged tar archive",
                    $"The rest of the tar archive cannot be read: {ReadItems.Reason(e)}.",
                    "Download or copy it again, in binary mode.",
                    $"behind entry {files.Count + unread.Count}"));
        }

        return ArchiveEntry.Outcome("tar archive", files, unread);
    }

    /// <summary>An archive ends with blocks of zeros; one that was cut off between two files has none.</summary>
    private static bool HasEnd(ReadOnlySpan<byte> read) => read.Length >= HeaderBytes && !read[^HeaderBytes..].ContainsAnyExcept((byte)0);

    private static byte[] ContentOf(TarEntry entry, UnpackBudget bytes, CancellationToken cancellationToken) =>
        entry.DataStream is { } data ? bytes.Read(data, cancellationToken) ?? throw new InvalidDataException("an entry is larger than the archive") : [];

    private static bool HasHeader(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderBytes || content[0] == 0)
            return false;
        var header = content[..HeaderBytes];
        var field = Encoding.ASCII.GetString(header.Slice(ChecksumAt, ChecksumBytes)).Trim(' ', '\0');
        if (field.Length == 0 || field.Any(c => c is < '0' or > '7'))
            return false;
        var sum = ChecksumBytes * ' ';
        for (var i = 0; i < header.Length; i++)
            sum += i is >= ChecksumAt and < ChecksumAt + ChecksumBytes ? 0 : header[i];
        return sum == Convert.ToInt32(field, 8);
    }
}
