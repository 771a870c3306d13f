using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Oiw;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using static CaPortal.Core.Certificates.GrammarParts;

namespace CaPortal.Core.Certificates;

/// <summary>
/// Whether public keys and algorithms are built as their RFCs say (RFC 3279, 4055, 5480, 8410). A key of an algorithm that is not known here is
/// opaque to others too.
/// </summary>
internal static class KeyGrammar
{
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const string Dsa = "1.2.840.10040.4.1";
    private const string Ec = "1.2.840.10045.2.1";
    private const byte Uncompressed = 4;

    /// <summary>Octets of a key on a curve that is named by the algorithm itself.</summary>
    private static readonly Dictionary<string, int> FixedLengths = new()
    {
        ["1.3.101.110"] = 32, // X25519
        ["1.3.101.111"] = 56, // X448
        ["1.3.101.112"] = 32, // Ed25519
        ["1.3.101.113"] = 57, // Ed448
    };

    /// <summary>SHA-1 and SHA-2: Java opens no truststore with a signature that names another one as RSASSA-PSS has it.</summary>
    private static readonly HashSet<string> Hashes =
    [
        OiwObjectIdentifiers.IdSha1.Id, NistObjectIdentifiers.IdSha224.Id, NistObjectIdentifiers.IdSha256.Id, NistObjectIdentifiers.IdSha384.Id,
        NistObjectIdentifiers.IdSha512.Id, NistObjectIdentifiers.IdSha512_224.Id, NistObjectIdentifiers.IdSha512_256.Id,
    ];

    /// <summary>Throws unless a sequence is a public key (subjectPublicKeyInfo, RFC 5280 §4.1.2.7) as its algorithm wants it.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static void Key(AsnReader info)
    {
        var (algorithm, parameters) = Algorithm(info);
        var bits = info.ReadBitString(out var unused);
        info.ThrowIfNotEmpty();
        if (unused != 0)
            throw Malformed();

        var key = new AsnReader(bits, AsnEncodingRules.DER);
        switch (algorithm)
        {
            case Rsa or RsaPss:
                RsaKey(key);
                break;
            case Dsa:
                Positive(key);
                key.ThrowIfNotEmpty();
                break;
            case Ec:
                Point(parameters, bits);
                break;
            case var other when FixedLengths.TryGetValue(other, out var length) && (bits.Length != length || !parameters.IsEmpty):
                throw Malformed();
        }
    }

    /// <summary>Reads an algorithm; throws unless its parameters are as it wants them.</summary>
    /// <returns>The algorithm, and the encoding of its parameters, which is empty where there are none.</returns>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static (string Oid, ReadOnlyMemory<byte> Parameters) Algorithm(AsnReader reader)
    {
        var sequence = reader.ReadSequence();
        var algorithm = Oid(sequence);
        var parameters = sequence.HasData ? sequence.ReadEncodedValue() : default;
        sequence.ThrowIfNotEmpty();
        switch (algorithm)
        {
            case Rsa when !parameters.IsEmpty:
                new AsnReader(parameters, AsnEncodingRules.DER).ReadNull();
                break;
            case RsaPss when !parameters.IsEmpty:
                Pss(parameters);
                break;
            case Dsa when !parameters.IsEmpty:
                var numbers = new AsnReader(parameters, AsnEncodingRules.DER).ReadSequence();
                Positive(numbers);
                Positive(numbers);
                Positive(numbers);
                numbers.ThrowIfNotEmpty();
                break;
        }

        return (algorithm, parameters);
    }

    /// <summary>The curve of a key that names it; null where nobody has a curve of exactly this name.</summary>
    public static X9ECParametersHolder? Curve(ReadOnlySpan<byte> parameters) =>
        parameters is [0x06, ..] && AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.DER, out var length) is var oid && length == parameters.Length
            ? ECNamedCurveTable.GetByOidLazy(new DerObjectIdentifier(oid))
            : null;

    /// <summary>Whether a point has both its coordinates spelled out: the one form that Java reads.</summary>
    public static bool IsUncompressed(ReadOnlySpan<byte> point) => point is [Uncompressed, ..];

    private static void RsaKey(AsnReader file)
    {
        var key = file.ReadSequence();
        file.ThrowIfNotEmpty();
        Positive(key);
        Positive(key);
        key.ThrowIfNotEmpty();
    }

    /// <summary>On the curve that is named (RFC 5480 §2.2). A curve that is spelled out (RFC 3279) has checks of its own.</summary>
    private static void Point(ReadOnlyMemory<byte> parameters, byte[] bits)
    {
        if (parameters.Span is [0x30, ..])
            return;
        var curve = Curve(parameters.Span)?.Curve ?? throw Malformed();
        try
        {
            if (bits is not [2 or 3 or Uncompressed, ..] || curve.DecodePoint(bits) is not { IsInfinity: false })
                throw Malformed();
        }
        catch (Exception exception) when (exception is ArgumentException or ArithmeticException or InvalidOperationException)
        {
            throw Malformed();
        }
    }

    private static void Pss(ReadOnlyMemory<byte> encoding)
    {
        try
        {
            var parameters = RsassaPssParameters.GetInstance(encoding.ToArray());
            if (!parameters.TrailerField.HasValue(1) || !parameters.SaltLength.TryGetIntValueExact(out var salt) || salt < 0
                || !parameters.MaskGenAlgorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdMgf1)
                || !Hashes.Contains(parameters.HashAlgorithm.Algorithm.Id)
                || !Hashes.Contains(AlgorithmIdentifier.GetInstance(parameters.MaskGenAlgorithm.Parameters).Algorithm.Id))
            {
                throw Malformed();
            }
        }
        catch (Exception exception)
            when (exception is ArgumentException or InvalidOperationException or InvalidCastException or NullReferenceException or IOException)
        {
            throw Malformed();
        }
    }

    private static void Positive(AsnReader reader)
    {
        if (reader.ReadIntegerBytes().Span is [0] or [>= 0x80, ..])
            throw Malformed();
    }
}
