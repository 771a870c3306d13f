using System.Security.Cryptography;
using System.Text;

namespace CaPortal.Core.ApiKeys;

/// <summary>
/// The text of an API key: <c>caportal_3f9a12bc_</c> and 64 hexadecimal digits. It begins with the name of the portal, so
/// that people and secret scanners recognise it. It has no dots, because dots mark the tokens of Entra ID. A double-click
/// selects it as one word.
/// </summary>
internal static class KeyText
{
    private const string Begin = "caportal_";
    private const int PrefixBytes = 4;
    private const int SecretBytes = 32;
    private const int SaltBytes = 16;
    private const int PrefixLength = 9 + (2 * PrefixBytes);
    private const int Length = PrefixLength + 1 + (2 * SecretBytes);

    // What an unknown key is compared with.
    private static readonly byte[] NoSalt = RandomNumberGenerator.GetBytes(SaltBytes);
    private static readonly byte[] NoHash = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    /// <summary>The beginning of a new key.</summary>
    public static string NewPrefix() => Begin + RandomNumberGenerator.GetHexString(2 * PrefixBytes, lowercase: true);

    /// <summary>A new key with that beginning.</summary>
    public static string NewKey(string prefix) => $"{prefix}_{RandomNumberGenerator.GetHexString(2 * SecretBytes, lowercase: true)}";

    /// <summary>Random bytes for one key.</summary>
    public static byte[] NewSalt() => RandomNumberGenerator.GetBytes(SaltBytes);

    /// <summary>The beginning of a key; null if the text is no key at all.</summary>
    public static string? PrefixOf(string text) =>
        text.Length == Length && text.StartsWith(Begin, StringComparison.Ordinal) && text[PrefixLength] == '_'
        && text[Begin.Length..].All(c => char.IsAsciiHexDigitLower(c) || c == '_')
            ? text[..PrefixLength]
            : null;

    /// <summary>
    /// What is kept of a key. A fast hash is right here: a slow one makes guessing words expensive, and these are 256 random
    /// bits that nobody guesses, while each request would pay for it.
    /// </summary>
    public static byte[] Hash(string key, byte[] salt) => HMACSHA256.HashData(salt, Encoding.ASCII.GetBytes(key));

    /// <summary>
    /// Whether it is the key. The time that this takes reveals neither how much of it is right nor whether there is such a
    /// key.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="salt">The salt of the one that has its beginning; null if there is none.</param>
    /// <param name="hash">The hash of that one.</param>
    public static bool Matches(string key, byte[]? salt, byte[]? hash) =>
        CryptographicOperations.FixedTimeEquals(Hash(key, salt ?? NoSalt), hash ?? NoHash);
}
