using System.Formats.Asn1;

namespace CaPortal.Core.Certificates;

/// <summary>What the grammars of a certificate's parts have in common.</summary>
internal static class GrammarParts
{
    /// <summary>Characters of an object identifier: GnuTLS reads no longer one, and gives up on the file.</summary>
    public const int MaxOidText = 120;

    /// <summary>Reads an object identifier of a length that every program takes.</summary>
    public static string Oid(AsnReader reader) => reader.ReadObjectIdentifier() is { Length: <= MaxOidText } oid ? oid : throw Malformed();

    /// <summary>A number that is not negative and that every program can count to.</summary>
    public static void Count(AsnReader reader, Asn1Tag tag)
    {
        if (!reader.TryReadInt32(out var count, tag) || count < 0)
            throw Malformed();
    }

    public static (int Tag, Action<AsnReader, Asn1Tag> Read) Optional(int tag, Action<AsnReader, Asn1Tag> read) => (tag, read);

    public static void All(AsnReader sequence, params ReadOnlySpan<(int Tag, Action<AsnReader, Asn1Tag> Read)> parts)
    {
        foreach (var (number, read) in parts)
        {
            if (sequence.HasData && sequence.PeekTag() is { TagClass: TagClass.ContextSpecific } tag && tag.TagValue == number)
                read(sequence, tag);
        }

        sequence.ThrowIfNotEmpty();
    }

    /// <summary>A sequence of at least one sequence.</summary>
    public static void Some(AsnReader value, Action<AsnReader> read) => Elements(value.ReadSequence(), element =>
    {
        var sequence = element.ReadSequence();
        read(sequence);
        sequence.ThrowIfNotEmpty();
    });

    public static void Elements(AsnReader sequence, Action<AsnReader> read)
    {
        do
            read(sequence);
        while (sequence.HasData);
    }

    /// <summary>Something is not as it must be.</summary>
    public static AsnContentException Malformed() => new();
}
