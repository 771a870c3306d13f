using System.Collections.Concurrent;
using CaPortal.Core.Files;
using CaPortal.Core.Formats;

namespace CaPortal.Core.Nodes;

/// <summary>The roots that Java trusts by default: the file <c>cacerts</c> of the system and of JAVA_HOME.</summary>
internal sealed class JavaTrustList
{
    /// <summary>Java's own, the same in every installation; the content is public.</summary>
    private const string Password = "changeit";

    private static readonly string[] SystemFiles =
    [
        "/etc/ssl/certs/java/cacerts",
        "/etc/pki/ca-trust/extracted/java/cacerts",
        "/var/lib/ca-certificates/java-cacerts",
    ];

    private readonly CertificateReader _reader;
    private readonly IReadOnlyList<string> _systemFiles;
    private readonly ConcurrentDictionary<string, (FileIdentity Identity, HashSet<string> Sha256s)> _read = new();

    /// <summary>Creates it for this machine.</summary>
    public JavaTrustList(CertificateReader reader)
        : this(reader, SystemFiles)
    {
    }

    internal JavaTrustList(CertificateReader reader, IReadOnlyList<string> systemFiles) => (_reader, _systemFiles) = (reader, systemFiles);

    /// <summary>SHA-256 of the roots in each file that is there and can be read.</summary>
    /// <param name="besidesTheSystems">Not those that the operating system keeps.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyDictionary<string, HashSet<string>>> ReadAsync(bool besidesTheSystems, CancellationToken cancellationToken)
    {
        var lists = new Dictionary<string, HashSet<string>>();
        foreach (var path in Files(besidesTheSystems))
        {
            try
            {
                lists[path] = await ReadAsync(path, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is nobody's task here to keep it readable.
            }
        }

        return lists;
    }

    private IEnumerable<string> Files(bool besidesTheSystems)
    {
        List<string> files = besidesTheSystems ? [] : [.. _systemFiles];

        // In a distribution's Java it is a link to the system's.
        if (Environment.GetEnvironmentVariable("JAVA_HOME") is { Length: > 0 } home
            && new FileInfo(Path.Combine(home, "lib", "security", "cacerts")) is { Exists: true, LinkTarget: null } own)
        {
            files.Add(own.FullName);
        }

        return files.Where(File.Exists);
    }

    private async Task<HashSet<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (_read.TryGetValue(path, out var known) && known.Identity == FileIdentity.Of(path, followLinks: true))
            return known.Sha256s;

        var result = await _reader.ReadAsync(RegularFile.ReadThroughLinks(path, out var identity), Password, cancellationToken);
        HashSet<string> sha256s = [.. result.Items.Select(i => i.Facts?.Sha256).OfType<string>()];
        _read[path] = (identity, sha256s);
        return sha256s;
    }
}
