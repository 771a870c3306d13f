using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>The entries of a BKS keystore, read one by one. Keys are skipped.</summary>
internal sealed class BouncyCastleEntries(ReadOnlyMemory<byte> content, ReadRequest request)
{
    private const byte End = 0;
    private const byte CertificateEntry = 1;
    private const byte KeyEntry = 2;
    private const byte SecretEntry = 3;
    private const byte SealedEntry = 4;
    private const byte PrivateKeyType = 0;
    private const byte PublicKeyType = 1;

    private JavaKeystoreCursor _cursor = new(content);

    /// <summary>What makes the items, in the order of the file.</summary>
    public List<Func<ReadItem>> Items { get; } = [];

    /// <summary>Whether the bytes have the form of an entry, or of the end of a keystore without any; ciphertext does not.</summary>
    public static bool Begin(ReadOnlyMemory<byte> body)
    {
        const ulong latest = 1UL << 48;
        var cursor = new JavaKeystoreCursor(body);
        var type = cursor.Byte();
        if (type == End)
            return !cursor.Failed && cursor.Peek().Length <= 20;
        var alias = cursor.Text();
        return type <= SealedEntry && cursor.UInt64() < latest && !cursor.Failed && !alias.Any(char.IsControl);
    }

    /// <summary>Collects the items; false where the keystore is damaged, which is then the last of them.</summary>
    public bool Read()
    {
        for (var number = 1; Items.Count <= request.Limits.MaxCertificates; number++)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            var type = _cursor.Byte();
            if (type == End && !_cursor.Failed && _cursor.AtEnd)
                return true;
            if (ReadEntry(type))
                continue;
            var position = $"entry {number}";
            Items.Add(() =>
                ReadItems.Other(
                    "Damaged keystore entry",
                    "From here on the keystore cannot be read: it is cut off or changed.",
                    "Export or copy the keystore again, in binary mode.",
                    position));
            return false;
        }

        return true;
    }

    private bool ReadEntry(byte type)
    {
        var alias = _cursor.Text();
        _cursor.UInt64();
        var position = $"entry \"{DisplayText.Shorten(alias, 64)}\"";
        var chain = _cursor.UInt32();
        for (uint i = 0; i < chain; i++)
        {
            if (Items.Count > request.Limits.MaxCertificates || !ReadCertificate(alias, $"{position}, certificate {i + 1}"))
                return false;
        }

        return type switch
        {
            CertificateEntry => ReadCertificate(alias, position),
            KeyEntry => SkipKey(alias, position),
            SecretEntry => Skip(alias, position, isSecret: true),
            // What is sealed in it is encrypted; only a private key has a chain.
            SealedEntry => Skip(alias, position, isSecret: chain == 0),
            _ => false,
        };
    }

    private bool ReadCertificate(string alias, string position)
    {
        var type = _cursor.Text();
        var der = _cursor.Block();
        if (_cursor.Failed)
            return false;
        Items.Add(() => type == "X.509"
            ? ReadItems.Certificate(der, request.Limits, position, alias)
            : ReadItems.Other("Certificate of another kind", "This is a certificate, but not of the kind X.509.", null, position, alias));
        return true;
    }

    private bool SkipKey(string alias, string position)
    {
        var type = _cursor.Byte();
        _cursor.Text();
        _cursor.Text();
        if (type != PublicKeyType)
            return Skip(alias, position, isSecret: type != PrivateKeyType);
        _cursor.Block();
        Items.Add(() => NotCertificates.Name(DerKind.PublicKey, position, alias, FindingSeverity.Information));
        return !_cursor.Failed;
    }

    private bool Skip(string alias, string position, bool isSecret)
    {
        _cursor.Block();
        if (_cursor.Failed)
            return false;
        Items.Add(() => isSecret ? ReadItems.Secret(position, alias) : ReadItems.PrivateKey(position, alias));
        return true;
    }
}
