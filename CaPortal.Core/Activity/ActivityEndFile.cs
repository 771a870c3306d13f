using System.Text.Json;
using CaPortal.Core.Files;

namespace CaPortal.Core.Activity;

/// <summary>
/// The file that says where the log ends. It is signed with the log's key. A person who can write into its folder but cannot
/// read the key can only delete the file, which is noticed. Such a person cannot make a file that says something else.
/// </summary>
internal static class ActivityEndFile
{
    /// <summary>What the file says.</summary>
    public static EndReading Read(string path, ReadOnlySpan<byte> key)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), ActivityLog.Json);
            if (content is not { Sequence: > 0, Hash: { } hash })
                return EndReading.Damaged;
            var anchor = new ActivityEnd(content.Sequence, hash);
            return content.Signature is null ? new EndReading(anchor, IsSigned: false, IsDamaged: false)
                : content.Signature == ActivityChain.SignatureOf(anchor, key) ? new EndReading(anchor, IsSigned: true, IsDamaged: false)
                : EndReading.Damaged;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return EndReading.Missing;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return EndReading.Damaged;
        }
    }

    /// <summary>Replaces the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public static void Write(string path, ActivityEnd anchor, ReadOnlySpan<byte> key) => AtomicFile.Write(path, Encode(anchor, key), AtomicFile.OwnerOnly);

    /// <summary>The content of the file.</summary>
    public static byte[] Encode(ActivityEnd anchor, ReadOnlySpan<byte> key) =>
        JsonSerializer.SerializeToUtf8Bytes(new Content(anchor.Sequence, anchor.Hash, ActivityChain.SignatureOf(anchor, key)), ActivityLog.Json);

    private sealed record Content(long Sequence, string? Hash, string? Signature);
}

/// <summary>The last entry of the log, as recorded outside the database.</summary>
/// <param name="Sequence">The entry's number.</param>
/// <param name="Hash">The entry's hash.</param>
internal sealed record ActivityEnd(long Sequence, string Hash);

/// <summary>What was found in the activity end file.</summary>
/// <param name="End">What it says; null if it is missing or damaged.</param>
/// <param name="IsSigned">The key signed it; earlier versions wrote it without.</param>
/// <param name="IsDamaged">It is there and cannot be read, or says what the key did not sign.</param>
internal sealed record EndReading(ActivityEnd? End, bool IsSigned, bool IsDamaged)
{
    public static readonly EndReading Missing = new(null, IsSigned: false, IsDamaged: false);
    public static readonly EndReading Damaged = new(null, IsSigned: false, IsDamaged: true);
}

/// <summary>How the end of the log cannot be proved, as its entry says.</summary>
/// <param name="How">In which way.</param>
/// <param name="ExpectedSequence">The entry that had been written last as far as that is known.</param>
/// <param name="ExpectedHash">The hash of that entry.</param>
/// <param name="FoundSequence">The last entry that there was; 0 for none.</param>
/// <param name="File">The activity end file.</param>
internal sealed record EndLoss(EndLossKind How, long? ExpectedSequence, string? ExpectedHash, long FoundSequence, string File)
{
    /// <summary>One sentence: what is wrong.</summary>
    public string Message =>
        How switch
        {
            EndLossKind.Cut when FoundSequence == 0 && ExpectedSequence is null =>
                "The log is empty, although the list of CA certificates was changed: all entries were cut off.",
            EndLossKind.Cut when FoundSequence < ExpectedSequence => $"The log ends at entry {FoundSequence}, but entry {ExpectedSequence} had been written.",
            EndLossKind.Cut => $"Entry {ExpectedSequence} is not the one that had been written: entries were cut off and others written in their place.",
            EndLossKind.Older =>
                $"The file {File}, which tells where the log ends, was replaced by an older one{(ExpectedSequence is { } at ? $", of entry {at}" : "")}: "
                    + $"entries after entry {FoundSequence} could have been cut off unseen.",
            _ =>
                $"The file {File}, which tells where the log ends, was {(How == EndLossKind.Damaged ? "damaged" : "missing")}: "
                    + $"entries after entry {FoundSequence} could have been cut off unseen.",
        };
}

/// <summary>In which way the end of the log cannot be proved. The names are in entries and never change.</summary>
internal enum EndLossKind
{
    /// <summary>The activity end file is missing.</summary>
    Missing,

    /// <summary>The activity end file cannot be read, or the key did not sign what it says.</summary>
    Damaged,

    /// <summary>The log does not hold the entry that had been its last.</summary>
    Cut,

    /// <summary>The activity end file names an entry long before the last one.</summary>
    Older,
}
