using System.Formats.Asn1;
using System.Globalization;

namespace CaPortal.Core.Certificates;

/// <summary>A line of the general part: what it is and its value.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">Its value, safe to show.</param>
public sealed record CertificateDetail(string Label, string Value)
{
    /// <summary>It is the hash of the certificate or of its public key, in hexadecimal digits.</summary>
    public bool IsFingerprint { get; init; }
}

/// <summary>One extension in readable form.</summary>
/// <param name="Oid">Its object identifier.</param>
/// <param name="Name">Its name; the object identifier where it has none here.</param>
/// <param name="IsCritical">A client that does not know it must refuse the certificate.</param>
/// <param name="Text">What it says, safe to show, on lines of their own.</param>
public sealed record CertificateExtensionDetail(string Oid, string Name, bool IsCritical, string Text)
{
    /// <summary>SHA-256 of its value, 64 lower-case hexadecimal digits: the text may be shortened, or leave out parts.</summary>
    public required string ValueSha256 { get; init; }
}

/// <summary>A certificate in full, for people to read. All texts are safe to show and bounded in length.</summary>
/// <param name="General">What every certificate has.</param>
/// <param name="Extensions">Its extensions in their order, at most <see cref="MaxExtensions"/>.</param>
/// <param name="OmittedExtensions">How many more extensions there are.</param>
public sealed record CertificateDetails(
    IReadOnlyList<CertificateDetail> General,
    IReadOnlyList<CertificateExtensionDetail> Extensions,
    int OmittedExtensions)
{
    /// <summary>More extensions than this are not shown one by one.</summary>
    public const int MaxExtensions = 100;

    private const int MaxNameLength = 2000;

    /// <summary>Reads them. Never throws for content: what cannot be decoded is shown as hexadecimal digits.</summary>
    /// <param name="facts">What was read from the certificate when it was added.</param>
    /// <param name="der">Its DER encoding.</param>
    public static CertificateDetails Read(CertificateFacts facts, ReadOnlyMemory<byte> der)
    {
        var extensions = ReadExtensions(der);
        return new CertificateDetails(
            [.. GeneralDetails(facts)],
            [
                .. extensions.Take(MaxExtensions)
                    .Select(e => new CertificateExtensionDetail(e.Oid, OidNames.Extension(e.Oid), e.Critical, ExtensionText.Format(e))
                    {
                        ValueSha256 = Thumbprints.Sha256(e.Value.Span),
                    }),
            ],
            Math.Max(0, extensions.Count - MaxExtensions));
    }

    private static IEnumerable<CertificateDetail> GeneralDetails(CertificateFacts facts)
    {
        yield return new("Subject", DisplayText.Shorten(facts.Subject, MaxNameLength));
        yield return new("Issuer", DisplayText.Shorten(facts.Issuer, MaxNameLength));
        yield return new("Valid from", Time(facts.NotBefore));
        yield return new("Valid to", Time(facts.NotAfter));
        yield return new("Serial number", facts.SerialNumber);
        yield return new("Version", facts.Version.ToString(CultureInfo.InvariantCulture));
        yield return new("Public key", PublicKey(facts));
        yield return new("Signature algorithm", DisplayText.Shorten(facts.SignatureAlgorithm));
        yield return new("Thumbprint (SHA-256)", facts.Sha256) { IsFingerprint = true };
        yield return new("Thumbprint (SHA-1)", facts.Thumbprint) { IsFingerprint = true };
        yield return new("Public key (SHA-256)", facts.PublicKeySha256) { IsFingerprint = true };
    }

    private static string PublicKey(CertificateFacts facts)
    {
        var details = new[] { facts.Curve == facts.KeyAlgorithm ? null : facts.Curve, facts.KeySize is { } size ? $"{size} bits" : null }
            .OfType<string>()
            .ToList();
        return DisplayText.Shorten(details.Count == 0 ? facts.KeyAlgorithm : $"{facts.KeyAlgorithm} ({string.Join(", ", details)})");
    }

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static IReadOnlyList<EncodedExtension> ReadExtensions(ReadOnlyMemory<byte> der)
    {
        try
        {
            return EncodedCertificate.Read(der).Extensions;
        }
        catch (AsnContentException)
        {
            return [];
        }
    }
}
