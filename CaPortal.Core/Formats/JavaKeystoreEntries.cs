namespace CaPortal.Core.Formats;

/// <summary>The entries of a Java keystore, read one by one. Keys are skipped and Java's serialised objects never deserialised.</summary>
internal sealed class JavaKeystoreEntries(ReadOnlyMemory<byte> content, ReadRequest request)
{
    private const uint KeyEntry = 1;
    private const uint CertificateEntry = 2;
    private const uint SecretEntry = 3;
    private const string X509 = "X.509";

    private JavaKeystoreCursor _cursor = new(content);

    private uint _version;

    /// <summary>What makes the items, in the order of the file.</summary>
    public List<Func<ReadItem>> Items { get; } = [];

    private static ReadOnlySpan<byte> SerialisedObject => [0xac, 0xed, 0x00, 0x05];

    /// <summary>Where the entries end.</summary>
    public int End => _cursor.Position;

    /// <summary>Collects the items; false if the keystore is damaged, which is then the last of them.</summary>
    public bool Read()
    {
        _cursor.UInt32();
        _version = _cursor.UInt32();
        var count = _cursor.UInt32();
        for (uint i = 0; i < count && Items.Count <= request.Limits.MaxCertificates; i++)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            if (ReadEntry(isLast: i == count - 1))
                continue;
            var position = $"entry {i + 1}";
            Items.Add(() =>
                ReadItems.Other(
                    "Damaged keystore entry",
                    $"From here on the keystore cannot be read: {count - i:N0} of its {count:N0} entries are missing.",
                    "Export or copy the keystore again, in binary mode.",
                    position));
            return false;
        }

        return !_cursor.Failed;
    }

    private bool ReadEntry(bool isLast)
    {
        var tag = _cursor.UInt32();
        var alias = _cursor.Text();
        _cursor.UInt64();
        var position = $"entry \"{Printable(alias)}\"";
        switch (tag)
        {
            case CertificateEntry:
                return ReadCertificate(alias, position);
            case KeyEntry:
                _cursor.Block();
                if (_cursor.Failed)
                    return false;
                Items.Add(() => ReadItems.PrivateKey(position, alias));
                var chain = _cursor.UInt32();
                for (uint i = 0; i < chain; i++)
                {
                    if (Items.Count > request.Limits.MaxCertificates || !ReadCertificate(alias, $"{position}, certificate {i + 1}"))
                        return false;
                }

                return !_cursor.Failed;
            case SecretEntry when !_cursor.Failed:
                Items.Add(() => ReadItems.Secret(position, alias));
                return SkipSerialisedObject(isLast);
            default:
                return false;
        }
    }

    private bool ReadCertificate(string alias, string position)
    {
        var type = _version == 1 ? X509 : _cursor.Text();
        var der = _cursor.Block();
        if (_cursor.Failed)
            return false;
        Items.Add(() => type == X509
            ? ReadItems.Certificate(der, request.Limits, position, alias)
            : ReadItems.Other("Certificate of another kind", "This is a certificate, but not of the kind X.509.", null, position, alias));
        return true;
    }

    /// <summary>
    /// A secret key is a serialised Java object whose length is not stored. The next entry begins where bytes have the form
    /// of one.
    /// </summary>
    private bool SkipSerialisedObject(bool isLast)
    {
        if (!_cursor.Peek().StartsWith(SerialisedObject))
            return false;
        if (isLast)
        {
            _cursor.MoveTo(content.Length);
            return true;
        }

        for (var tag = _cursor.Position; ; tag++)
        {
            var at = content.Span[tag..].IndexOfAny((byte)KeyEntry, (byte)CertificateEntry, (byte)SecretEntry);
            if (at < 0)
                return false;
            tag += at;
            var position = tag + 1 - sizeof(uint);
            if (position <= _cursor.Position || !BeginsEntry(position))
                continue;
            _cursor.MoveTo(position);
            return true;
        }
    }

    private bool BeginsEntry(int position)
    {
        const ulong latest = 1UL << 48;
        var cursor = new JavaKeystoreCursor(content, position);
        var tag = cursor.UInt32();
        if (tag is not (KeyEntry or CertificateEntry or SecretEntry))
            return false;
        var alias = cursor.Text();
        if (cursor.UInt64() > latest || alias.Any(char.IsControl))
            return false;
        if (tag == SecretEntry)
            return cursor.Peek().StartsWith(SerialisedObject);
        if (tag == CertificateEntry && _version != 1 && cursor.Text() != X509)
            return false;
        return cursor.Block() is { Length: > 1 } block && block.Span[0] == 0x30;
    }

    private static string Printable(string alias)
    {
        const int longest = 64;
        return new([.. alias.Take(longest).Select(c => char.IsControl(c) ? '\ufffd' : c)]);
    }
}
