using System.Formats.Asn1;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Math;

namespace CaPortal.Core.Formats;

/// <summary>
/// Keystores of Bouncy Castle for Java and Android: certificates in BKS are plain and are read; UBER and BCFKS are encrypted
/// as a whole and are named.
/// </summary>
internal sealed class BouncyCastleKeystoreFormat : ICertificateFormat
{
    private const int SaltBytes = 20;
    private const int MacBytes = 20;
    private const int CipherBlock = 16;
    private const uint LatestVersion = 2;
    private const string Pbes2 = "1.2.840.113549.1.5.13";

    public string Name => "Bouncy Castle keystore";

    public ReadOutcome Read(ReadRequest request)
    {
        if (IsBcfks(request.Content))
            return Encrypted("BCFKS");
        var cursor = new JavaKeystoreCursor(request.Content);
        var version = cursor.UInt32();
        var salt = cursor.Block();
        var iterations = cursor.UInt32();
        if (cursor.Failed || version > LatestVersion || salt.Length != SaltBytes || iterations is 0 or > int.MaxValue)
            return ReadOutcome.NotThisFormat.Instance;

        var body = request.Content[cursor.Position..];
        if (!BouncyCastleEntries.Begin(body))
            return body.Length > 0 && body.Length % CipherBlock == 0 ? Encrypted("UBER") : Damaged();
        if (body.Length <= MacBytes)
            return Damaged();

        var entries = new BouncyCastleEntries(body[..^MacBytes], request);
        var isWhole = entries.Read();
        if (entries.Items.Count > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);
        // As for other Java keystores: without a password the file is read all the same, only its integrity is unknown.
        var isVerified = isWhole && !string.IsNullOrEmpty(request.Password);
        if (isVerified)
        {
            var cost = DerivationCost.Of(BigInteger.ValueOf(iterations));
            if (request.Derivations.Refusal([cost]) is { } refusal)
                return new ReadOutcome.Broken(
                    "BKS keystore with too many iterations",
                    $"The file was not opened: {refusal}.",
                    "Export it again with fewer iterations.");
            request.Derivations.TryTake(cost);
            if (!FitsMac(body, request.Password!, salt.ToArray(), (int)iterations, version))
                return new ReadOutcome.PasswordRequired(PasswordState.Wrong);
        }

        if (entries.Items.Count == 0)
            return new ReadOutcome.Broken("Empty BKS keystore", "The BKS keystore holds nothing.", "Export the certificates again.");
        var items = ReadItems.InOrder(entries.Items, read => [read()], request.CancellationToken);
        return new ReadOutcome.Items(isVerified || !isWhole ? items : ReadItems.WithUnknownIntegrity(items));
    }

    /// <summary>The keystore ends with an HMAC of its entries. The key of the HMAC comes from the password.</summary>
    private static bool FitsMac(ReadOnlyMemory<byte> body, string password, byte[] salt, int iterations, uint version)
    {
        var generator = new Pkcs12ParametersGenerator(new Sha1Digest());
        generator.Init(PbeParametersGenerator.Pkcs12PasswordToBytes(password.ToCharArray()), salt, iterations);
        var mac = new HMac(new Sha1Digest());
        // Up to version 1 the number of the key's bytes was taken for that of its bits.
        mac.Init(generator.GenerateDerivedMacParameters(version < LatestVersion ? MacBytes : MacBytes * 8));
        mac.BlockUpdate(body.Span[..^MacBytes]);
        var computed = new byte[MacBytes];
        mac.DoFinal(computed, 0);
        return CryptographicOperations.FixedTimeEquals(computed, body.Span[^MacBytes..]);
    }

    /// <summary>ObjectStore ::= SEQUENCE { EncryptedObjectStoreData, ObjectStoreIntegrityCheck }.</summary>
    private static bool IsBcfks(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty || content.Span[0] != 0x30)
            return false;
        try
        {
            var store = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            var data = store.ReadSequence();
            var isEncrypted = data.ReadSequence().ReadObjectIdentifier() == Pbes2 && data.PeekTag().HasSameClassAndValue(Asn1Tag.PrimitiveOctetString);
            return isEncrypted && store.HasData && (store.PeekTag() == Asn1Tag.Sequence || store.PeekTag().TagClass == TagClass.ContextSpecific);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static ReadOutcome.Broken Encrypted(string type) => new(
        $"{type} keystore",
        $"This is a keystore of Bouncy Castle of the type {type}: it is encrypted as a whole, and CaPortal does not open it.",
        $"Convert it and add keystore.p12: keytool -importkeystore -srckeystore FILE -srcstoretype {type} "
        + "-providerclass org.bouncycastle.jce.provider.BouncyCastleProvider -providerpath bcprov.jar -destkeystore keystore.p12 -deststoretype PKCS12");

    private static ReadOutcome.Broken Damaged() =>
        new(
            "Damaged Bouncy Castle keystore",
            "The file begins like a keystore of Bouncy Castle (BKS or UBER), but it is cut off or changed.",
            "Export or copy it again, in binary mode.");
}
