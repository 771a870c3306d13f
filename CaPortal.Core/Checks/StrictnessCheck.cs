using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using Org.BouncyCastle.X509;

namespace CaPortal.Core.Checks;

/// <summary>
/// Whether the certificate is well-formed enough for a file that other programs read. One that is not can stop all of them
/// from reading the whole file, and so from making any TLS connection.
/// </summary>
internal sealed class StrictnessCheck : ICertificateCheck
{
    private const string GnuTls = "programs built on GnuTLS, such as wget";
    private const string GnuTlsAndJava = "programs built on GnuTLS, such as wget, and Java’s keytool";
    private const string GnuTlsAndOpenSsl = "programs built on GnuTLS or current OpenSSL, such as wget, curl, Node.js and .NET,";
    private const string OpenSsl = "programs built on OpenSSL, such as curl, Python, Node.js and .NET,";
    private const string Most = "most programs";
    private const string Some = "some programs";

    public string Subject => "encoding";

    public IEnumerable<Finding> Check(CheckedCertificate certificate, CheckContext context) =>
        Defects(certificate, context.RefusedByOpenSsl.Contains(certificate.Facts.Sha256)).Select(defect => new Finding(
            FindingCode.BreaksReaders,
            FindingSeverity.Error,
            $"This certificate is malformed: {defect.What}. One such certificate in a shared file keeps {defect.Readers} from reading the whole file.",
            "Ask the issuer for a correctly encoded certificate."));

    private static List<Defect> Defects(CheckedCertificate certificate, bool isRefusedByOpenSsl)
    {
        var der = certificate.Der;
        if (AsnDecoder.TryReadEncodedValue(der.Span, AsnEncodingRules.BER, out _, out _, out _, out var length) && length < der.Length)
            return [new Defect($"bytes follow its end ({der.Length - length:N0})", GnuTls)];
        if (!StrictDer.IsSafeToParse(der))
            return [new Defect("its ASN.1 is broken or nested too deep", Most)];

        var encoded = certificate.Encoded;
        List<Defect> defects =
        [
            .. Versions(encoded), .. SerialNumbers(encoded), .. Times(encoded), .. Names(encoded), .. Extensions(encoded),
        ];

        // The general remarks would only repeat the specific ones.
        if (defects.Count == 0 && Fails(() => ValidateDer(der, encoded)))
            defects.Add(new Defect("it is not strictly DER-encoded", GnuTls));
        if (defects.Count == 0 && CertificateGrammar.Defect(der, encoded) is { } defect)
            defects.Add(new Defect(defect, GnuTlsAndJava));
        if (defects.Count == 0)
            defects.AddRange(Refusals(der));
        if (defects.Count == 0 && isRefusedByOpenSsl)
            defects.Add(new Defect("OpenSSL refuses it", OpenSsl));
        return defects;
    }

    private static IEnumerable<Defect> Versions(EncodedCertificate encoded)
    {
        if (encoded is { Version: < 3, Extensions.Count: > 0 })
            yield return new Defect($"it has extensions although it says that it is of version {encoded.Version}", GnuTlsAndJava);
        if (encoded.Version > 3)
            yield return new Defect("it says that it is of a version that does not exist", Some);
    }

    private static IEnumerable<Defect> SerialNumbers(EncodedCertificate encoded)
    {
        if (!EncodingRules.IsSerialNumber(encoded.SerialNumber))
            yield return new Defect("its serial number is empty or not in its shortest form", OpenSsl);
    }

    private static IEnumerable<Defect> Times(EncodedCertificate encoded)
    {
        foreach (var (time, which) in encoded.Validity.Zip(["beginning", "end"]))
        {
            if (!EncodingRules.IsTime(time.Span))
                yield return new Defect($"the {which} of its validity is not a time in the form that RFC 5280 demands", GnuTlsAndOpenSsl);
        }
    }

    private static IEnumerable<Defect> Names(EncodedCertificate encoded)
    {
        foreach (var (name, which) in new[] { (encoded.Subject, "name"), (encoded.Issuer, "issuer’s name") })
        {
            if (!EncodingRules.IsName(name))
                yield return new Defect($"its {which} cannot be decoded", OpenSsl);
        }

        // RFC 5280 §4.1.2.6: the subject of a CA must not be empty.
        if (encoded.Subject.Span is [0x30, 0])
            yield return new Defect("it has no name", "Java’s keytool and possibly others");
    }

    private static IEnumerable<Defect> Extensions(EncodedCertificate encoded)
    {
        foreach (var twice in encoded.Extensions.CountBy(e => e.Oid).Where(e => e.Value > 1).Take(3))
            yield return new Defect($"it has the extension {DisplayText.Shorten(OidNames.Extension(twice.Key))} {twice.Value} times", GnuTlsAndJava);
    }

    private static void ValidateDer(ReadOnlyMemory<byte> der, EncodedCertificate encoded)
    {
        StrictDer.Validate(der);

        // What others put into their own extensions is theirs; those of RFC 5280 are read by everyone.
        foreach (var extension in encoded.Extensions.Where(e => IsStandard(e.Oid)))
            StrictDer.Validate(extension.Value);
    }

    private static bool IsStandard(string oid) =>
        oid.StartsWith("2.5.29.", StringComparison.Ordinal) || oid.StartsWith("1.3.6.1.5.5.7.1.", StringComparison.Ordinal);

    private static IEnumerable<Defect> Refusals(ReadOnlyMemory<byte> der)
    {
        if (Fails(() => TouchWithDotNet(der.Span)))
            yield return new Defect(".NET refuses it", ".NET and possibly others");
        if (Fails(() => TouchWithBouncyCastle(der.ToArray())))
            yield return new Defect("not every program can read it", Some);
    }

    /// <summary>.NET decodes late, so everything is asked for.</summary>
    private static void TouchWithDotNet(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        _ = (certificate.Subject, certificate.Issuer, certificate.NotBefore, certificate.NotAfter, certificate.SerialNumber, certificate.PublicKey);
        foreach (var extension in certificate.Extensions)
        {
            _ = extension switch
            {
                X509BasicConstraintsExtension e => (object)e.CertificateAuthority,
                X509KeyUsageExtension e => e.KeyUsages,
                X509EnhancedKeyUsageExtension e => e.EnhancedKeyUsages,
                X509SubjectKeyIdentifierExtension e => e.SubjectKeyIdentifierBytes,
                X509AuthorityKeyIdentifierExtension e => e.KeyIdentifier,
                _ => null,
            };
        }
    }

    /// <summary>All but the key: BouncyCastle would test an RSA modulus for primality.</summary>
    private static void TouchWithBouncyCastle(byte[] der)
    {
        var certificate = new X509CertificateParser().ReadCertificate(der);
        _ = (certificate.SubjectDN, certificate.IssuerDN, certificate.NotBefore, certificate.NotAfter, certificate.SerialNumber);
        certificate.GetBasicConstraints();
        certificate.GetKeyUsage();
        certificate.GetExtendedKeyUsage();
    }

    private static bool Fails(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (Exception)
        {
            // Parsers throw all kinds of exceptions for hostile input, NullReferenceException and OutOfMemoryException among them.
            return true;
        }
    }

    private readonly record struct Defect(string What, string Readers);
}
