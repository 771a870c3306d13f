using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CaPortal.Core.TrustStores;

/// <summary>
/// Distinguishes certificates that .NET's loader takes from those that it refuses. A refused certificate must not get into a
/// file that many programs read: on Linux the loader is OpenSSL's, and OpenSSL gives up on the whole file.
/// </summary>
internal static class LoadableCertificates
{
    private const int MaxRemembered = 100_000;

    // The same hash always means the same certificate, so the answer can be kept: loading costs 50 times as much as hashing.
    private static readonly ConcurrentDictionary<string, bool> Answers = new(StringComparer.Ordinal);

    /// <summary>Whether .NET's loader takes it.</summary>
    /// <param name="sha256">SHA-256 of <paramref name="der"/>.</param>
    /// <param name="der">The DER encoding; anything else is refused.</param>
    public static bool Contains(string sha256, ReadOnlySpan<byte> der)
    {
        if (Answers.TryGetValue(sha256, out var answer))
            return answer;
        if (Answers.Count >= MaxRemembered)
            Answers.Clear();
        return Answers[sha256] = Load(der);
    }

    private static bool Load(ReadOnlySpan<byte> der)
    {
        // 0x30 is a SEQUENCE. Nothing else may reach the loader, which would try it as PEM, where OpenSSL may ask for a
        // pass phrase on the terminal and wait.
        if (der is not [0x30, ..])
            return false;

        try
        {
            // The loader skips what follows the certificate; other programs stumble over it.
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Length == der.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
