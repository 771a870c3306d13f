using CaPortal.Core.Certificates;
using CaPortal.Core.Files;

namespace CaPortal.Core.TrustStores;

/// <summary>A file that is read often and changes seldom: it is parsed again only after it changed. Safe for several threads.</summary>
/// <param name="path">The file.</param>
/// <param name="parse">Makes of its content what does not change any more.</param>
internal sealed class ParsedFile<T>(string path, Func<byte[], T> parse)
    where T : class
{
    private readonly Lock _gate = new();
    private (FileIdentity Identity, T Content)? _settled;
    private (string Hash, T Content)? _parsed;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>What it holds now; null where there is no such file. A link in its place is refused.</summary>
    public T? Read()
    {
        if (FileIdentity.Of(path, followLinks: false) is not { } seen)
            return null;

        lock (_gate)
        {
            if (_settled is { } known && known.Identity == seen)
                return known.Content;
        }

        var began = TimeProvider.System.GetUtcNow();
        var content = Parse(RegularFile.Read(path, out var read));
        if (read.IsSettledAt(began))
        {
            lock (_gate)
                _settled = (read, content);
        }

        return content;
    }

    /// <summary>Has the next look read the file, even where it seems to be the same.</summary>
    public void Forget()
    {
        lock (_gate)
            _settled = null;
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
