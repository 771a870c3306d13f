using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Formats;

namespace CaPortal.Core.TrustStores.X509;

/// <summary>
/// One file of a .NET certificate store on Unix: a PKCS#12 file with one certificate, an empty password, and one
/// iteration, as <see cref="X509Store"/> itself writes it.
/// </summary>
internal static class X509StoreFile
{
    private const string Password = "";

    // The loader has its own, which are lower; what it reads alone is read by it.
    private static readonly ReadLimits Limits = new();

    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1);

    /// <summary>The file for a certificate. There is no way for a private key to get in.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        var contents = new Pkcs12SafeContents();
        contents.AddCertificate(certificate);
        var file = new Pkcs12Builder();
        file.AddSafeContentsEncrypted(contents, Password, Encryption);
        file.SealWithMac(Password, HashAlgorithmName.SHA256, 1);
        return file.Encode();
    }

    /// <summary>The certificate that .NET finds in the file; null where it finds none.</summary>
    public static byte[]? Decode(byte[] file)
    {
        try
        {
            return (Pkcs12Format.RefusalFor(file, Limits) is null ? ReadSoleCertificate(file) : null) ?? ReadAsDotNet(file);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException)
        {
            return null;
        }
    }

    // Files of the form above, which are nearly all: five times as quick as the loader, which prepares everything that
    // a certificate can be asked for.
    private static byte[]? ReadSoleCertificate(byte[] file)
    {
        var pfx = Pkcs12Info.Decode(file, out _, skipCopy: true);
        if (pfx.IntegrityMode != Pkcs12IntegrityMode.Password || pfx.AuthenticatedSafe is not [var contents] || !pfx.VerifyMac(Password))
            return null;

        if (contents.ConfidentialityMode == Pkcs12ConfidentialityMode.Password)
            contents.Decrypt(Password);
        return contents.ConfidentialityMode == Pkcs12ConfidentialityMode.None && contents.GetBags().ToList() is [Pkcs12CertBag { IsX509Certificate: true } bag]
            ? AsnDecoder.ReadOctetString(bag.EncodedCertificate.Span, AsnEncodingRules.BER, out _)
            : null;
    }

    private static byte[] ReadAsDotNet(byte[] file)
    {
        using var certificate = X509CertificateLoader.LoadPkcs12(file, Password);
        return certificate.RawData;
    }
}
