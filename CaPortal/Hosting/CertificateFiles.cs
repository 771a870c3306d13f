using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;

namespace CaPortal.Hosting;

/// <summary>
/// The certificate that the portal shows to browsers, from the files that the settings name. It is the last pair of
/// certificate and key that fitted together, even if the files have changed meanwhile.
/// </summary>
internal sealed partial class CertificateFiles
{
    private readonly string _path;
    private readonly string? _keyPath;
    private readonly string? _password;
    private readonly ILogger _logger;
    private string? _seen;
    private string? _logged;

    private CertificateFiles(string path, string? keyPath, string? password, ILogger logger) =>
        (_path, _keyPath, _password, _logger) = (path, keyPath, password, logger);

    /// <summary>The last pair that fitted; null before there was one.</summary>
    public SslStreamCertificateContext? Current { get; private set; }

    /// <summary>The files of a certificate section; null if it names none, such as for the certificate stores of Windows.</summary>
    public static CertificateFiles? Of(IConfigurationSection section, string contentRoot, ILogger logger) => section["Path"] is { Length: > 0 } path
        ? new CertificateFiles(
            Path.Combine(contentRoot, path),
            section["KeyPath"] is { Length: > 0 } keyPath ? Path.Combine(contentRoot, keyPath) : null,
            section["Password"],
            logger)
        : null;

    /// <summary>
    /// Takes up what is in the files now if it is new. A pair that does not fit is reported when it is found a second time: a
    /// person who replaces two files does so one after the other.
    /// </summary>
    public void Look()
    {
        var found = "";
        try
        {
            var certificate = File.ReadAllBytes(_path);
            var key = _keyPath is null ? [] : File.ReadAllBytes(_keyPath);
            found = Convert.ToHexString(SHA256.HashData([.. SHA256.HashData(certificate), .. SHA256.HashData(key)]));
            if (found == _seen)
                return;
            var context = Load(certificate, key);
            if (Current is not null)
                Log(context.TargetCertificate);
            (Current, _seen, _logged) = (context, found, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var problem = $"{found} {e.Message}";
            if (_logged == problem)
            {
                LogRefused(_logger, _path, e.Message);
                (_seen, _logged) = (found, $"{problem} again");
            }
            else if (_logged != $"{problem} again")
            {
                _logged = problem;
            }
        }
    }

    private SslStreamCertificateContext Load(byte[] certificate, byte[] key)
    {
        var chain = new X509Certificate2Collection();
        X509Certificate2 target;
        if (_keyPath is null)
        {
            chain.AddRange(X509CertificateLoader.LoadPkcs12Collection(certificate, _password));
            target = chain.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("There is no certificate with a private key in it.");
        }
        else
        {
            var (certificates, keyText) = (Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key));
            using var pair = _password is { Length: > 0 } password
                ? X509Certificate2.CreateFromEncryptedPem(certificates, keyText, password)
                : X509Certificate2.CreateFromPem(certificates, keyText);

            // Windows uses no key that is in memory alone.
            target = OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : new X509Certificate2(pair);
            chain.ImportFromPem(certificates);
        }

        return SslStreamCertificateContext.Create(target, chain, offline: true);
    }

    private void Log(X509Certificate2 certificate) =>
        LogTakenUp(
            _logger,
            _path,
            DisplayText.Shorten(certificate.Subject),
            certificate.GetCertHashString(HashAlgorithmName.SHA256),
            certificate.NotAfter.ToUniversalTime());

    [LoggerMessage(1011, LogLevel.Information, "The certificate in {File} is in use now: {Subject} (SHA-256 {Sha256}), valid until {NotAfter:u}")]
    private static partial void LogTakenUp(ILogger logger, string file, string subject, string sha256, DateTime notAfter);

    [LoggerMessage(1012, LogLevel.Error, "The certificate in {File} cannot be used, so the earlier one stays in use: {Reason}")]
    private static partial void LogRefused(ILogger logger, string file, string reason);
}
