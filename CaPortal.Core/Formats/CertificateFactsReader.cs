using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;

namespace CaPortal.Core.Formats;

/// <summary>What could be read from one DER encoding.</summary>
/// <param name="Facts">The facts; null if no parser gives subject, issuer and validity.</param>
/// <param name="Findings">Why there are no facts, or what about the certificate stops other programs.</param>
public sealed record FactsReading(CertificateFacts? Facts, IReadOnlyList<Finding> Findings);

/// <summary>Reads the facts of one certificate.</summary>
public static class CertificateFactsReader
{
    private const int MaxSerialDigits = 128;
    private const string EmptySubject = "(empty subject)";
    private const string EmptyIssuer = "(empty issuer)";
    private const string RemakeAdvice = "Ask its issuer for a new certificate that follows RFC 5280.";

    /// <summary>
    /// Reads the facts of the certificate that <paramref name="der"/> holds: exactly one element and nothing behind it.
    /// Takes time in proportion to its length and never throws for content.
    /// </summary>
    public static FactsReading Read(ReadOnlyMemory<byte> der)
    {
        if (Asn1Guard.FirstElementLength(der.Span) != der.Length)
            return NotReadable("The certificate is damaged: it is cut off, or bytes follow it.", "Export or download the certificate again.");

        var findings = new List<Finding>();
        try
        {
            return new(Build(der.Span, CertificateParts.FromBouncyCastle(der.Span), findings), findings);
        }
        catch (Exception)
        {
            var message = Malformation.Describe(der);
            findings = [BreaksReaders(message)];
            try
            {
                return new(Build(der.Span, CertificateParts.FromDotNet(der.Span), findings), findings);
            }
            catch (Exception)
            {
                return NotReadable(message, RemakeAdvice);
            }
        }
    }

    private static FactsReading NotReadable(string message, string advice) =>
        new(null, [new Finding(FindingCode.NotACertificate, FindingSeverity.Error, message, advice)]);

    private static Finding BreaksReaders(string message) => new(FindingCode.BreaksReaders, FindingSeverity.Error, message, RemakeAdvice);

    private static CertificateFacts Build(ReadOnlySpan<byte> der, CertificateParts parts, List<Finding> findings)
    {
        var subject = Name(parts.Subject, "subject", findings);
        var issuer = parts.Issuer.Encoded.AsSpan().SequenceEqual(parts.Subject.Encoded) ? subject : Name(parts.Issuer, "issuer", findings);
        var (keyAlgorithm, keySize, curve) = Decode("public key", () => AlgorithmNames.Key(parts.PublicKey), findings);
        var basicConstraints = Extension(parts, X509Extensions.BasicConstraints, "basicConstraints", v => BasicConstraints.GetInstance(v), findings);
        var authorityKey = Extension(
            parts,
            X509Extensions.AuthorityKeyIdentifier,
            "authorityKeyIdentifier",
            v => AuthorityKeyIdentifier.GetInstance(v),
            findings);
        var facts = new CertificateFacts
        {
            Sha256 = Thumbprints.Sha256(der),
            Thumbprint = Thumbprints.Sha1(der),
            Version = parts.Version,
            Subject = subject.Text,
            Name = subject.Short is "" ? EmptySubject : subject.Short,
            SubjectKey = subject.Key,
            Issuer = issuer.Text,
            IssuerName = issuer.Short is "" ? EmptyIssuer : issuer.Short,
            IssuerKey = issuer.Key,
            SerialNumber = Hexadecimal(parts.SerialNumber),
            NotBefore = parts.NotBefore,
            NotAfter = parts.NotAfter,
            KeyAlgorithm = keyAlgorithm ?? parts.PublicKey.Algorithm.Algorithm.Id,
            KeySize = keySize,
            Curve = curve,
            SignatureAlgorithm = Decode("signature algorithm", () => AlgorithmNames.Signature(parts.SignatureAlgorithm), findings)
                ?? parts.SignatureAlgorithm.Algorithm.Id,
            BasicConstraintsCa = basicConstraints?.IsCA(),
            PathLength = basicConstraints?.PathLenConstraintInteger?.IntValueExact,
            KeyUsage = Extension(parts, X509Extensions.KeyUsage, "keyUsage", v => (X509KeyUsageFlags?)Flags(KeyUsage.GetInstance(v)), findings),
            ExtendedKeyUsages = Extension(parts, X509Extensions.ExtendedKeyUsage, "extendedKeyUsage", v => Usages(ExtendedKeyUsage.GetInstance(v)), findings),
            SubjectKeyIdentifier = Extension(
                parts,
                X509Extensions.SubjectKeyIdentifier,
                "subjectKeyIdentifier",
                v => Convert.ToHexString(SubjectKeyIdentifier.GetInstance(v).GetKeyIdentifier()),
                findings),
            AuthorityKeyIdentifier = authorityKey?.KeyIdentifier?.GetOctets() is { } identifier ? Convert.ToHexString(identifier) : null,
            IssuerUrls = Extension(
                parts,
                X509Extensions.AuthorityInfoAccess,
                "authorityInfoAccess",
                v => Urls(AuthorityInformationAccess.GetInstance(v)),
                findings
            ) ?? [],
            PublicKeySha256 = Thumbprints.Sha256(parts.PublicKey.GetDerEncoded()),
        };
        return facts with { IsSignedByOwnKey = OwnSignature(facts, der) };
    }

    /// <summary>
    /// See <see cref="CertificateFacts.IsSignedByOwnKey"/>: by its names alone, a root could be a cross certificate from another CA
    /// of its name.
    /// </summary>
    private static bool? OwnSignature(CertificateFacts facts, ReadOnlySpan<byte> der)
    {
        if (facts.SubjectKey != facts.IssuerKey || (facts.AuthorityKeyIdentifier is not null && facts.AuthorityKeyIdentifier == facts.SubjectKeyIdentifier))
            return null;
        try
        {
            var encoded = EncodedCertificate.Read(der.ToArray());
            return CertificateSignature.Verify(encoded, encoded) switch { SignatureVerdict.Valid => true, SignatureVerdict.Invalid => false, _ => null };
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static (string Text, string Short, string Key) Name(CertificateName name, string which, List<Finding> findings)
    {
        var text = Decode(which, () => new X500DistinguishedName(name.Encoded).Name, findings);
        if (string.IsNullOrEmpty(text))
            text = name.Parsed?.ToString(true, X509Name.DefaultSymbols) ?? "";
        return (text, name.Parsed is null ? text : ShortName(name.Parsed) ?? text, DistinguishedNames.MatchKey(text));
    }

    /// <summary>Common name, else organisational unit or organisation; of several the last, which is the most specific.</summary>
    private static string? ShortName(X509Name name)
    {
        foreach (var attribute in (ReadOnlySpan<DerObjectIdentifier>)[X509Name.CN, X509Name.OU, X509Name.O])
        {
            if (name.GetValueList(attribute) is [.., var value] && !string.IsNullOrWhiteSpace(value))
                return value;
        }

        return null;
    }

    private static T? Extension<T>(CertificateParts parts, DerObjectIdentifier oid, string name, Func<byte[], T> decode, List<Finding> findings) =>
        parts.Extension(oid) is { } value
            ? Decode(
                name,
                () =>
                {
                    Asn1Guard.ThrowIfMalformed(value);
                    return decode(value);
                },
                findings)
            : default;

    private static T? Decode<T>(string name, Func<T> decode, List<Finding> findings)
    {
        try
        {
            return decode();
        }
        catch (Exception)
        {
            findings.Add(BreaksReaders($"Its {name} cannot be decoded; other programs may refuse a whole file that holds it."));
            return default;
        }
    }

    private static string Hexadecimal(ReadOnlySpan<byte> octets) =>
        octets.Length * 2 <= MaxSerialDigits ? Convert.ToHexString(octets) : $"{Convert.ToHexString(octets[..(MaxSerialDigits / 2)])}…";

    /// <summary>The bit string's first two octets are the flags in the order that .NET uses too (RFC 5280 §4.2.1.3).</summary>
    private static X509KeyUsageFlags Flags(KeyUsage usage)
    {
        var bits = usage.GetBytes();
        return (X509KeyUsageFlags)((bits.Length > 0 ? bits[0] : 0) | (bits.Length > 1 ? bits[1] << 8 : 0));
    }

    private static string[] Usages(ExtendedKeyUsage usage) => [.. usage.GetAllUsages().Select(u => u.Id)];

    private static string[] Urls(AuthorityInformationAccess access) =>
    [
        .. access.GetAccessDescriptions()
            .Where(d => d.AccessMethod.Equals(AccessDescription.IdADCAIssuers) && d.AccessLocation.TagNo == GeneralName.UniformResourceIdentifier)
            .Select(d => ((IAsn1String)d.AccessLocation.Name).GetString()),
    ];
}
