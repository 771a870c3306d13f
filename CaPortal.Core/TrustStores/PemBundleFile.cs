using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// The content of a bundle file: certificates with a comment each, in the order of their SHA-256, so that equal content
/// gives equal bytes. It does not change once it is made.
/// </summary>
internal sealed class PemBundleFile
{
    private const int LongestSubject = 500;
    private const string SystemSection = "# == Roots of the operating system, renewed by CaPortal ==";
    private const string SystemSectionEnd = "# == End of the roots of the operating system ==";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly SortedDictionary<string, Entry> _entries;
    private readonly List<OtherBlock> _others;

    private PemBundleFile(SortedDictionary<string, Entry> entries, List<OtherBlock> others) => (_entries, _others) = (entries, others);

    /// <summary>SHA-256 of the certificates in it, in order, those of the operating system's section left out.</summary>
    public IReadOnlyCollection<string> Certificates => [.. _entries.Keys.Concat(ReadByOpenSslAlone).Order(StringComparer.Ordinal)];

    /// <summary>SHA-256 of those of <see cref="Certificates"/> that are there under labels of OpenSSL alone, which other programs pass over.</summary>
    public IEnumerable<string> ReadByOpenSslAlone =>
        _others.Select(o => o.Certificate?.Sha256).OfType<string>().Where(s => !_entries.ContainsKey(s)).Distinct();

    /// <summary>The certificate with this SHA-256; null if it is not in it.</summary>
    public ReadOnlyMemory<byte>? Find(string sha256) =>
        _entries.TryGetValue(sha256, out var entry) ? entry.Der
        : _others.Find(o => o.Certificate?.Sha256 == sha256) is { Certificate: { } other } ? other.Der
        : default(ReadOnlyMemory<byte>?);

    /// <summary>Number of blocks that are broken off, no base64, or no certificate that can be loaded.</summary>
    public int DamagedBlocks { get; private set; }

    /// <summary>There is text in it, but neither a certificate nor a comment.</summary>
    public bool IsSomethingElse { get; private set; }

    /// <summary>It is not as CaPortal writes it, nor as anybody would who means to add a certificate.</summary>
    public bool IsDamaged => DamagedBlocks > 0 || IsSomethingElse;

    /// <summary>What is damaged in it, as a sentence; null if nothing is.</summary>
    /// <param name="path">Where it is.</param>
    public string? DamageIn(string path) =>
        IsSomethingElse ? $"The file '{path}' holds something else than certificates."
        : DamagedBlocks > 0 ? $"The file '{path}' has {DamagedBlocks} certificate blocks that cannot be read."
        : null;

    /// <summary>Checks that it holds what it should. One certificate that cannot be loaded stops all TLS of the programs that read the file.</summary>
    /// <param name="intended">What it should hold.</param>
    /// <param name="path">Where it is going to be.</param>
    /// <exception cref="TrustStoreException">It does not.</exception>
    public void RequireToHold(PemBundleFile intended, string path)
    {
        if (IsDamaged || !Certificates.SequenceEqual(intended.Certificates))
        {
            throw new TrustStoreException(
                $"The portal did not change '{path}': it could not read the new content back.",
                "A certificate is malformed and would stop the programs that read this file. Look for it among those added last, and delete it.");
        }
    }

    /// <summary>Reads a file, in time proportional to its length for any content.</summary>
    public static PemBundleFile Parse(ReadOnlySpan<byte> file)
    {
        var bundle = new PemBundleFile(new(StringComparer.Ordinal), []);
        var text = Utf8.GetString(file.StartsWith(Encoding.UTF8.Preamble) ? file[Encoding.UTF8.Preamble.Length..] : file);
        var inSystemSection = false;
        var position = 0;
        foreach (var block in PemBlocks.Find(text))
        {
            var before = text.AsSpan(position..block.Start.Value);
            inSystemSection = IsInSystemSection(before, inSystemSection);
            bundle.AddBlock(text.AsSpan(block), before, inSystemSection);
            position = block.End.Value;
        }

        bundle.IsSomethingElse = position == 0 && text.AsSpan().Trim() is [not '#', ..];
        return bundle;
    }

    /// <summary>With certificates put in and taken out. One that is there already keeps the comment that it has; what is damaged goes.</summary>
    public PemBundleFile With(IEnumerable<TrustedCertificate> add, IEnumerable<CaCertificateKey> remove)
    {
        var entries = new SortedDictionary<string, Entry>(_entries, StringComparer.Ordinal);
        var gone = remove.Select(r => r.Sha256).ToHashSet();
        foreach (var removed in gone)
            entries.Remove(removed);
        foreach (var added in add)
            entries.TryAdd(added.Key.Sha256, new Entry(CommentOn(added), added.Der));
        return new PemBundleFile(entries, [.. _others.Where(o => o.Certificate is null || !gone.Contains(o.Certificate.Sha256))]);
    }

    /// <summary>The file.</summary>
    /// <param name="store">What it holds, for its heading.</param>
    /// <param name="systemRoots">Certificates for the operating system's section; those that are in the bundle anyway are not repeated.</param>
    public byte[] Format(CaStore store, IReadOnlyList<SystemRoot> systemRoots)
    {
        return Format(
            $"{(store == CaStore.Root ? "# Trusted root" : "# Intermediate")} certificates, kept up to date by CaPortal.\n"
                + "# Certificates that others add to this file stay in it.\n",
            systemRoots);
    }

    /// <summary>The file that is made of this one and of the operating system's roots.</summary>
    /// <param name="name">The name of this one.</param>
    /// <param name="systemRoots">Certificates for the operating system's section; those that are in the bundle anyway are not repeated.</param>
    public byte[] FormatCombined(string name, IReadOnlyList<SystemRoot> systemRoots) => Format(
        $"# The certificates of {name} and the roots of the operating system, kept up to date by CaPortal.\n"
            + $"# It is written anew: add certificates to {name}.\n",
        systemRoots);

    private byte[] Format(string heading, IReadOnlyList<SystemRoot> systemRoots)
    {
        var text = new StringBuilder(heading);
        foreach (var (comment, der) in _entries.Values)
            AppendBlock(text, comment, der.Span);
        foreach (var other in _others)
            text.Append('\n').Append(other.Text).Append('\n');

        if (systemRoots.Count > 0)
        {
            text.Append('\n').Append(SystemSection).Append('\n');
            foreach (var root in systemRoots.Where(r => !_entries.ContainsKey(r.Sha256)).OrderBy(r => r.Sha256, StringComparer.Ordinal))
                AppendBlock(text, $"# SHA-256: {root.Sha256}\n", root.Der.Span);
            text.Append('\n').Append(SystemSectionEnd).Append('\n');
        }

        return Utf8.GetBytes(text.ToString());
    }

    private static string CommentOn(TrustedCertificate certificate) => string.Create(CultureInfo.InvariantCulture, $"""
        # Subject: {OneLine(certificate.Subject)}
        # Valid: {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}
        # SHA-256: {certificate.Key.Sha256}

        """).ReplaceLineEndings("\n");

    private static void AppendBlock(StringBuilder text, string comment, ReadOnlySpan<byte> der) =>
        text.Append('\n').Append(comment).Append(PemCertificate.Format(der)).Append('\n');

    private void AddBlock(ReadOnlySpan<char> block, ReadOnlySpan<char> before, bool inSystemSection)
    {
        if (!PemEncoding.TryFind(block, out var fields))
        {
            DamagedBlocks++;
            return;
        }

        var certificate = PemCertificate.Read(block[fields.Label], Convert.FromBase64String(block[fields.Base64Data].ToString()));
        if (certificate is { IsLoadable: false })
            DamagedBlocks++;
        else if (certificate is { IsReadByAll: true } && !inSystemSection)
            _entries.TryAdd(certificate.Sha256, new Entry(CommentAbove(before), certificate.Der));
        else if (certificate is not { IsReadByAll: true })
            _others.Add(
                new OtherBlock(block.ToString().ReplaceLineEndings("\n"), inSystemSection || certificate is { IsDistrusted: true } ? null : certificate));
    }

    private static bool IsInSystemSection(ReadOnlySpan<char> text, bool wasInSystemSection)
    {
        foreach (var line in text.EnumerateLines())
        {
            if (line is SystemSection)
                wasInSystemSection = true;
            else if (line is SystemSectionEnd)
                wasInSystemSection = false;
        }

        return wasInSystemSection;
    }

    // The lines directly above a block are about it; the file's heading has an empty line below it.
    private static string CommentAbove(ReadOnlySpan<char> before)
    {
        var lines = new List<string>();
        foreach (var line in before.EnumerateLines())
            lines.Add(line.ToString());

        // The last "line" is what is between the last line break and the block: nothing, in any sound file.
        var comment = lines.SkipLast(1).Reverse().TakeWhile(l => l is ['#', ..] && !l.Contains(PemBlocks.Dashes, StringComparison.Ordinal)).Reverse();
        return string.Concat(comment.Select(l => l + "\n"));
    }

    // Names in a certificate can hold anything: no line break, and nothing that reads as the end of a block.
    private static string OneLine(string subject) =>
        DisplayText.Shorten(subject, LongestSubject).Replace("--", "-\\u{2D}", StringComparison.Ordinal);

    /// <summary>A block that stays as somebody else wrote it.</summary>
    /// <param name="Text">The block.</param>
    /// <param name="Certificate">The certificate in it that programs with OpenSSL trust; null if there is none.</param>
    private sealed record OtherBlock(string Text, PemCertificate? Certificate);

    private readonly record struct Entry(string Comment, ReadOnlyMemory<byte> Der);
}
