using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;
using BouncyCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace CaPortal.Core.Backups;

/// <summary>What encrypts and opens backups, from the files that the settings name. It is read again for each backup.</summary>
internal static class BackupKeys
{
    /// <summary>A shorter pass phrase is found by trying.</summary>
    public const int MinPassphraseLength = 12;

    /// <summary>The certificate to encrypt for; null if there is none.</summary>
    /// <exception cref="BackupException">It cannot be read, or has no RSA key.</exception>
    public static BouncyCertificate? CertificateOf(BackupOptions options)
    {
        if (options.Certificate.Length == 0)
            return null;
        var certificate = Read(options.Certificate, nameof(options.Certificate), file => new X509CertificateParser().ReadCertificate(File.ReadAllBytes(file)));
        return certificate?.GetPublicKey() is RsaKeyParameters ? certificate : throw new BackupException(
            $"The file '{options.Certificate}' ({NameOf(nameof(options.Certificate))}) has no certificate with an RSA key.",
            "Choose one that has, as PEM or DER.");
    }

    /// <summary>The pass phrase; null if there is none, or it is asked for.</summary>
    /// <exception cref="BackupException">It cannot be read, or is too short.</exception>
    public static string? PassphraseOf(BackupOptions options)
    {
        if (options.PassphraseFile is "" or BackupOptions.Ask)
            return null;
        var passphrase = Read(options.PassphraseFile, nameof(options.PassphraseFile), File.ReadAllText).TrimEnd('\r', '\n');
        Require(passphrase);
        return passphrase;
    }

    /// <summary>Refuses a pass phrase that does not protect.</summary>
    /// <exception cref="BackupException">It is too short.</exception>
    public static void Require(string passphrase)
    {
        if (passphrase.Length < MinPassphraseLength)
            throw new BackupException(
                $"The pass phrase for backups has fewer than {MinPassphraseLength} characters.",
                $"Choose a longer one ({NameOf(nameof(BackupOptions.PassphraseFile))}).");
    }

    /// <summary>The private key that opens a backup; null if there is none.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="askPassword">Asks for the password of an encrypted key.</param>
    /// <exception cref="BackupException">It cannot be read.</exception>
    public static AsymmetricKeyParameter? PrivateKeyOf(BackupOptions options, Func<string> askPassword) => options.PrivateKey.Length == 0 ? null
        : Read(options.PrivateKey, nameof(options.PrivateKey), file =>
        {
            var text = File.ReadAllText(file);
            using var key = RSA.Create();
            if (text.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal))
                key.ImportFromEncryptedPem(text, askPassword());
            else
                key.ImportFromPem(text);
            return DotNetUtilities.GetRsaKeyPair(key).Private;
        });

    private static T Read<T>(string file, string setting, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or GeneralSecurityException)
        {
            // What a parser says may repeat what is in the file.
            var why = e is IOException or UnauthorizedAccessException ? e.Message : "it is not what is needed there, or its password is wrong.";
            throw new BackupException(
                $"The file '{file}' ({NameOf(setting)}) cannot be read: {why}", "Name the right file, and let the portal's account read it.", e);
        }
    }

    private static string NameOf(string setting) => $"{CoreOptions.Section}:{nameof(CoreOptions.Backup)}:{setting}";
}
