using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>
/// Files of p11-kit whose objects are attributes alone: the certificate is the value of one, or is only named by its issuer and
/// serial number.
/// </summary>
internal sealed class P11KitFormat : ICertificateFormat
{
    private const string ExportAdvice = "Export the certificate itself: trust extract --format=pem-bundle --filter=certificates FILE";

    public string Name => "p11-kit";

    public ReadOutcome Read(ReadRequest request)
    {
        if (FileText.Read(request.Content) is not { } text || P11KitObject.ReadAll(text.Span, request.CancellationToken) is not { Count: > 0 } objects)
            return ReadOutcome.NotThisFormat.Instance;
        return objects.Count > request.Limits.MaxCertificates
            ? ReadItems.TooMany(request.Limits)
            : new ReadOutcome.Items(
                ReadItems.InOrder(objects.Index().ToArray(), o => [Item(o.Item, $"object {o.Index + 1}", request.Limits)], request.CancellationToken));
    }

    private static ReadItem Item(P11KitObject entry, string position, ReadLimits limits)
    {
        if (entry.IsCertificate && entry.Attributes.GetValueOrDefault("value") is { Length: > 0 } value)
            return entry.AppliedTo(ReadItems.Certificate(Encoding.Latin1.GetBytes(value), limits, position));
        if (entry.IsCertificate && entry.IsDistrusted)
        {
            return ReadItems.Other(
                "Distrust entry",
                "This p11-kit entry distrusts a certificate, which it names by its issuer and serial number and does not hold.",
                "If the certificate is in a store, find out why it is distrusted, and delete it there.",
                position);
        }

        return ReadItems.Other("p11-kit entry", "This is a p11-kit entry without a certificate.", ExportAdvice, position);
    }
}
