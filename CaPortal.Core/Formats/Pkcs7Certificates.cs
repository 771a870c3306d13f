using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>The certificates of a PKCS#7 or CMS SignedData (RFC 5652 §5.1), each with the exact bytes that are there.</summary>
internal static class Pkcs7Certificates
{
    private static readonly Asn1Tag Certificates = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag RevocationLists = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>The items; null if the structure is damaged.</summary>
    /// <param name="content">The ContentInfo.</param>
    /// <param name="limits">Bounds; one more item than allowed is returned so that the caller sees the excess.</param>
    /// <param name="positionPrefix">Comes before each item's position.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static List<ReadItem>? Read(
        ReadOnlyMemory<byte> content,
        ReadLimits limits,
        string positionPrefix = "",
        CancellationToken cancellationToken = default)
    {
        var elements = new List<(ReadOnlyMemory<byte> Der, bool IsCertificate, string Position)>();
        try
        {
            var contentInfo = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            contentInfo.ReadObjectIdentifier();
            var signedData = contentInfo.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
            signedData.ReadEncodedValue();
            signedData.ReadEncodedValue();
            signedData.ReadEncodedValue();
            Collect(signedData, Certificates, "certificate");
            Collect(signedData, RevocationLists, "revocation list");
        }
        catch (AsnContentException) when (elements.Count == 0)
        {
            return null;
        }
        catch (AsnContentException)
        {
            // Damage behind what was found: the good ones come out, and the damage is an item.
            elements.Add((ReadOnlyMemory<byte>.Empty, true, $"{positionPrefix}behind item {elements.Count}"));
        }

        return ReadItems.InOrder(elements, e => [Item(e.Der, e.IsCertificate, e.Position)], cancellationToken);

        void Collect(AsnReader signedData, Asn1Tag tag, string name)
        {
            if (!signedData.HasData || !signedData.PeekTag().HasSameClassAndValue(tag))
                return;
            var set = signedData.ReadSetOf(skipSortOrderValidation: true, tag);
            for (var index = 1; set.HasData && elements.Count <= limits.MaxCertificates; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                elements.Add((set.ReadEncodedValue(), tag == Certificates, $"{positionPrefix}{name} {index}"));
            }
        }

        ReadItem Item(ReadOnlyMemory<byte> der, bool isCertificate, string position) =>
            der.IsEmpty
                ? ReadItems.Other("Damaged certificate", "The rest of the PKCS#7 data is cut off or changed.", "Export or download the file again.", position)
            : !isCertificate ? NotCertificates.Name(DerKind.RevocationList, position, severity: FindingSeverity.Information)
            : der.Span[0] == 0x30 ? ReadItems.Certificate(der, limits, position)
            : NotCertificates.Named("Attribute certificate", "an attribute certificate", null, position);
    }
}
