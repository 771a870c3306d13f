using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.TrustStores.Java;

/// <summary>
/// The content of a PKCS#12 file (RFC 7292) as Java reads it. A certificate is trusted if its bag has Oracle's attribute for
/// that. It is known by its friendly name, the alias. The content does not change once it is made.
/// </summary>
internal sealed class JavaTruststore
{
    // The defaults of keytool since Java 16, read by every Java since 8u301 and 11.0.12.
    private const int Iterations = 10_000;

    // What .NET writes at once grows by a kilobyte at a time and is copied each time: 10,000 certificates in one part take a minute.
    private const int BagsInOnePart = 500;

    // Each is encrypted by itself, which costs its iterations every time the file is read.
    private const int MaxParts = 50;

    private static readonly ReadLimits Limits = new();
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations);

    private static readonly Oid X509Certificate = new("1.2.840.113549.1.9.22.1");
    private static readonly Oid FriendlyName = new("1.2.840.113549.1.9.20");
    private static readonly Oid TrustedKeyUsage = new("2.16.840.1.113894.746875.1.1");
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";

    private readonly List<Pkcs12SafeBag> _bags;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _trusted;

    private JavaTruststore(List<Pkcs12SafeBag> bags)
    {
        _bags = bags;
        _trusted = new(StringComparer.Ordinal);
        foreach (var der in bags.Select(TrustedCertificateIn).OfType<ReadOnlyMemory<byte>>())
            _trusted.TryAdd(Thumbprints.Sha256(der.Span), der);
    }

    /// <summary>One that holds nothing.</summary>
    public static JavaTruststore Empty { get; } = new([]);

    /// <summary>SHA-256 of the certificates that Java trusts by it.</summary>
    public IReadOnlyCollection<string> Certificates => _trusted.Keys;

    /// <summary>The file has no bytes, as one that was cut off when it was made.</summary>
    public bool IsBlank { get; private init; }

    /// <summary>It holds private keys, secrets or anything else besides certificates.</summary>
    public bool HoldsKeys => _bags.Exists(b => b is not Pkcs12CertBag);

    /// <summary>The alias that a certificate gets. Java ignores case in it.</summary>
    public static string AliasOf(string sha256) => $"caportal-{sha256}";

    /// <summary>The certificate with this SHA-256; null if it is not trusted by it.</summary>
    public ReadOnlyMemory<byte>? Find(string sha256) => _trusted.TryGetValue(sha256, out var der) ? der : default(ReadOnlyMemory<byte>?);

    /// <summary>Reads a file.</summary>
    /// <exception cref="CryptographicException">It is something else, damaged, or has another password; the message says which.</exception>
    public static JavaTruststore Parse(byte[] file, string password)
    {
        if (file.Length == 0)
            return new JavaTruststore([]) { IsBlank = true };
        if (Pkcs12Format.RefusalFor(file, Limits) is { } refusal)
            throw new CryptographicException(refusal);

        try
        {
            var pfx = Pkcs12Info.Decode(file, out _);
            if (pfx.IntegrityMode == Pkcs12IntegrityMode.Password && !pfx.VerifyMac(password))
                throw new CryptographicException("the password in the settings is not its password");
            return new JavaTruststore([.. pfx.AuthenticatedSafe.SelectMany(contents => BagsIn(contents, password))]);
        }
        catch (AsnContentException exception)
        {
            throw new CryptographicException("it is damaged", exception);
        }
    }

    /// <summary>
    /// With certificates put in and taken out; itself where that makes no difference. One that is trusted already keeps the alias
    /// that it has.
    /// </summary>
    public JavaTruststore With(IEnumerable<TrustedCertificate> add, IEnumerable<CaCertificateKey> remove)
    {
        var removed = remove.Select(k => k.Sha256).Where(_trusted.ContainsKey).ToHashSet();
        var added = add.Where(c => !_trusted.ContainsKey(c.Key.Sha256) || removed.Contains(c.Key.Sha256)).DistinctBy(c => c.Key.Sha256).ToList();
        return removed.Count + added.Count == 0
            ? this
            : new JavaTruststore([.. _bags.Where(b => !IsAmong(removed, b)), .. added.Select(BagOf)]);
    }

    /// <summary>The file. Never twice the same, since it has random salts.</summary>
    public byte[] Format(string password)
    {
        var pfx = new Pkcs12Builder();
        foreach (var bags in _bags.Count == 0 ? [[]] : _bags.Chunk(Math.Max(BagsInOnePart, (_bags.Count / MaxParts) + 1)))
        {
            var contents = new Pkcs12SafeContents();
            Array.ForEach(bags, contents.AddSafeBag);
            pfx.AddSafeContentsEncrypted(contents, password, Encryption);
        }

        pfx.SealWithMac(password, HashAlgorithmName.SHA256, Iterations);
        return pfx.Encode();
    }

    private static IEnumerable<Pkcs12SafeBag> BagsIn(Pkcs12SafeContents contents, string password)
    {
        if (contents.ConfidentialityMode == Pkcs12ConfidentialityMode.Password)
            contents.Decrypt(password);
        return contents.ConfidentialityMode == Pkcs12ConfidentialityMode.None
            ? contents.GetBags()
            : throw new CryptographicException("a part of it is encrypted in a way that is not known here");
    }

    private static bool IsAmong(HashSet<string> hashes, Pkcs12SafeBag bag) =>
        TrustedCertificateIn(bag) is { } der && hashes.Contains(Thumbprints.Sha256(der.Span));

    private static ReadOnlyMemory<byte>? TrustedCertificateIn(Pkcs12SafeBag bag) =>
        bag is Pkcs12CertBag { IsX509Certificate: true } certificate
        && bag.Attributes.Cast<CryptographicAttributeObject>().Any(a => a.Oid.Value == TrustedKeyUsage.Value)
            ? new AsnReader(certificate.EncodedCertificate, AsnEncodingRules.BER).ReadOctetString()
            : default(ReadOnlyMemory<byte>?);

    private static Pkcs12CertBag BagOf(TrustedCertificate certificate) => new(X509Certificate, Encode(w => w.WriteOctetString(certificate.Der.Span)))
    {
        Attributes =
        {
            Attribute(FriendlyName, w => w.WriteCharacterString(UniversalTagNumber.BMPString, AliasOf(certificate.Key.Sha256))),
            Attribute(TrustedKeyUsage, w => w.WriteObjectIdentifier(AnyExtendedKeyUsage)),
        },
    };

    private static CryptographicAttributeObject Attribute(Oid type, Action<AsnWriter> value) =>
        new(type, new AsnEncodedDataCollection(new AsnEncodedData(type, Encode(value))));

    private static byte[] Encode(Action<AsnWriter> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        value(writer);
        return writer.Encode();
    }
}
