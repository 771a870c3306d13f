using CaPortal.Core.Certificates;

namespace CaPortal.Core.TrustStores.LinuxAnchors;

/// <summary>What a file holds that is no PEM certificate, and that programs which read a bundle pass over.</summary>
internal enum UnreadForm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The file has nothing in it.</summary>
    Empty,

    /// <summary>It is one certificate in DER.</summary>
    Der,

    /// <summary>PEM text in UTF-16.</summary>
    Utf16,

    /// <summary>A certificate in OpenSSL's own form with settings of trust, which most programs but OpenSSL pass over.</summary>
    Trusted,

    /// <summary>A collection of certificates in PKCS#7.</summary>
    Pkcs7,

    /// <summary>PEM that does not begin at the beginning of a line, which OpenSSL passes over.</summary>
    Indented,

    /// <summary>An entry of p11-kit.</summary>
    P11Kit,

    /// <summary>Something else.</summary>
    Unknown,
}

/// <summary>Recognises such forms.</summary>
internal static class UnreadForms
{
    private static ReadOnlySpan<byte> P11KitHeader => "[p11-kit-object-v1]"u8;

    // Big-endian text has it too, one byte later.
    private static ReadOnlySpan<byte> BeginInUtf16 => "-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 "u8;

    /// <summary>What the file as a whole shows; null if it is text in which programs look for PEM.</summary>
    public static UnreadForm? Find(byte[] content) =>
        content.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0 ? UnreadForm.Empty
        : content.AsSpan().IndexOf(BeginInUtf16) >= 0 ? UnreadForm.Utf16
        : content.AsSpan().IndexOf(P11KitHeader) >= 0 ? UnreadForm.P11Kit
        : content is [0x30, ..] && LoadableCertificates.Contains(Thumbprints.Sha256(content), content) ? UnreadForm.Der
        : null;

    /// <summary>What a PEM block of this label holds; null if it can hold no certificate.</summary>
    public static UnreadForm? OfLabel(ReadOnlySpan<char> label) => label switch
    {
        "TRUSTED CERTIFICATE" => UnreadForm.Trusted,
        "PKCS7" or "CMS" => UnreadForm.Pkcs7,
        _ => null,
    };
}
