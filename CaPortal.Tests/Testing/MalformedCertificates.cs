using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace CaPortal.Tests.Testing;

/// <summary>
/// A root put together byte by byte and signed, with any part replaced by one that no library would write.
/// Unchanged it is a good one.
/// </summary>
public sealed class RawCertificate
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly byte[] EcdsaWithSha256 = Tlv(0x30, Convert.FromHexString("06082A8648CE3D040302"));

    /// <summary>The version field; empty for version 1.</summary>
    public byte[] Version { get; init; } = [0xA0, 3, 2, 1, 2];

    public byte[] SerialNumber { get; init; } = [2, 2, 0x12, 0x34];

    public byte[] NotBefore { get; init; } = Utc("250101000000Z");

    public byte[] NotAfter { get; init; } = Utc("450101000000Z");

    public byte[] Name { get; init; } = CommonName(0x0C, "Raw Root"u8);

    public byte[][] Extensions { get; init; } = [BasicConstraints, KeyUsage, SubjectKeyIdentifier];

    public static byte[] BasicConstraints { get; } = Extension("2.5.29.19", [0x30, 3, 1, 1, 0xFF]);

    public static byte[] KeyUsage { get; } = Extension("2.5.29.15", [3, 2, 1, 6]);

    public static byte[] SubjectKeyIdentifier { get; } = Extension("2.5.29.14", [4, 4, 1, 2, 3, 4], critical: false);

    public byte[] Build()
    {
        var tbs = Tbs();
        var signature = Key.SignData(tbs, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return Tlv(0x30, tbs, EcdsaWithSha256, Tlv(3, [0, .. signature]));
    }

    /// <summary>The same with the outermost length in the indefinite form of BER.</summary>
    public byte[] BuildIndefinite()
    {
        var content = Build().AsSpan()[4..];
        return [0x30, 0x80, .. content, 0, 0];
    }

    /// <summary>The same with an octet more than the outermost length needs.</summary>
    public byte[] BuildNonMinimalLength()
    {
        var content = Build().AsSpan()[4..];
        return [0x30, 0x83, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];
    }

    public static byte[] Utc(string time) => Tlv(0x17, Encoding.ASCII.GetBytes(time));

    public static byte[] Generalized(string time) => Tlv(0x18, Encoding.ASCII.GetBytes(time));

    /// <summary>A name of one common name, with the text's tag as it is given.</summary>
    public static byte[] CommonName(byte tag, ReadOnlySpan<byte> text) =>
        Tlv(0x30, Tlv(0x31, Tlv(0x30, [6, 3, 0x55, 4, 3], Tlv(tag, text.ToArray()))));

    public static byte[] Extension(string oid, byte[] value, bool critical = true)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return Tlv(0x30, writer.Encode(), critical ? [1, 1, 0xFF] : [], Tlv(4, value));
    }

    /// <summary>Sequences in sequences.</summary>
    public static byte[] Nested(int depth)
    {
        var parts = new List<byte[]>();
        var length = 0;
        for (var i = 0; i < depth; i++)
        {
            var header = Header(0x30, length);
            parts.Add(header);
            length += header.Length;
        }

        parts.Reverse();
        return [.. parts.SelectMany(part => part)];
    }

    private byte[] Tbs() => Tlv(
        0x30,
        Version,
        SerialNumber,
        EcdsaWithSha256,
        Name,
        Tlv(0x30, NotBefore, NotAfter),
        Name,
        Key.ExportSubjectPublicKeyInfo(),
        Extensions.Length == 0 ? [] : Tlv(0xA3, Tlv(0x30, Extensions)));

    private static byte[] Tlv(byte tag, params byte[][] content)
    {
        var value = content.SelectMany(part => part).ToArray();
        return [.. Header(tag, value.Length), .. value];
    }

    private static byte[] Header(byte tag, int length) => length switch
    {
        < 0x80 => [tag, (byte)length],
        < 0x100 => [tag, 0x81, (byte)length],
        < 0x10000 => [tag, 0x82, (byte)(length >> 8), (byte)length],
        _ => [tag, 0x83, (byte)(length >> 16), (byte)(length >> 8), (byte)length],
    };
}

/// <summary>Certificates with which one program or another stops reading a whole file, by what is wrong with them.</summary>
public static class MalformedCertificates
{
    public static readonly IReadOnlyDictionary<string, byte[]> ByDefect = new Dictionary<string, byte[]>
    {
        ["indefinite length"] = new RawCertificate().BuildIndefinite(),
        ["non-minimal length"] = new RawCertificate().BuildNonMinimalLength(),
        ["trailing bytes"] = [.. new RawCertificate().Build(), 0],
        ["constructed string"] = new RawCertificate { Name = RawCertificate.CommonName(0x2C, [0x0C, 1, 0x41]) }.Build(),
        ["boolean of 1"] = new RawCertificate { Extensions = [RawCertificate.Extension("2.5.29.19", [0x30, 3, 1, 1, 1])] }.Build(),
        ["duplicate extension"] = new RawCertificate
        {
            Extensions = [RawCertificate.BasicConstraints, RawCertificate.KeyUsage, RawCertificate.BasicConstraints],
        }.Build(),
        ["version 1 with extensions"] = new RawCertificate { Version = [] }.Build(),
        ["version 9"] = new RawCertificate { Version = [0xA0, 3, 2, 1, 8] }.Build(),
        ["fraction of a second"] = new RawCertificate { NotAfter = RawCertificate.Generalized("20550101000000.5Z") }.Build(),
        ["time zone"] = new RawCertificate { NotAfter = RawCertificate.Utc("450101000000+0100") }.Build(),
        ["month 13"] = new RawCertificate { NotAfter = RawCertificate.Utc("451301000000Z") }.Build(),
        ["30 February"] = new RawCertificate { NotAfter = RawCertificate.Utc("450230000000Z") }.Build(),
        ["second 60"] = new RawCertificate { NotAfter = RawCertificate.Utc("450101000060Z") }.Build(),
        ["no Z"] = new RawCertificate { NotAfter = RawCertificate.Generalized("20550101000000") }.Build(),
        ["no seconds"] = new RawCertificate { NotAfter = RawCertificate.Utc("4501010000Z") }.Build(),
        ["junk for a time"] = new RawCertificate { NotBefore = RawCertificate.Utc("yesterday") }.Build(),
        ["bad UTF-8"] = new RawCertificate { Name = RawCertificate.CommonName(0x0C, [0x41, 0xC3, 0x28]) }.Build(),
        ["half a BMP character"] = new RawCertificate { Name = RawCertificate.CommonName(0x1E, [0, 0x41, 0]) }.Build(),
        ["no name"] = new RawCertificate { Name = [0x30, 0] }.Build(),
        ["empty serial number"] = new RawCertificate { SerialNumber = [2, 0] }.Build(),
        ["non-minimal serial number"] = new RawCertificate { SerialNumber = [2, 3, 0, 0x12, 0x34] }.Build(),
        ["nested too deep"] = new RawCertificate { Name = RawCertificate.Nested(60_000) }.Build(),
        ["malformed basic constraints"] = new RawCertificate { Extensions = [RawCertificate.Extension("2.5.29.19", [0x30, 3, 4, 1, 0xFF])] }.Build(),
        ["negative path length"] = new RawCertificate { Extensions = [RawCertificate.Extension("2.5.29.19", [0x30, 6, 1, 1, 0xFF, 2, 1, 0xFF])] }.Build(),
        ["bytes behind a key identifier"] = With("2.5.29.14", "04040102030400", critical: false),
        ["no purpose among the purposes"] = With("2.5.29.37", "3000", critical: true),

        // GnuTLS gives up on a file with this one, Java on one with the next.
        ["alternative name that is too long"] = With("2.5.29.17", "301E8203612E62862809687474703A2F2F782F87040A00000181056140622E63", critical: false),
        ["directory name of something else"] = With("2.5.29.30", "3023A021301FA41D301B310B820906035504061302435A310C300A06035504030C03436F72", critical: true),
    };

    /// <summary>Odd, but read by everyone.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Harmless = new Dictionary<string, byte[]>
    {
        ["nothing odd"] = new RawCertificate().Build(),
        ["negative serial number"] = new RawCertificate { SerialNumber = [2, 1, 0x80] }.Build(),
        ["zero serial number"] = new RawCertificate { SerialNumber = [2, 1, 0] }.Build(),
        ["serial number of 40 bytes"] = new RawCertificate { SerialNumber = [2, 40, .. Enumerable.Repeat((byte)0x11, 40)] }.Build(),
        ["serial number of 1,000 bytes"] = new RawCertificate { SerialNumber = [2, 0x82, 3, 0xE8, .. Enumerable.Repeat((byte)0x11, 1000)] }.Build(),
        ["1,000 extensions"] = new RawCertificate
        {
            Extensions =
            [
                RawCertificate.BasicConstraints,
                .. Enumerable.Range(1, 999).Select(n => RawCertificate.Extension($"1.3.6.1.4.1.99999.{n}", [5, 0], critical: false)),
            ],
        }.Build(),
        ["extension that is no ASN.1"] = new RawCertificate
        {
            Extensions = [RawCertificate.BasicConstraints, RawCertificate.Extension("1.3.6.1.4.1.99999.1", "text"u8.ToArray(), critical: false)],
        }.Build(),
        ["NUL in the name"] = new RawCertificate { Name = RawCertificate.CommonName(0x0C, "a\0b"u8) }.Build(),
        ["version 1"] = new RawCertificate { Version = [], Extensions = [] }.Build(),
        ["GeneralizedTime before 2050"] = new RawCertificate { NotAfter = RawCertificate.Generalized("20450101000000Z") }.Build(),
        ["valid to the end of time"] = new RawCertificate { NotAfter = RawCertificate.Generalized("99991231235959Z") }.Build(),
    };

    private static byte[] With(string oid, string value, bool critical) =>
        new RawCertificate
        {
            Extensions = [RawCertificate.BasicConstraints, RawCertificate.KeyUsage, RawCertificate.Extension(oid, Convert.FromHexString(value), critical)],
        }.Build();
}
