using System.Security.Cryptography;
using System.Text;

namespace CaPortal.Authentication;

/// <summary>
/// How the command <c>sign-in-link</c> and the portal talk: by what both know from a file. Neither the secret nor the link
/// can be read on the way, because under the name localhost another program of this machine may listen on the same port.
/// </summary>
internal static class LinkExchange
{
    /// <summary>The header of the request.</summary>
    public const string Header = "CaPortal-Proof";

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>What both know.</summary>
    public static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>A request: proves that the sender knows the secret.</summary>
    public static string Ask(string secret)
    {
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes));
        return $"{nonce}.{ProofOf(nonce, secret)}";
    }

    /// <summary>Whether a request comes from somebody who knows the secret.</summary>
    public static bool IsProven(string request, string secret) =>
        request.Split('.') is [var nonce, var proof] && Secrets.AreEqual(ProofOf(nonce, secret), proof);

    /// <summary>The answer to a request, for anyone who knows the secret.</summary>
    public static string Seal(string link, string request, string secret)
    {
        var text = Encoding.UTF8.GetBytes(link);
        var sealedText = new byte[NonceBytes + text.Length + TagBytes];
        var nonce = sealedText.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(Convert.FromHexString(secret), TagBytes);
        cipher.Encrypt(nonce, text, sealedText.AsSpan(NonceBytes, text.Length), sealedText.AsSpan(NonceBytes + text.Length), Encoding.UTF8.GetBytes(request));
        return Convert.ToBase64String(sealedText);
    }

    /// <summary>The link; null if the answer is to another request, or from somebody who does not know the secret.</summary>
    public static string? Open(string answer, string request, string secret)
    {
        try
        {
            var sealedText = Convert.FromBase64String(answer);
            if (sealedText.Length < NonceBytes + TagBytes)
                return null;
            var text = new byte[sealedText.Length - NonceBytes - TagBytes];
            using var cipher = new AesGcm(Convert.FromHexString(secret), TagBytes);
            cipher.Decrypt(
                sealedText.AsSpan(0, NonceBytes),
                sealedText.AsSpan(NonceBytes, text.Length),
                sealedText.AsSpan(NonceBytes + text.Length),
                text,
                Encoding.UTF8.GetBytes(request));
            return Encoding.UTF8.GetString(text);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static string ProofOf(string nonce, string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Convert.FromHexString(secret), Encoding.UTF8.GetBytes(nonce)));
}
