using System.Security.Cryptography;
using System.Text;

namespace CaPortal.Core.Formats;

/// <summary>Java keystores of the types JKS and JCEKS: trusted certificates and the chains beside keys. They are no ASN.1.</summary>
internal sealed class JavaKeystoreFormat : ICertificateFormat
{
    private const uint JksMagic = 0xfeedfeed;
    private const uint JceksMagic = 0xcececece;
    private const int DigestBytes = 20;

    public string Name => "Java keystore";

    public ReadOutcome Read(ReadRequest request)
    {
        if (!HasMagic(request.Content))
            return ReadOutcome.NotThisFormat.Instance;
        if (request.Content.Length < DigestBytes + 12)
            return new ReadOutcome.Broken("Damaged Java keystore", "The Java keystore is cut off.", "Export or copy it again, in binary mode.");

        var entries = new JavaKeystoreEntries(request.Content[..^DigestBytes], request);
        var isWhole = entries.Read();
        if (entries.Items.Count > request.Limits.MaxCertificates)
            return ReadItems.TooMany(request.Limits);
        // Certificates are not encrypted: without a password the file is read all the same, only its integrity is unknown.
        var end = isWhole ? entries.End + DigestBytes : request.Content.Length;
        var keystore = request.Content[..end];
        var isUnchanged =
            isWhole && (FitsDigest(keystore.Span, "") || (!string.IsNullOrEmpty(request.Password) && FitsDigest(keystore.Span, request.Password)));
        if (isWhole && !isUnchanged && !string.IsNullOrEmpty(request.Password))
            return new ReadOutcome.PasswordRequired(PasswordState.Wrong);
        if (entries.Items.Count == 0)
            return new ReadOutcome.Broken("Empty Java keystore", "The Java keystore holds nothing.", "Export the certificates again.");
        var items = ReadItems.InOrder(entries.Items, read => [read()], request.CancellationToken);
        return ReadItems.WithRest(new ReadOutcome.Items(isUnchanged || !isWhole ? items : ReadItems.WithUnknownIntegrity(items)), request.Content, end);
    }

    /// <summary>Whether it begins like such a keystore.</summary>
    public static bool HasMagic(ReadOnlyMemory<byte> content) => new JavaKeystoreCursor(content).UInt32() is JksMagic or JceksMagic;

    /// <summary>The keystore ends with the SHA-1 of the password, a fixed text and everything before.</summary>
    private static bool FitsDigest(ReadOnlySpan<byte> content, string password)
    {
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha1.AppendData(Encoding.BigEndianUnicode.GetBytes(password));
        sha1.AppendData("Mighty Aphrodite"u8);
        sha1.AppendData(content[..^DigestBytes]);
        return CryptographicOperations.FixedTimeEquals(sha1.GetHashAndReset(), content[^DigestBytes..]);
    }
}
