using System.Formats.Asn1;
using CaPortal.Tests.Testing;
using Org.BouncyCastle.Asn1;

namespace CaPortal.Tests.Formats;

/// <summary>Structures in DER whose only purpose is to cost much.</summary>
internal static class HostileDer
{
    private const int Megabytes10 = 10 * 1024 * 1024;

    /// <summary>A certificate in which one part is replaced by something hostile; its signature is none.</summary>
    public static byte[] Certificate(byte[]? subject = null, int serialBytes = 8, byte[]? extensions = null, byte[]? key = null)
    {
        var algorithm = new DerSequence(new DerObjectIdentifier("1.2.840.10045.4.3.2"));
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue([0xa0, 3, 2, 1, 2]);
                writer.WriteInteger([1, .. new byte[serialBytes - 1]]);
                writer.WriteEncodedValue(algorithm.GetEncoded());
                writer.WriteEncodedValue(Names(1));
                using (writer.PushSequence())
                {
                    writer.WriteUtcTime(TestCertificates.Yesterday);
                    writer.WriteUtcTime(TestCertificates.Yesterday.AddYears(1));
                }

                writer.WriteEncodedValue(subject ?? Names(1));
                writer.WriteEncodedValue(key ?? RsaKey(256, 3));
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
                using (writer.PushSequence())
                    writer.WriteEncodedValues(extensions ?? []);
            }

            writer.WriteEncodedValue(algorithm.GetEncoded());
            writer.WriteBitString(new byte[64]);
        }

        return writer.Encode();
    }

    public static byte[] Names(int count) =>
        new DerSequence(Enumerable.Range(0, count).Select(i => new DerSet(Attribute($"{i}"))).ToArray<Asn1Encodable>()).GetEncoded();

    public static DerSequence Attribute(string value) => new(new DerObjectIdentifier("2.5.4.3"), new DerUtf8String(value));

    public static byte[] Extension(string oid, byte[] value) => new DerSequence(new DerObjectIdentifier(oid), new DerOctetString(value)).GetEncoded();

    public static byte[] RsaKey(int modulusBytes, int exponentBytes)
    {
        var key = new DerSequence(
            new DerInteger((byte[])[0x5b, .. new byte[modulusBytes - 2], 1]),
            new DerInteger((byte[])[0x5b, .. new byte[exponentBytes - 2], 1]));
        return new DerSequence(new DerSequence(new DerObjectIdentifier("1.2.840.113549.1.1.1"), DerNull.Instance), new DerBitString(key)).GetEncoded();
    }

    public static byte[] ExplicitCurve(int fieldBytes)
    {
        var field = new DerSequence(new DerObjectIdentifier("1.2.840.10045.1.1"), new DerInteger((byte[])[0x5b, .. new byte[fieldBytes - 2], 1]));
        var curve = new DerSequence(
            DerInteger.One,
            field,
            new DerSequence(new DerOctetString([1]), new DerOctetString([1])),
            new DerOctetString([4, 1, 1]),
            DerInteger.One);
        return new DerSequence(new DerSequence(new DerObjectIdentifier("1.2.840.10045.2.1"), curve), new DerBitString([4, 1, 1])).GetEncoded();
    }

    public static byte[] Nested(int levels)
    {
        // From the inside out, so that each length is known.
        var buffer = new byte[levels * 5];
        var start = buffer.Length;
        for (var length = 0; levels > 0; levels--, length = buffer.Length - start)
        {
            if (length < 128)
                buffer[--start] = (byte)length;
            else
            {
                buffer[--start] = (byte)length;
                buffer[--start] = (byte)(length >> 8);
                buffer[--start] = (byte)(length >> 16);
                buffer[--start] = 0x83;
            }

            buffer[--start] = 0x30;
        }

        return buffer[start..];
    }

    public static byte[] NestedSafes(int levels)
    {
        byte[] contents = [0x30, 0x00];
        for (; levels > 0; levels--)
        {
            var writer = new AsnWriter(AsnEncodingRules.BER);
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.12.10.1.6");
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    writer.WriteEncodedValue(contents);
            }

            contents = writer.Encode();
        }

        return new DerSequence(new DerObjectIdentifier("1.2.840.113549.1.7.1"), new DerTaggedObject(0, new DerOctetString(contents))).GetEncoded();
    }

    public static byte[] Pfx(byte[] parts)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, Megabytes10);
        using (writer.PushSequence())
        {
            writer.WriteInteger(3);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.7.1");
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (writer.PushOctetString())
                using (writer.PushSequence())
                    writer.WriteEncodedValues(parts);
            }
        }

        return writer.Encode();
    }

    public static byte[] Pkcs7(IEnumerable<byte> certificates)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER, Megabytes10);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.7.2");
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                writer.WriteEncodedValue([0x31, 0x00]);
                writer.WriteEncodedValue([0x30, 0x00]);
                using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    writer.WriteEncodedValues([.. certificates]);
            }
        }

        return writer.Encode();
    }
}

file static class AsnWriterExtensions
{
    /// <summary>Writes several encoded values one behind the other.</summary>
    public static void WriteEncodedValues(this AsnWriter writer, ReadOnlySpan<byte> values)
    {
        while (!values.IsEmpty)
        {
            AsnDecoder.ReadEncodedValue(values, AsnEncodingRules.BER, out _, out _, out var consumed);
            writer.WriteEncodedValue(values[..consumed]);
            values = values[consumed..];
        }
    }
}
