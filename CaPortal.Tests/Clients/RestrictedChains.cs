using CaPortal.Core.Clients;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Math;

namespace CaPortal.Tests.Clients;

/// <summary>A chain for each row of the table of restrictions, and some for which there is none.</summary>
public static class RestrictedChains
{
    /// <summary>Extensions with a good value, which are marked critical.</summary>
    private static readonly (string Oid, string Value)[] CriticalExtensions =
    [
        ("2.5.29.9", "3010300E06082B0601050507090131021300"),
        ("2.5.29.16", "3011800F32303236303130313030303030305A"),
        ("2.5.29.18", "30058203612E62"),
        ("2.5.29.31", "30123010A00EA00C860A687474703A2F2F782F63"),
        ("2.5.29.32", "3006300406022A03"),
        ("2.5.29.33", "300E300C06042A03040506042A030406"),
        ("2.5.29.36", "3003810100"),
        ("2.5.29.37", "300A06082B06010505070301"),
        ("2.5.29.46", "30123010A00EA00C860A687474703A2F2F782F63"),
        ("2.5.29.54", "02010A"),
        ("1.3.6.1.5.5.7.1.1", "3017301506082B060105050730018609687474703A2F2F6F2F"),
        ("1.3.6.1.5.5.7.1.3", "300A3008060604008E460101"),
        ("1.3.6.1.5.5.7.1.7", "300C300A0402000130040302000A"),
        ("1.3.6.1.5.5.7.1.8", "3007A0053003020101"),
        ("1.3.6.1.5.5.7.1.11", "3017301506082B060105050730058609687474703A2F2F6F2F"),
        ("1.3.6.1.5.5.7.48.1.5", "0500"),
        ("1.3.6.1.4.1.311.21.1", "020100"),
        ("1.3.6.1.4.1.99999.1", "0500"),
        ("2.16.840.1.113730.1.1", "03020204"),
    ];

    private static readonly HashSet<string> KnownToAll = ["2.5.29.32", "2.5.29.37"];

    public static readonly IReadOnlyList<RestrictedChain> All =
    [
        new("good", null),
        new("basic constraints not critical", "basic-constraints-not-critical")
        {
            Role = CertificateRole.Ca,
            Extensions = With(X509Extensions.BasicConstraints, false, new BasicConstraints(true)),
        },
        new("no key usage", "no-key-usage") { Role = CertificateRole.Ca, Extensions = Without(X509Extensions.KeyUsage) },
        new("no subject key identifier", "no-subject-key-identifier") { Role = CertificateRole.Ca, Extensions = Without(X509Extensions.SubjectKeyIdentifier) },
        new("CA without authority key identifier", "no-authority-key-identifier")
        {
            Role = CertificateRole.Ca,
            Extensions = Without(X509Extensions.AuthorityKeyIdentifier),
        },
        new("server without authority key identifier", "no-authority-key-identifier") { Extensions = Without(X509Extensions.AuthorityKeyIdentifier) },
        new("issuer and serial number alone", "no-authority-key-identifier")
        {
            Extensions = With(
                X509Extensions.AuthorityKeyIdentifier,
                false,
                new AuthorityKeyIdentifier(new GeneralNames(new GeneralName(new X509Name("CN=Root"))), BigInteger.One)),
        },
        new("directory names constrained", "name-constraints-kind")
        {
            Role = CertificateRole.Ca,
            Extensions = With(X509Extensions.NameConstraints, true, Subtrees(0, new GeneralName(new X509Name("CN=localhost")))),
        },
        new("DNS names constrained", null)
        {
            Role = CertificateRole.Ca,
            Extensions = With(X509Extensions.NameConstraints, true, Subtrees(1, new GeneralName(GeneralName.DnsName, "x.y"))),
        },
        new("common name alone", "no-alternative-names") { Extensions = Without(X509Extensions.SubjectAlternativeName) },
        new("e-mail name alone", "no-alternative-names")
        {
            Extensions = With(X509Extensions.SubjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.Rfc822Name, "a@b.c"))),
        },
        new("key encipherment", "no-digital-signature") { Extensions = With(X509Extensions.KeyUsage, true, new KeyUsage(KeyUsage.KeyEncipherment)) },
        new("server without key usage", null) { Extensions = Without(X509Extensions.KeyUsage) },
        new("server that may sign certificates", "key-cert-sign-without-ca")
        {
            Extensions = With(X509Extensions.KeyUsage, true, new KeyUsage(KeyUsage.DigitalSignature | KeyUsage.KeyCertSign)),
        },
        new("no subject", "no-subject") { Subject = "" },
        new("no subject, critical names", null)
        {
            Subject = "",
            Extensions = With(X509Extensions.SubjectAlternativeName, true, new GeneralNames(new GeneralName(GeneralName.DnsName, "localhost"))),
        },
        new("900 days", "validity-825-days") { Days = 900 },
        new("825 days", null) { Days = 825 },
        new("no extended key usage", "no-server-purpose") { Extensions = Without(X509Extensions.ExtendedKeyUsage) },
        new("SHA-1", "signature-sha1") { Role = CertificateRole.Ca, Signature = "SHA1WITHECDSA" },
        .. Keys(
            ("EC brainpoolP256r1", "curve"),
            ("EC sect283k1", "curve"),
            ("EC secp256k1", "curve"),
            ("EC P-224", "curve-p224"),
            ("EC explicit", "curve-explicit"),
            ("EC P-521", null)),
        .. Keys(("Ed25519", "key-ed25519"), ("Ed448", "key-ed448"), ("DSA 2048", "key-dsa"), ("RSA 2048, SHA-256", null)),
        Critical(X509Extensions.SubjectKeyIdentifier.Id, RestrictedChain.SubjectKey),
        Critical(X509Extensions.AuthorityKeyIdentifier.Id, RestrictedChain.AuthorityKey),
        .. CriticalExtensions.Select(e => Critical(e.Oid, Asn1Object.FromByteArray(Convert.FromHexString(e.Value)))),
    ];

    private static RestrictedChain Critical(string oid, Asn1Encodable value) =>
        new($"critical {oid}", KnownToAll.Contains(oid) ? null : $"critical-extension-{oid}")
        {
            Role = CertificateRole.Ca,
            Extensions = With(new DerObjectIdentifier(oid), true, value),
        };

    private static IEnumerable<RestrictedChain> Keys(params (string Algorithm, string? Restriction)[] keys) =>
        keys.Select(k => new RestrictedChain(k.Algorithm, k.Restriction) { Role = CertificateRole.Ca, Algorithm = k.Algorithm });

    private static DerSequence Subtrees(int kind, GeneralName name) => new(new DerTaggedObject(false, kind, new DerSequence(new DerSequence(name))));

    private static Dictionary<string, (bool, Asn1Encodable)?> With(DerObjectIdentifier oid, bool critical, Asn1Encodable value) =>
        new() { [oid.Id] = (critical, value) };

    private static Dictionary<string, (bool, Asn1Encodable)?> Without(DerObjectIdentifier oid) => new() { [oid.Id] = null };
}
