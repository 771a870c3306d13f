using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Files;

namespace CaPortal.Core.Data.Postgres;

/// <summary>
/// The key file, which all portals on a database have and the database has not: AES-256-GCM with it seals what they keep there. So a
/// stolen dump of the database signs nobody in, and a person who can write to the database alone cannot make or change what is sealed.
/// </summary>
/// <remarks>Each line of the file is a key. The first seals; all of them open, so that a new one can be put first.</remarks>
internal sealed class SharedKey
{
    /// <summary>The shortest line, in characters: 32 random bytes in base64 have 44.</summary>
    private const int MinLength = 32;

    private const int IdLength = 4;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly IReadOnlyList<(byte[] Id, byte[] Key)> _keys;

    private SharedKey(IReadOnlyList<(byte[] Id, byte[] Key)> keys) => _keys = keys;

    /// <summary>Reads the file.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="DatabaseException">It cannot be read, or is no key.</exception>
    public static SharedKey? Read(string path)
    {
        try
        {
            var lines = Encoding.UTF8.GetString(RegularFile.ReadThroughLinks(path))
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length == 0 || lines.Any(l => l.Length < MinLength))
            {
                throw new DatabaseException(
                    $"The key file {path} is no key: each of its lines must have {MinLength} characters or more.",
                    "Make one with: openssl rand -base64 32, or put the right file there.");
            }

            return new SharedKey([.. lines.Select(KeyOf)]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The key file {path} cannot be read: {e.Message}", $"See to it that the account '{Environment.UserName}' can read it.", e);
        }
    }

    /// <summary>Makes a key file that its owner alone can read.</summary>
    /// <exception cref="DatabaseException">It cannot be written.</exception>
    public static SharedKey Create(string path)
    {
        try
        {
            AtomicFile.Write(path, Encoding.ASCII.GetBytes($"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}\n"), AtomicFile.OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException(
                $"The key file {path} cannot be written: {e.Message}", $"See to it that the account '{Environment.UserName}' can write its folder.", e);
        }

        return Read(path)!;
    }

    /// <summary>Seals a value so that it is good for its name and its time alone.</summary>
    public byte[] Seal(string name, DateTime? expires, ReadOnlySpan<byte> value)
    {
        var (id, key) = _keys[0];
        var sealedValue = new byte[IdLength + NonceLength + TagLength + value.Length];
        id.CopyTo(sealedValue, 0);
        var nonce = sealedValue.AsSpan(IdLength, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(
            nonce,
            value,
            sealedValue.AsSpan(IdLength + NonceLength + TagLength),
            sealedValue.AsSpan(IdLength + NonceLength, TagLength),
            ContextOf(name, expires));
        return sealedValue;
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <returns>Null if it was sealed with no key of the file, or was changed.</returns>
    public byte[]? Open(string name, DateTime? expires, ReadOnlySpan<byte> sealedValue)
    {
        if (sealedValue.Length < IdLength + NonceLength + TagLength)
            return null;
        foreach (var (id, key) in _keys)
        {
            if (!sealedValue[..IdLength].SequenceEqual(id))
                continue;
            var value = new byte[sealedValue.Length - IdLength - NonceLength - TagLength];
            try
            {
                using var cipher = new AesGcm(key, TagLength);
                cipher.Decrypt(
                    sealedValue.Slice(IdLength, NonceLength),
                    sealedValue[(IdLength + NonceLength + TagLength)..],
                    sealedValue.Slice(IdLength + NonceLength, TagLength),
                    value,
                    ContextOf(name, expires));
                return value;
            }
            catch (AuthenticationTagMismatchException)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>Whether the first key of the file sealed it.</summary>
    public bool IsNewest(ReadOnlySpan<byte> sealedValue) => sealedValue.StartsWith(_keys[0].Id);

    private static (byte[] Id, byte[] Key) KeyOf(string line)
    {
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(line), 32, info: "CaPortal shared items"u8.ToArray());
        return (SHA256.HashData(key)[..IdLength], key);
    }

    private static byte[] ContextOf(string name, DateTime? expires)
    {
        var context = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteInt64BigEndian(context, expires?.Ticks / TimeSpan.TicksPerMicrosecond ?? 0);
        Encoding.UTF8.GetBytes(name, context.AsSpan(sizeof(long)));
        return context;
    }
}
