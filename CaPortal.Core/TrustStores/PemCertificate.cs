using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// A certificate in a PEM file, under each of the three labels from which programs with OpenSSL take what they trust; others
/// pass over all but the first.
/// </summary>
/// <param name="Sha256">SHA-256 of <paramref name="Der"/>.</param>
/// <param name="Der">Its DER encoding.</param>
internal sealed record PemCertificate(string Sha256, byte[] Der)
{
    private const string Usual = "CERTIFICATE";
    private const string Old = "X509 CERTIFICATE";
    private const string WithSettings = "TRUSTED CERTIFICATE";
    private const int HashLength = 16;

    private string _label = Usual;
    private byte[] _settings = [];
    private bool _areSettingsReadable = true;

    /// <summary>Every program that reads PEM files reads it.</summary>
    public bool IsReadByAll => _label == Usual;

    /// <summary>OpenSSL's settings behind it say that it is not trusted for servers.</summary>
    public bool IsDistrusted { get; private init; }

    /// <summary>Programs can load it; OpenSSL gives up on the whole file where it cannot.</summary>
    public bool IsLoadable => _areSettingsReadable && LoadableCertificates.Contains(Sha256, Der);

    /// <summary>Its subject and the beginning of its hash, for people; the subject is not to be trusted.</summary>
    public string Name
    {
        get
        {
            var hash = $"SHA-256 {Sha256[..HashLength]}…";
            try
            {
                using var certificate = X509CertificateLoader.LoadCertificate(Der);
                return $"{DisplayText.Shorten(certificate.Subject)}, {hash}";
            }
            catch (CryptographicException)
            {
                return hash; // A name that cannot be decoded.
            }
        }
    }

    /// <summary>The certificate of a block; null where the label says that it is something else.</summary>
    /// <param name="label">The label.</param>
    /// <param name="content">The decoded content.</param>
    public static PemCertificate? Read(ReadOnlySpan<char> label, byte[] content)
    {
        if (label is Usual or Old)
            return new(Thumbprints.Sha256(content), content) { _label = label.ToString() };
        if (label is not WithSettings)
            return null;

        var length = Asn1Guard.FirstElementLength(content) ?? content.Length;
        var settings = length == content.Length ? null : OpenSslTrust.Read(content.AsMemory(length));
        return new(Thumbprints.Sha256(content.AsSpan(..length)), content[..length])
        {
            _label = WithSettings,
            _settings = content[length..],
            _areSettingsReadable = settings is not null || length == content.Length,
            IsDistrusted = settings is { IsForServers: false },
        };
    }

    /// <summary>The block under the label that every program reads.</summary>
    public static string Format(ReadOnlySpan<byte> der) => PemEncoding.WriteString(Usual, der);

    /// <summary>The block as it was: under another label more programs would trust it, or without its settings for more.</summary>
    public string Format() => PemEncoding.WriteString(_label, [.. Der, .. _settings]);
}
