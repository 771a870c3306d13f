using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using BouncyCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace CaPortal.Core.Backups;

/// <summary>
/// Encrypts backups as CMS enveloped data (RFC 5652 §6) with AES-256, which <c>openssl cms -decrypt</c> opens too: for a
/// certificate, for a pass phrase, or for either of both.
/// </summary>
internal static class BackupCipher
{
    /// <summary>Bytes for a stream that is neither: <c>SEQUENCE</c> begins what is encrypted, and gzip the rest.</summary>
    public const byte FirstOfEncrypted = 0x30;

    private const string KeyTransport = "RSA/NONE/OAEPWithSHA256AndMGF1Padding";
    private const int SaltBytes = 16;

    // PBKDF2 with HMAC-SHA-1, which all programs that read CMS support.
    private const int Iterations = 600_000;
    private const int MaxIterations = 10_000_000;

    /// <summary>What is written to the stream that this returns goes encrypted to <paramref name="output"/>, which stays open.</summary>
    public static Stream Encrypt(Stream output, BouncyCertificate? certificate, string? passphrase)
    {
        var generator = new CmsEnvelopedDataStreamGenerator();
        if (certificate is not null)
            generator.AddKeyTransRecipient(KeyTransport, certificate);
        if (passphrase is not null)
        {
            var salt = SecureRandom.GetNextBytes(new SecureRandom(), SaltBytes);
            generator.AddPasswordRecipient(new Pkcs5Scheme2Utf8PbeKey(passphrase.AsSpan(), salt, Iterations), CmsEnvelopedGenerator.Aes256Cbc);
        }

        return generator.Open(output, CmsEnvelopedGenerator.Aes256Cbc);
    }

    /// <summary>For whom a backup is encrypted.</summary>
    /// <exception cref="BackupException">It is no backup.</exception>
    public static CmsEnvelopedDataParser Open(Stream input)
    {
        try
        {
            return new CmsEnvelopedDataParser(input);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw NoBackup(e);
        }
    }

    /// <summary>The content.</summary>
    /// <exception cref="BackupException">Nothing that there is opens it.</exception>
    public static Stream Decrypt(CmsEnvelopedDataParser data, BackupOptions options, BackupSecrets secrets)
    {
        var recipients = data.GetRecipientInfos().GetRecipients();
        Exception? failure = null;
        var failed = new List<string>();
        if (recipients.OfType<KeyTransRecipientInformation>().FirstOrDefault() is { } forKey
            && BackupKeys.PrivateKeyOf(options, () => secrets.AskKeyPassword?.Invoke() ?? "") is { } key
            && Try(() => forKey.GetContentStream(key), "The private key") is { } byKey)
        {
            return byKey;
        }

        if (recipients.OfType<PasswordRecipientInformation>().FirstOrDefault() is { } forPassphrase)
        {
            Func<string?>?[] sources = [() => secrets.Passphrase, () => BackupKeys.PassphraseOf(options), secrets.AskPassphrase];
            foreach (var source in sources)
            {
                if (source?.Invoke() is { Length: > 0 } passphrase
                    && Try(() => forPassphrase.GetContentStream(KeyOf(passphrase, forPassphrase)), "The pass phrase") is { } byPassphrase)
                    return byPassphrase;
            }
        }

        if (failure is not null)
            throw new BackupException(
                $"{string.Join(" and ", failed)} {(failed.Count == 1 ? "does" : "do")} not open the backup.",
                "Give the one that it was encrypted for.",
                failure);
        var needed = string.Join(" or ", recipients.Select(r => r is PasswordRecipientInformation ? "a pass phrase" : "a private key (RSA)").Distinct());
        throw new BackupException(
            $"The backup is encrypted, and needs {needed}.",
            $"Set {CoreOptions.Section}:{nameof(CoreOptions.Backup)}:{nameof(BackupOptions.PrivateKey)} or :{nameof(BackupOptions.PassphraseFile)} to its file."
        );

        Stream? Try(Func<CmsTypedStream> open, string what)
        {
            try
            {
                return open().ContentStream;
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                failure = e;
                if (!failed.Contains(what, StringComparer.OrdinalIgnoreCase))
                    failed.Add(failed.Count == 0 ? what : what.ToLowerInvariant());
                return null;
            }
        }
    }

    /// <summary>Whether a failure of BouncyCastle is that of the input.</summary>
    public static bool IsUnreadable(Exception exception) => exception
        is CmsException or CryptoException or GeneralSecurityException or IOException or ArgumentException or InvalidOperationException
        or InvalidCastException or FormatException or OverflowException;

    /// <summary>The file holds something else.</summary>
    public static BackupException NoBackup(Exception? cause) => new("The file is no backup of the portal, or it is damaged.", "Choose another backup.", cause);

    private static Pkcs5Scheme2Utf8PbeKey KeyOf(string passphrase, PasswordRecipientInformation recipient)
    {
        var key = new Pkcs5Scheme2Utf8PbeKey(passphrase.AsSpan(), recipient.KeyDerivationAlgorithm);
        return key.IterationCount <= MaxIterations ? key : throw NoBackup(null);
    }
}
