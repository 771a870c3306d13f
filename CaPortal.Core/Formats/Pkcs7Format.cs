namespace CaPortal.Core.Formats;

/// <summary>
/// PKCS#7 and CMS SignedData in DER or BER, recognised by the type of its content. The form of .p7b and .p7c files.
/// </summary>
internal sealed class Pkcs7Format : ICertificateFormat
{
    private const string ExportAdvice = "Export the certificates again, as .p7b or .pem.";

    public string Name => "PKCS#7";

    public ReadOutcome Read(ReadRequest request)
    {
        if (DerSniffer.Sniff(request.Content) != DerKind.Pkcs7)
            return ReadOutcome.NotThisFormat.Instance;
        var items = Pkcs7Certificates.Read(request.Content, request.Limits, cancellationToken: request.CancellationToken);
        return items switch
        {
            null => new ReadOutcome.Broken("Damaged PKCS#7 file", "The PKCS#7 file is cut off or changed.", ExportAdvice),
            [] => new ReadOutcome.Broken("PKCS#7 file without certificates", "The PKCS#7 file holds no certificates.", ExportAdvice),
            _ when items.Count > request.Limits.MaxCertificates => ReadItems.TooMany(request.Limits),
            _ => ReadItems.WithRest(
                new ReadOutcome.Items(items),
                request.Content,
                Asn1Guard.FirstElementLength(request.Content.Span) ?? request.Content.Length),
        };
    }
}
