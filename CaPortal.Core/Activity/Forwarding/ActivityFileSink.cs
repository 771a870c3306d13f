using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>
/// Appends lines to a file. The file is opened again each time, so that it may be renamed, emptied or deleted meanwhile, as
/// logrotate does.
/// </summary>
internal sealed class ActivityFileSink(IOptions<CoreOptions> options) : IActivitySink
{
    private string File => options.Value.Activity.File;

    /// <inheritdoc/>
    public string Name => "file";

    /// <inheritdoc/>
    public bool IsConfigured => File.Length > 0;

    /// <inheritdoc/>
    public Task SendAsync(IReadOnlyList<ActivityEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            // Folders of logs often belong to a group, such as /var/log of Ubuntu; with the file alone it can do no harm.
            FolderGuard.Require(Path.GetDirectoryName(File)!, mayHaveGroup: true);
            using var folder = FolderHandle.OpenFor(File);
            using var file = folder.OpenOrCreate(Path.GetFileName(File), FileShare.ReadWrite | FileShare.Delete);
            Append(file, entries);
            return Task.CompletedTask;
        }
        catch (UnfitFileException e)
        {
            throw new ActivitySinkException($"{e.Message} {e.Advice}", e);
        }
        catch (UntrustedFolderException e)
        {
            throw new ActivitySinkException($"{e.Message} {e.Advice}", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not ActivitySinkException))
        {
            throw new ActivitySinkException($"The file '{File}' cannot be written: {e.Message}", e);
        }
    }

    private static void Append(FileStream file, IReadOnlyList<ActivityEntry> entries)
    {
        using var lines = new MemoryStream();

        // What was begun before a power cut stays a line of its own.
        if (!EndsWithALine(file))
            lines.WriteByte((byte)'\n');
        foreach (var entry in entries)
        {
            lines.Write(ActivityLine.Of(entry));
            lines.WriteByte((byte)'\n');
        }

        var end = file.Seek(0, SeekOrigin.End);
        try
        {
            file.Write(lines.GetBuffer(), 0, (int)lines.Length);

            // The position is kept durably, so the lines up to it must be durable too.
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half of them, on a full disk: they are written again as a whole.
            file.SetLength(end);
            throw;
        }
    }

    private static bool EndsWithALine(FileStream file)
    {
        if (file.Length == 0)
            return true;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
