using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores;

/// <summary>A file that is read often and changes seldom: it is parsed again only after it changed. Safe for several threads.</summary>
/// <param name="path">The file.</param>
/// <param name="parse">Makes of its content what does not change any more.</param>
internal sealed class ParsedFile<T>(string path, Func<byte[], T> parse)
    where T : class
{
    // A file can change twice within one tick of a file system's clock, which is some 10 ms; what is younger is read again.
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private (DateTime Written, long Length, T Content)? _settled;
    private (string Hash, T Content)? _parsed;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>What it holds now; null where there is no such file.</summary>
    public T? Read()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;

        var (written, length) = (file.LastWriteTimeUtc, file.Length);
        lock (_gate)
        {
            if (_settled is { } known && known.Written == written && known.Length == length)
                return known.Content;
        }

        var newest = TimeProvider.System.GetUtcNow().UtcDateTime - ClockTick;
        var content = Parse(RegularFile.Read(path));
        if (written < newest)
        {
            lock (_gate)
                _settled = (written, length, content);
        }

        return content;
    }

    /// <summary>What the content says: that which is checked before it is written is the one that is read back and changed the next time.</summary>
    public T Parse(byte[] content)
    {
        var hash = Thumbprints.Sha256(content);
        lock (_gate)
        {
            if (_parsed is { } last && last.Hash == hash)
                return last.Content;
        }

        var parsed = parse(content);
        lock (_gate)
            _parsed = (hash, parsed);
        return parsed;
    }
}
