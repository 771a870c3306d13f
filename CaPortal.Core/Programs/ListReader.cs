using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using CaPortal.Core.Certificates;
using CaPortal.Core.Files;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.X509;
using Microsoft.Win32.SafeHandles;

namespace CaPortal.Core.Programs;

/// <summary>What a list holds of the certificates that are looked for.</summary>
/// <param name="Found">SHA-256 of those that are in it.</param>
/// <param name="ChangedAt">When it last changed; null if it is not there.</param>
/// <param name="IsDenied">The program's own account may not read it, or some of it.</param>
internal sealed record ListContent(IReadOnlySet<string> Found, DateTimeOffset? ChangedAt, bool IsDenied = false);

/// <summary>One look has read as much as it may. No <see cref="IOException"/>: a folder of which files are passed over would seem to lack them.</summary>
internal sealed class ListsTooLongException() : Exception("The lists of all programs together are longer than CaPortal reads in one look.");

/// <summary>Reads lists during one look, each file once, within bounds.</summary>
/// <param name="wanted">SHA-256 of the certificates that are looked for.</param>
/// <param name="reader">Reads what Java's older truststores hold.</param>
/// <param name="passwords">Passwords of truststores to try; they guard nothing.</param>
[SupportedOSPlatform("linux")]
internal sealed partial class ListReader(IReadOnlySet<string> wanted, CertificateReader reader, IReadOnlyList<string> passwords)
{
    // All lists of a machine together; more is nobody's intention.
    private const long MaxBytes = 64 * 1024 * 1024;
    private const uint OldJavaKeystore = 0xFEEDFEED;
    private const uint OldJavaKeystoreWithKeys = 0xCECECECE;

    private readonly Dictionary<(FileIdentity, ListKind), HashSet<string>> _read = [];
    private readonly Dictionary<(string Path, ListKind Kind, string Rights), ListContent> _folders = [];
    private long _bytes;

    /// <summary>What is in a list.</summary>
    /// <param name="source">The list.</param>
    /// <param name="files">The files as the program sees them.</param>
    /// <param name="account">The account that has to be able to read it; null if that is not known.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">It is no list, or it is too long.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="CryptographicException">It is a truststore that cannot be read; the message says why.</exception>
    /// <exception cref="ListsTooLongException">The lists together are too long.</exception>
    public async Task<ListContent> ReadAsync(ListSource source, ProcessFiles files, ProcessAccount? account, CancellationToken cancellationToken)
    {
        if (source.Kind is ListKind.HashedFolder or ListKind.DotNetStore)
        {
            // Most programs read the same one, of some hundred files.
            var key = (source.Path, source.Kind, account?.Rights ?? "");
            if (files.AreOfPortal && _folders.TryGetValue(key, out var known))
                return known;
            var content = await ReadFolderAsync(source, files, account, cancellationToken);
            if (files.AreOfPortal)
                _folders[key] = content;
            return content;
        }

        try
        {
            return await ReadFileAsync(source.Path, source.Kind, files, account, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ListContent(new HashSet<string>(), null);
        }
        catch (UnfitFileException) when (source.Kind == ListKind.Pem && IsFolder(source.Path, files))
        {
            return await ReadFolderAsync(source, files, account, cancellationToken);
        }
    }

    private static bool IsFolder(string path, ProcessFiles files)
    {
        try
        {
            return files.NamesIn(path, "*", out _) is not null;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<ListContent> ReadFolderAsync(ListSource source, ProcessFiles files, ProcessAccount? account, CancellationToken cancellationToken)
    {
        var (found, isDenied) = (new HashSet<string>(), false);
        if (files.NamesIn(source.Path, source.Kind == ListKind.DotNetStore ? "*.pfx" : "*", out var folder) is not { } names)
            return new ListContent(found, null);
        var changed = TimeOf(folder);
        foreach (var name in names.Where(n => source.Kind != ListKind.HashedFolder || HashedName().IsMatch(n)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var kind = source.Kind == ListKind.DotNetStore ? source.Kind : ListKind.Pem;
                var content = await ReadFileAsync($"{source.Path.TrimEnd('/')}/{name}", kind, files, account, cancellationToken);
                found.UnionWith(content.Found);
                isDenied |= content.IsDenied;
                changed = content.ChangedAt > changed ? content.ChangedAt.Value : changed;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Programs pass over what is no file, or not theirs to read.
            }
        }

        return new ListContent(found, changed, isDenied);
    }

    private async Task<ListContent> ReadFileAsync(
        string path, ListKind kind, ProcessFiles files, ProcessAccount? account, CancellationToken cancellationToken)
    {
        using var file = files.Open(path);
        if (account?.CanRead(file, files.AreOfPortal ? path : null) == false)
            return new ListContent(new HashSet<string>(), TimeOf(FileIdentity.Of(file)), IsDenied: true);
        var identity = FileIdentity.Of(file);
        if (!_read.TryGetValue((identity, kind), out var found))
            _read[(identity, kind)] = found = [.. (await ReadAsync(file, path, kind, cancellationToken)).Where(wanted.Contains)];
        return new ListContent(found, TimeOf(identity));
    }

    private async Task<IEnumerable<string>> ReadAsync(SafeFileHandle file, string path, ListKind kind, CancellationToken cancellationToken)
    {
        // What is not read leaves the room to other programs: a file that is too long by itself is refused below.
        if (FileIdentity.Of(file).Length is var length and <= RegularFile.MaxBytes)
            _bytes = _bytes + length <= MaxBytes ? _bytes + length : throw new ListsTooLongException();
        var content = RegularFile.Read(file, path, out _);
        return kind switch
        {
            ListKind.JavaTruststore => await ReadTruststoreAsync(content, cancellationToken),
            ListKind.DotNetStore => X509StoreFile.Decode(content) is { } der ? [Thumbprints.Sha256(der)] : [],
            _ => PemBundleFile.Parse(content).Certificates,
        };
    }

    private async Task<IEnumerable<string>> ReadTruststoreAsync(byte[] content, CancellationToken cancellationToken)
    {
        if (content.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(content) is OldJavaKeystore or OldJavaKeystoreWithKeys)
        {
            var result = await reader.ReadAsync(content, passwords[0], cancellationToken);
            return result.Items.Select(i => i.Facts?.Sha256).OfType<string>();
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return JavaTruststore.Parse(content, passwords[i]).Certificates;
            }
            catch (CryptographicException) when (i + 1 < passwords.Count)
            {
                // The next one may be right.
            }
        }
    }

    // The time of writing can be set by everybody, and is that of the package for a file that was just installed.
    private static DateTimeOffset TimeOf(FileIdentity identity) => DateTimeOffset.UnixEpoch.AddTicks(identity.Changed / TimeSpan.NanosecondsPerTick);

    [GeneratedRegex(@"^[0-9a-f]{8}\.[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex HashedName();
}
