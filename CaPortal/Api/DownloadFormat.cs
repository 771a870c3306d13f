using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace CaPortal.Api;

/// <summary>A form in which certificates are downloaded. Equal certificates give equal bytes.</summary>
/// <param name="Extension">The file name's extension, without the dot.</param>
/// <param name="ContentType">The media type.</param>
/// <param name="Write">Puts certificates into one file.</param>
internal sealed record DownloadFormat(string Extension, string ContentType, Func<IReadOnlyList<BundledCertificate>, byte[]> Write)
{
    /// <summary>Oracle's attribute that makes Java take an entry for a trust anchor, and its value for every purpose.</summary>
    private const string TrustedKeyUsage = "2.16.840.1.113894.746875.1.1";
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";
    private const string FriendlyName = "1.2.840.113549.1.9.20";

    /// <summary>X509Certificate of a CertBag (RFC 7292 §4.2.3).</summary>
    private const string X509CertificateBag = "1.2.840.113549.1.9.22.1";

    /// <summary>One certificate as it is.</summary>
    public static readonly DownloadFormat Der = new("cer", "application/pkix-cert", certificates => certificates.Single().Der);

    public static readonly DownloadFormat Pem = new("pem", "application/x-pem-file", WritePem);

    public static readonly DownloadFormat Pkcs7 = new("p7b", "application/x-pkcs7-certificates", WritePkcs7);

    public static readonly DownloadFormat Pkcs12 = new("p12", "application/x-pkcs12", WritePkcs12);

    /// <summary>Answers with the file, or that the caller has it already.</summary>
    public FileContentHttpResult Send(HttpContext context, IReadOnlyList<BundledCertificate> certificates, string fileName)
    {
        // A cache may keep it, and asks each time whether it is still the same.
        context.Response.Headers.CacheControl = "private, no-cache";
        var content = Write(certificates);
        return TypedResults.File(content, ContentType, fileName, entityTag: new EntityTagHeaderValue($"\"{Thumbprints.Sha256(content)}\""));
    }

    private static byte[] WritePem(IReadOnlyList<BundledCertificate> certificates) =>
        Encoding.ASCII.GetBytes(string.Concat(certificates.Select(c => PemEncoding.WriteString("CERTIFICATE", c.Der) + "\n")));

    private static byte[] WritePkcs7(IReadOnlyList<BundledCertificate> certificates)
    {
        var collection = new X509Certificate2Collection();
        try
        {
            foreach (var certificate in certificates)
                collection.Add(X509CertificateLoader.LoadCertificate(certificate.Der));
            return collection.Export(X509ContentType.Pkcs7)!;
        }
        finally
        {
            foreach (var certificate in collection)
                certificate.Dispose();
        }
    }

    /// <summary>Neither encrypted nor with a MAC: nothing in it is secret, and every program takes it with an empty password.</summary>
    private static byte[] WritePkcs12(IReadOnlyList<BundledCertificate> certificates)
    {
        var contents = new Pkcs12SafeContents();
        foreach (var certificate in certificates)
        {
            var bag = new Pkcs12CertBag(new Oid(X509CertificateBag), Encode(w => w.WriteOctetString(certificate.Der)));
            bag.Attributes.Add(
                new AsnEncodedData(new Oid(FriendlyName), Encode(w => w.WriteCharacterString(UniversalTagNumber.BMPString, certificate.Sha256))));
            bag.Attributes.Add(new AsnEncodedData(new Oid(TrustedKeyUsage), Encode(w => w.WriteObjectIdentifier(AnyExtendedKeyUsage))));
            contents.AddSafeBag(bag);
        }

        var builder = new Pkcs12Builder();
        builder.AddSafeContentsUnencrypted(contents);
        builder.SealWithoutIntegrity();
        return builder.Encode();
    }

    private static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
