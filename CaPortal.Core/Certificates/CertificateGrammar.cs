using System.Formats.Asn1;

namespace CaPortal.Core.Certificates;

/// <summary>Whether a certificate is built as RFC 5280 §4.1 says, in all its fields and known extensions, and nothing beyond.</summary>
internal static class CertificateGrammar
{
    private static readonly Asn1Tag ExtensionsTag = new(TagClass.ContextSpecific, 3, isConstructed: true);

    /// <summary>What is not as it must be, as the end of a sentence; null where all is.</summary>
    /// <param name="der">The encoding of the certificate.</param>
    /// <param name="encoded">Its parts.</param>
    public static string? Defect(ReadOnlyMemory<byte> der, EncodedCertificate encoded)
    {
        if (!Holds(() => Fields(der)))
            return "a field of it is not built as RFC 5280 demands (§4.1)";
        return
            encoded.Extensions.Where(extension => !Holds(() => ExtensionGrammar.Validate(extension))).Select(extension => extension.Oid).FirstOrDefault()
                is { } oid
            ? $"its extension {DisplayText.Shorten(OidNames.Extension(oid))} is not built as RFC 5280 demands (§4.2)"
            : null;
    }

    /// <summary>Whether all is as it must be. Never throws for content.</summary>
    public static bool IsKept(ReadOnlyMemory<byte> der)
    {
        try
        {
            return Defect(der, EncodedCertificate.Read(der)) is null;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static void Fields(ReadOnlyMemory<byte> der)
    {
        var file = new AsnReader(der, AsnEncodingRules.DER);
        var certificate = file.ReadSequence();
        file.ThrowIfNotEmpty();
        var tbs = certificate.ReadSequence();
        var algorithm = certificate.PeekEncodedValue();
        KeyGrammar.Algorithm(certificate);
        certificate.ReadBitString(out _);
        certificate.ThrowIfNotEmpty();

        if (tbs.PeekTag().TagClass == TagClass.ContextSpecific)
            tbs.ReadEncodedValue();
        tbs.ReadIntegerBytes();

        // The same twice (§4.1.1.2): one is signed, the other is not.
        if (!tbs.PeekEncodedValue().Span.SequenceEqual(algorithm.Span))
            throw new AsnContentException();
        KeyGrammar.Algorithm(tbs);
        NameGrammar.Name(tbs);
        var validity = tbs.ReadSequence();
        validity.ReadEncodedValue();
        validity.ReadEncodedValue();
        validity.ThrowIfNotEmpty();
        NameGrammar.Name(tbs);
        KeyGrammar.Key(tbs.ReadSequence());
        for (var uniqueId = 1; uniqueId <= 2; uniqueId++)
        {
            if (tbs.HasData && tbs.PeekTag() is { TagClass: TagClass.ContextSpecific } tag && tag.TagValue == uniqueId)
                tbs.ReadBitString(out _, tag);
        }

        if (tbs.HasData)
            Extensions(tbs.ReadSequence(ExtensionsTag));
        tbs.ThrowIfNotEmpty();
    }

    private static void Extensions(AsnReader field)
    {
        var extensions = field.ReadSequence();
        field.ThrowIfNotEmpty();
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean))
                extension.ReadBoolean();
            extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
        }
    }

    private static bool Holds(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
