using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CaPortal.Core.Data;

namespace CaPortal.Core.Activity;

/// <summary>The keyed hash that links the entries of the activity log.</summary>
public static class ActivityChain
{
    // A length never has a letter, so that no entry of the first form has the text of one of the second.
    private const string SecondForm = "v2;";

    /// <summary>HMAC-SHA-256 over every field of the entry but its own hash, 64 lower-case hexadecimal digits.</summary>
    /// <param name="entry">The entry, with <see cref="ActivityEntry.PreviousHash"/> set.</param>
    /// <param name="key">The key, kept outside the database.</param>
    public static string HashOf(ActivityEntry entry, ReadOnlySpan<byte> key) => HashOf(SecondForm + TextOf(entry, entry.At), key);

    /// <summary>Whether the entry has the hash that its fields give, in the present form or that of earlier versions.</summary>
    public static bool IsGenuine(ActivityEntry entry, ReadOnlySpan<byte> key) => HasForm(SecondForm, entry, key) || IsOfEarlierVersion(entry, key);

    /// <summary>
    /// Whether an earlier version of the portal wrote the entry: a version that did not sign the activity end and recorded no
    /// hash of the list. Without the key nobody can make an entry look so.
    /// </summary>
    public static bool IsOfEarlierVersion(ActivityEntry entry, ReadOnlySpan<byte> key) => HasForm("", entry, key);

    /// <summary>
    /// HMAC-SHA-256 over the end of the log as the activity end file states it, 64 lower-case hexadecimal digits.
    /// </summary>
    internal static string SignatureOf(ActivityEnd end, ReadOnlySpan<byte> key) =>
        HashOf(string.Create(CultureInfo.InvariantCulture, $"anchor;{end.Sequence};{end.Hash}"), key);

    /// <summary>HMAC-SHA-256 over a text that is no entry and no activity end, 64 lower-case hexadecimal digits.</summary>
    internal static string SignatureOf(string text, ReadOnlySpan<byte> key) => HashOf($"other;{text}", key);

    private static string HashOf(string text, ReadOnlySpan<byte> key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Whether the entry has the hash of a form. Earlier versions hashed its time in ticks of 100 ns, and a database that keeps
    /// microseconds has lost the last digit of those: each of the ten is tried.
    /// </summary>
    private static bool HasForm(string form, ActivityEntry entry, ReadOnlySpan<byte> key)
    {
        if (entry.Hash == HashOf(form + TextOf(entry, entry.At), key))
            return true;
        for (var lost = 1; lost < TimeSpan.TicksPerMicrosecond && entry.At.Ticks % TimeSpan.TicksPerMicrosecond == 0; lost++)
        {
            if (entry.Hash == HashOf(form + TextOf(entry, entry.At.AddTicks(lost)), key))
                return true;
        }

        return false;
    }

    private static string TextOf(ActivityEntry entry, DateTime at)
    {
        string?[] fields =
        [
            entry.Sequence.ToString(CultureInfo.InvariantCulture),
            at.ToString("O", CultureInfo.InvariantCulture),
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
        return string.Concat(fields.Select(f => f is null ? "-;" : string.Create(CultureInfo.InvariantCulture, $"{f.Length}:{f};")));
    }
}
