using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace CaPortal.Core.Formats;

/// <summary>The integrity check of a PKCS#12 file: HMAC with the file's own derivation (RFC 7292 §4) or PBMAC1 (RFC 9579).</summary>
internal sealed class Pkcs12Mac
{
    private const string Pbmac1 = "1.2.840.113549.1.5.14";
    private const int MaxParameterBytes = 4096;
    private const int MaxKeyBytes = 128;

    private readonly Func<Pkcs12Password, byte[], byte[]> _compute;
    private readonly byte[] _expected;

    private readonly bool _isPkcs5;

    private Pkcs12Mac(byte[] expected, DerivationCost cost, bool isPkcs5, Func<Pkcs12Password, byte[], byte[]> compute)
    {
        _isPkcs5 = isPkcs5;
        _expected = expected;
        Cost = cost;
        _compute = compute;
    }

    public DerivationCost Cost { get; }

    /// <summary>Reads MacData; throws where it is damaged (any exception) or not supported (<see cref="NotSupportedException"/>).</summary>
    public static Pkcs12Mac Parse(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.Length > MaxParameterBytes)
            throw new FormatException("the integrity check is too large");
        Asn1Guard.ThrowIfMalformed(encoded.Span);
        var macData = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
        var digestInfo = macData.ReadSequence();
        var algorithm = AlgorithmIdentifier.GetInstance(digestInfo.ReadEncodedValue().ToArray());
        var expected = digestInfo.ReadOctetString();
        if (algorithm.Algorithm.Id == Pbmac1)
            return ParsePbmac1(expected, Pbmac1Params.GetInstance(algorithm.Parameters));

        var salt = macData.ReadOctetString();
        var cost = DerivationCost.Of(macData.HasData ? new BigInteger(macData.ReadIntegerBytes().ToArray()) : BigInteger.One);
        var digest = Digest(algorithm);
        return new(expected, cost, isPkcs5: false, (password, content) =>
        {
            var generator = new Pkcs12ParametersGenerator(digest());
            generator.Init(password.Pkcs12Bytes, salt, (int)cost.Iterations);
            return Compute(new HMac(digest()), (KeyParameter)generator.GenerateDerivedMacParameters(digest().GetDigestSize() * 8), content);
        });
    }

    /// <summary>Those of the passwords that are worth a try of their own.</summary>
    public IEnumerable<Pkcs12Password> Tries(IReadOnlyList<Pkcs12Password> candidates) =>
        _isPkcs5 ? Pkcs12Password.DifferentForPkcs5(candidates) : Pkcs12Password.DifferentForPkcs12(candidates);

    /// <summary>Those of the candidates that are the same to this check as the one that fits.</summary>
    public IReadOnlyList<Pkcs12Password> SameAs(Pkcs12Password fitting, IReadOnlyList<Pkcs12Password> candidates) =>
        [.. candidates.Where(c => _isPkcs5 ? c.Pkcs5Bytes.AsSpan().SequenceEqual(fitting.Pkcs5Bytes) : c.Text == fitting.Text)];

    /// <summary>Whether <paramref name="content"/>, the authenticated safe, was protected with this password.</summary>
    public bool Verify(Pkcs12Password password, byte[] content) => CryptographicOperations.FixedTimeEquals(_expected, _compute(password, content));

    private static Pkcs12Mac ParsePbmac1(byte[] expected, Pbmac1Params parameters)
    {
        var derivation = parameters.KeyDerivationFunc;
        var cost = Pbkdf.Cost(derivation);
        if (!derivation.Algorithm.Equals(PkcsObjectIdentifiers.IdPbkdf2)
            || Pbkdf2Params.GetInstance(derivation.Parameters).KeyLengthObject
                is not { Value: { BitLength: < 16, IntValueExact: > 0 and <= MaxKeyBytes and var keyLength } })
            throw new FormatException("the key length of the integrity check (PBMAC1) is missing or out of range");
        var scheme = parameters.MessageAuthScheme.Algorithm;
        return new(expected, cost, isPkcs5: true, (password, content) =>
            Compute(MacUtilities.GetMac(scheme), new KeyParameter(Pbkdf.Derive(derivation, password, keyLength)), content));
    }

    private static Func<IDigest> Digest(AlgorithmIdentifier algorithm)
    {
        try
        {
            _ = DigestUtilities.GetDigest(algorithm.Algorithm);
            return () => DigestUtilities.GetDigest(algorithm.Algorithm);
        }
        catch (SecurityUtilityException)
        {
            throw new NotSupportedException($"the integrity check's hash algorithm {algorithm.Algorithm.Id} is not supported");
        }
    }

    private static byte[] Compute(IMac mac, KeyParameter key, byte[] content)
    {
        mac.Init(key);
        mac.BlockUpdate(content, 0, content.Length);
        return MacUtilities.DoFinal(mac);
    }
}
