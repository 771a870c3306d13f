using static CaPortal.Core.Clients.ClientFamilies;

namespace CaPortal.Core.Clients;

/// <summary>Keys and signatures that some clients cannot use, whosever they are.</summary>
internal static class KeyRestrictions
{
    private const string OtherKey = "Ask for a certificate with a key that every client knows: RSA with 2048 to 4096 bits, or EC on P-256 or P-384.";

    private const int MaxRsaBits = 16_384;

    public static readonly RestrictionRow[] Rows =
    [
        // Java: JDK-8235710, release notes of 16 (asked in a test). Go: crypto/x509, namedCurveFromOID. GnuTLS: asked in a test.
        // Chrome: simple_path_builder_delegate.cc, IsAcceptableCurveForEcdsa.
        new(
            "curve",
            null,
            [Java16, Go, GnuTls, Chrome],
            (facts, _) => facts is { KeyAlgorithm: "EC", Curve: not (null or "explicit" or "P-192" or "P-224" or "P-256" or "P-384" or "P-521") },
            "its key is on an elliptic curve that they do not know",
            OtherKey),
        new(
            "curve-p224",
            null,
            [Java16, Chrome],
            (facts, _) => facts is { KeyAlgorithm: "EC", Curve: "P-224" },
            "its key is on the elliptic curve P-224, which they do not know",
            OtherKey),

        // SM2 (GB/T 32918) has EC keys on a curve of its own. Java: sun.security.util.CurveDB has it in no version; GnuTLS: asked in a test, as Java.
        // Go: crypto/x509, namedCurveFromOID. Chrome: simple_path_builder_delegate.cc, IsAcceptableCurveForEcdsa.
        new("key-sm2", null, [Java, Go, GnuTls, Chrome], (facts, _) => facts.KeyAlgorithm == "SM2", "its key is an SM2 key, which they do not know", OtherKey),

        // OpenSSL 3: X509_V_ERR_EC_KEY_EXPLICIT_PARAMS (asked in a test, as Java and GnuTLS). Go: crypto/x509, parsePublicKey. RFC 5480 §2.1.1 forbids it.
        new(
            "curve-explicit",
            null,
            [AnyOpenSsl, Java, Go, GnuTls, Chrome],
            (facts, _) => facts is { KeyAlgorithm: "EC", Curve: "explicit" },
            "its key spells out the elliptic curve in place of naming it",
            OtherKey) { IsByAll = true },

        // Go: release notes of 1.16, DSA signatures are no longer verified. Chrome: simple_path_builder_delegate.cc,
        // IsPublicKeyAcceptable. TLS 1.3: RFC 8446 §4.2.3.
        new("key-dsa", CertificateRole.Ca, [Go, Chrome], (facts, _) => facts.KeyAlgorithm == "DSA", "its key is a DSA key", OtherKey),
        new("key-dsa", CertificateRole.Server, ["every client of TLS 1.3"], (facts, _) => facts.KeyAlgorithm == "DSA", "its key is a DSA key", OtherKey),

        // Chrome: simple_path_builder_delegate.cc, IsPublicKeyAcceptable knows RSA and EC alone. Go: crypto/x509, getPublicKeyAlgorithmFromOID.
        new("key-ed25519", null, [Chrome], (facts, _) => facts.KeyAlgorithm == "Ed25519", "its key is an Ed25519 key", OtherKey),
        new("key-ed448", null, [Go, Chrome], (facts, _) => facts.KeyAlgorithm == "Ed448", "its key is an Ed448 key", OtherKey),

        // Go: crypto/x509, getPublicKeyAlgorithmFromOID does not know id-RSASSA-PSS as a key (golang/go#15958 is for signatures).
        new(
            "key-rsa-pss",
            null,
            [Go],
            (facts, _) => facts.KeyAlgorithm == "RSASSA-PSS",
            "its RSA key is marked as one for RSASSA-PSS signatures alone (RFC 4055 §1.2)",
            "Ask for a certificate whose key is marked as an ordinary RSA key; its signatures may still be RSASSA-PSS."),

        // Go: crypto/tls, maxRSAKeySize since 1.20.7 (CVE-2023-29409): of each certificate that a server sends.
        new(
            "key-rsa-8192",
            null,
            ["Go 1.20.7 or later, where the server sends it"],
            (facts, _) => facts.KeyAlgorithm.StartsWith("RSA", StringComparison.Ordinal) && facts.KeySize is > 8192 and <= MaxRsaBits,
            "its RSA key has more than 8192 bits",
            OtherKey),

        // OpenSSL: OPENSSL_RSA_MAX_MODULUS_BITS in rsa.h. Java: sun.security.rsa.RSAKeyFactory, MAX_MODLEN. Both are asked in a test.
        new(
            "key-rsa-16384",
            null,
            [AnyOpenSsl, Java, Go, Chrome],
            (facts, _) => facts.KeyAlgorithm.StartsWith("RSA", StringComparison.Ordinal) && facts.KeySize > MaxRsaBits,
            $"its RSA key has more than {MaxRsaBits} bits, with which they do not compute",
            OtherKey) { IsByAll = true },

        // Go: release notes of 1.18, and of 1.24 for the end of x509sha1. Browsers: CA/Browser Forum BR §7.1.3.2. OpenSSL and GnuTLS: asked in a test.
        // The signature of a root is verified by none of them.
        new(
            "signature-sha1",
            null,
            ["Go 1.18 or later", Browsers, GnuTls, "OpenSSL at security level 2 (Debian, Ubuntu)"],
            (facts, _) => !facts.IsSelfSigned && facts.SignatureAlgorithm.Contains("SHA-1", StringComparison.Ordinal),
            "it is signed with SHA-1, with which signatures can be forged",
            "Ask the issuer to issue it again with SHA-256 or better."),

        // Go: crypto/x509, ParseCertificate, and the GODEBUG setting x509negativeserial.
        new(
            "serial-negative",
            null,
            ["Go 1.23 or later"],
            (facts, _) => facts.SerialNumber is [>= '8', ..],
            "its serial number is negative (RFC 5280 §4.1.2.2)",
            "Ask the issuer to issue it again with a positive serial number."),
    ];
}
