using System.Formats.Asn1;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>Collects what is in the bags of a PKCS#12 file (RFC 7292 §4.2), in their order.</summary>
internal sealed class Pkcs12Bags(ReadRequest request)
{
    private const string BagArc = "1.2.840.113549.1.12.10.1.";
    private const string X509Certificate = "1.2.840.113549.1.9.22.1";
    private const string FriendlyName = "1.2.840.113549.1.9.20";
    private const int MaxDepth = 8;

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly List<Bag> _bags = [];

    private enum BagKind
    {
        Certificate,
        PrivateKey,
        RevocationList,
        Secret,
        Damage,
    }

    /// <summary>Adds the bags of decrypted SafeContents; damage in them is an item behind the good ones.</summary>
    public void Add(ReadOnlyMemory<byte> safeContents, string position)
    {
        try
        {
            Add(new AsnReader(safeContents, AsnEncodingRules.BER).ReadSequence(), position, 0);
        }
        catch (AsnContentException e)
        {
            AddDamage($"The rest of this part of the file cannot be read: {ReadItems.Reason(e)}.", position);
        }
    }

    /// <summary>Adds an item that says what is damaged.</summary>
    public void AddDamage(string message, string position) => _bags.Add(new(BagKind.Damage, default, position.TrimEnd(',', ' '), null, message));

    /// <summary>Everything that was added.</summary>
    public ReadOutcome Outcome()
    {
        if (_bags.Count > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);
        if (_bags.Count == 0)
            return new ReadOutcome.Broken("Empty PKCS#12 file", "The PKCS#12 file holds nothing.", "Export the certificates again.");
        return new ReadOutcome.Items(ReadItems.InOrder(_bags, bag => [Item(bag)], request.CancellationToken));
    }

    private void Add(AsnReader safeContents, string position, int depth)
    {
        while (safeContents.HasData && _bags.Count <= request.Limits.MaxCertificates)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            var bag = safeContents.ReadSequence();
            var type = bag.ReadObjectIdentifier();
            var value = bag.ReadSequence(Explicit0);
            var name = bag.HasData ? ReadFriendlyName(bag) : null;
            var place = $"{position}bag {_bags.Count + 1}";
            switch (type)
            {
                case BagArc + "1" or BagArc + "2":
                    _bags.Add(new(BagKind.PrivateKey, default, place, name));
                    break;
                case BagArc + "3":
                    var certificate = value.ReadSequence();
                    _bags.Add(certificate.ReadObjectIdentifier() == X509Certificate
                        ? new(BagKind.Certificate, certificate.ReadSequence(Explicit0).ReadOctetString(), place, name)
                        : new(BagKind.Damage, default, place, name, "This is a certificate, but not of the kind X.509."));
                    break;
                case BagArc + "4":
                    _bags.Add(new(BagKind.RevocationList, default, place, name));
                    break;
                case BagArc + "5":
                    _bags.Add(new(BagKind.Secret, default, place, name));
                    break;
                case BagArc + "6" when depth < MaxDepth:
                    Add(value.ReadSequence(), position, depth + 1);
                    break;
                default:
                    _bags.Add(new(BagKind.Damage, default, place, name, $"This is of a kind that is not known here ({type})."));
                    break;
            }
        }
    }

    private static string? ReadFriendlyName(AsnReader bag)
    {
        var attributes = bag.ReadSetOf(skipSortOrderValidation: true);
        while (attributes.HasData)
        {
            var attribute = attributes.ReadSequence();
            if (attribute.ReadObjectIdentifier() != FriendlyName)
                continue;
            var values = attribute.ReadSetOf(skipSortOrderValidation: true);
            // Some writers put other types here; a name is no reason to lose the bag.
            if (values.HasData && values.PeekTag().HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.BMPString)))
                return values.ReadCharacterString(UniversalTagNumber.BMPString);
        }

        return null;
    }

    private ReadItem Item(Bag bag) => bag.Kind switch
    {
        BagKind.Certificate => ReadItems.Certificate(bag.Certificate, request.Limits, bag.Position, bag.Name),
        BagKind.PrivateKey => ReadItems.PrivateKey(bag.Position, bag.Name),
        BagKind.RevocationList => NotCertificates.Name(DerKind.RevocationList, bag.Position, bag.Name, FindingSeverity.Information),
        BagKind.Secret => ReadItems.Secret(bag.Position, bag.Name),
        _ => ReadItems.Other("Damaged or unknown part", bag.Message!, "Export the certificates again, or as .p7b or .pem.", bag.Position, bag.Name),
    };

    private sealed record Bag(BagKind Kind, ReadOnlyMemory<byte> Certificate, string Position, string? Name, string? Message = null);
}
