using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>The keyed hash that links the entries of the activity log.</summary>
public static class ActivityChain
{
    /// <summary>HMAC-SHA-256 over every field of the entry but its own hash, 64 lower-case hexadecimal digits.</summary>
    /// <param name="entry">The entry, with <see cref="ActivityEntry.PreviousHash"/> set.</param>
    /// <param name="key">The key, kept outside the database.</param>
    public static string HashOf(ActivityEntry entry, ReadOnlySpan<byte> key)
    {
        string?[] fields =
        [
            entry.Sequence.ToString(CultureInfo.InvariantCulture),
            entry.At.ToString("O", CultureInfo.InvariantCulture),
            entry.Actor,
            entry.Role,
            entry.Source,
            entry.Action,
            entry.Reason,
            entry.RevisionBefore?.ToString(CultureInfo.InvariantCulture),
            entry.RevisionAfter?.ToString(CultureInfo.InvariantCulture),
            entry.Details,
            entry.PreviousHash,
        ];

        // Each field with its length, so that no text can be shifted from one field into the next.
        var text = string.Concat(fields.Select(f => f is null ? "-;" : string.Create(CultureInfo.InvariantCulture, $"{f.Length}:{f};")));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }
}
