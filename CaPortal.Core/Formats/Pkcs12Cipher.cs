using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Misc;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Security;

namespace CaPortal.Core.Formats;

/// <summary>Password-based encryption of a part of a PKCS#12 file: the schemes of PKCS#12 itself and PBES2 (RFC 8018 §6.2).</summary>
internal sealed class Pkcs12Cipher
{
    private const int MaxParameterBytes = 4096;

    private readonly AlgorithmIdentifier _algorithm;
    private readonly PbeS2Parameters? _pbes2;

    private Pkcs12Cipher(AlgorithmIdentifier algorithm, PbeS2Parameters? pbes2, string name, DerivationCost cost)
    {
        _algorithm = algorithm;
        _pbes2 = pbes2;
        Name = name;
        Cost = cost;
    }

    /// <summary>The algorithm as people call it.</summary>
    public string Name { get; }

    public DerivationCost Cost { get; }

    /// <summary>Reads an AlgorithmIdentifier; throws where it is damaged (any exception) or not supported (<see cref="NotSupportedException"/>).</summary>
    public static Pkcs12Cipher Parse(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length > MaxParameterBytes)
            throw new FormatException("the encryption parameters are too large");
        Asn1Guard.ThrowIfMalformed(encoded);
        var algorithm = AlgorithmIdentifier.GetInstance(encoded.ToArray());
        if (!algorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdPbeS2))
        {
            _ = PbeNames.KeyBytes(algorithm.Algorithm);
            var legacy = PbeParameter.GetInstance(algorithm.Parameters);
            return new(algorithm, null, PbeNames.Of(algorithm.Algorithm), DerivationCost.Of(legacy.IterationCountObject.Value));
        }

        var pbes2 = PbeS2Parameters.GetInstance(algorithm.Parameters);
        _ = PbeNames.KeyBytes(pbes2.EncryptionScheme.Algorithm);
        return new(algorithm, pbes2, PbeNames.Of(pbes2.EncryptionScheme.Algorithm), Pbkdf.Cost(pbes2.KeyDerivationFunc));
    }

    /// <summary>Those of the passwords that are worth a try of their own.</summary>
    public IEnumerable<Pkcs12Password> Tries(IReadOnlyList<Pkcs12Password> candidates) =>
        _pbes2 is null ? Pkcs12Password.DifferentForPkcs12(candidates) : Pkcs12Password.DifferentForPkcs5(candidates);

    /// <summary>The plain bytes; throws where the password does not fit or the algorithm is not supported.</summary>
    public byte[] Decrypt(Pkcs12Password password, byte[] content)
    {
        if (_pbes2 is null)
        {
            var engine = (IBufferedCipher)PbeUtilities.CreateEngine(_algorithm.Algorithm);
            // An empty text counts as two zero bytes, no text as none.
            engine.Init(false, PbeUtilities.GenerateCipherParameters(_algorithm, password.Text?.ToCharArray() ?? [], wrongPkcs12Zero: password.Text is ""));
            return engine.DoFinal(content);
        }

        var scheme = _pbes2.EncryptionScheme;
        var key = Pbkdf.Derive(_pbes2.KeyDerivationFunc, password, PbeNames.KeyBytes(scheme.Algorithm));
        var cipher = CipherUtilities.GetCipher(scheme.Algorithm);
        cipher.Init(
            false,
            ParameterUtilities.GetCipherParameters(
                scheme.Algorithm,
                ParameterUtilities.CreateKeyParameter(scheme.Algorithm, key),
                scheme.Parameters?.ToAsn1Object()));
        return cipher.DoFinal(content);
    }
}

/// <summary>The key derivations of PBES2 and PBMAC1: PBKDF2 (RFC 8018 §5.2) and scrypt (RFC 7914).</summary>
internal static class Pbkdf
{
    private const string Scrypt = "1.3.6.1.4.1.11591.4.11";

    public static DerivationCost Cost(AlgorithmIdentifier derivation)
    {
        if (derivation.Algorithm.Equals(PkcsObjectIdentifiers.IdPbkdf2))
        {
            var pbkdf2 = Pbkdf2Params.GetInstance(derivation.Parameters);
            _ = Hash(pbkdf2.Prf.Algorithm);
            return DerivationCost.Of(pbkdf2.IterationCountObject.Value);
        }

        if (derivation.Algorithm.Id != Scrypt)
            throw new NotSupportedException($"the key derivation {derivation.Algorithm.Id} is not supported");
        var scrypt = ScryptParams.GetInstance(derivation.Parameters);
        return DerivationCost.OfScrypt(scrypt.CostParameter.Value, scrypt.BlockSize.Value, scrypt.ParallelizationParameter.Value);
    }

    public static byte[] Derive(AlgorithmIdentifier derivation, Pkcs12Password password, int length)
    {
        if (derivation.Algorithm.Id == Scrypt)
        {
            var scrypt = ScryptParams.GetInstance(derivation.Parameters);
            return SCrypt.Generate(
                password.Pkcs5Bytes,
                scrypt.Salt.GetOctets(),
                scrypt.CostParameter.IntValueExact,
                scrypt.BlockSize.IntValueExact,
                scrypt.ParallelizationParameter.IntValueExact,
                length);
        }

        var pbkdf2 = Pbkdf2Params.GetInstance(derivation.Parameters);
        return Rfc2898DeriveBytes.Pbkdf2(password.Pkcs5Bytes, pbkdf2.GetSalt(), pbkdf2.IterationCountObject.IntValueExact, Hash(pbkdf2.Prf.Algorithm), length);
    }

    private static HashAlgorithmName Hash(DerObjectIdentifier prf) => prf.Id switch
    {
        "1.2.840.113549.2.7" => HashAlgorithmName.SHA1,
        "1.2.840.113549.2.9" => HashAlgorithmName.SHA256,
        "1.2.840.113549.2.10" => HashAlgorithmName.SHA384,
        "1.2.840.113549.2.11" => HashAlgorithmName.SHA512,
        _ => throw new NotSupportedException($"the pseudo-random function {prf.Id} is not supported"),
    };
}

/// <summary>Encryption algorithms of PKCS#12 files: their names, and the length of the key where the file does not say it.</summary>
internal static class PbeNames
{
    private static readonly Dictionary<string, (string Name, int KeyBytes)> Known = new()
    {
        ["1.2.840.113549.1.12.1.1"] = ("RC4 (128 bits)", 16),
        ["1.2.840.113549.1.12.1.2"] = ("RC4 (40 bits)", 5),
        ["1.2.840.113549.1.12.1.3"] = ("3DES", 24),
        ["1.2.840.113549.1.12.1.4"] = ("3DES (two keys)", 16),
        ["1.2.840.113549.1.12.1.5"] = ("RC2 (128 bits)", 16),
        ["1.2.840.113549.1.12.1.6"] = ("RC2 (40 bits)", 5),
        ["1.2.840.113549.3.7"] = ("3DES", 24),
        ["2.16.840.1.101.3.4.1.2"] = ("AES-128", 16),
        ["2.16.840.1.101.3.4.1.22"] = ("AES-192", 24),
        ["2.16.840.1.101.3.4.1.42"] = ("AES-256", 32),
        ["1.2.392.200011.61.1.1.1.2"] = ("Camellia-128", 16),
        ["1.2.392.200011.61.1.1.1.3"] = ("Camellia-192", 24),
        ["1.2.392.200011.61.1.1.1.4"] = ("Camellia-256", 32),
        ["1.2.410.200046.1.1.2"] = ("ARIA-128", 16),
        ["1.2.410.200046.1.1.7"] = ("ARIA-192", 24),
        ["1.2.410.200046.1.1.12"] = ("ARIA-256", 32),
    };

    public static string Of(DerObjectIdentifier oid) => Known.TryGetValue(oid.Id, out var known) ? known.Name : oid.Id;

    public static int KeyBytes(DerObjectIdentifier oid) => Known.TryGetValue(oid.Id, out var known)
        ? known.KeyBytes
        : throw new NotSupportedException($"the encryption algorithm {oid.Id} is not supported");
}
