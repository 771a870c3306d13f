using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using CaPortal.Core.Activity;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using Microsoft.Extensions.Logging;

namespace CaPortal.Core.Inventory;

/// <summary>
/// The newest revision that was brought to the trust stores, in a small file beside each of them. An older backup of the data
/// directory agrees with itself, so that only what is kept outside of it shows that the list goes back.
/// </summary>
internal sealed partial class ListMarks(TrustStoreSelection trustStores, ActivityLog activity, ILogger<ListMarks> logger)
{
    private readonly ConcurrentDictionary<string, long> _written = new();
    private readonly Lock _gate = new();
    private long? _atStart;

    /// <summary>
    /// The newest revision in the files when this process first looked; 0 where there is none. It is not read again:
    /// a mark that another process has written since may be ahead of what a transaction sees.
    /// </summary>
    public long AtStart
    {
        get
        {
            lock (_gate)
                return _atStart ??= Paths().Select(Read).Append(0).Max();
        }
    }

    /// <summary>Keeps the revision. Where that fails, the mark beside another trust store has it, or the next round tries again.</summary>
    public void Write(long revision)
    {
        _ = AtStart;
        foreach (var path in Paths().Where(p => _written.GetValueOrDefault(p) != revision))
        {
            try
            {
                FolderGuard.Require(Path.GetDirectoryName(path)!);
                AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(new Content(revision, Sign(revision)), ActivityLog.Json), AtomicFile.OwnerOnly);
                _written[path] = revision;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Logged once, and again where it has worked in between.
                if (!_written.TryGetValue(path, out var known) || known > 0)
                    LogNotWritten(logger, path, e.Message);
                _written[path] = 0;
            }
        }
    }

    /// <summary>Takes the marks away: a new list begins.</summary>
    public void Clear()
    {
        foreach (var path in Paths())
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotWritten(logger, path, e.Message);
            }
        }

        _written.Clear();
        lock (_gate)
            _atStart = 0;
    }

    // The name is made with the log's key: a portal on another database that writes the same trust store has marks of its own.
    private List<string> Paths() => activity.Sign("list mark") is not { } id ? [] :
    [
        .. trustStores.Enabled.Select(s => s.MarkFolder).OfType<string>().Where(Directory.Exists).Distinct()
            .Select(f => Path.Combine(f, $".caportal-{id[..16]}.revision")),
    ];

    private long Read(string path)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(RegularFile.Read(path), ActivityLog.Json);
            return content is not null && content.Signature == Sign(content.Revision) ? content.Revision : 0;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private string? Sign(long revision) => activity.Sign(string.Create(CultureInfo.InvariantCulture, $"list mark;{revision}"));

    [LoggerMessage(
        134,
        LogLevel.Warning,
        "The revision of the list could not be kept in {Path}, outside the data directory: "
            + "{Reason} An older backup would not be noticed there")]
    private static partial void LogNotWritten(ILogger logger, string path, string reason);

    private sealed record Content(long Revision, string? Signature);
}
