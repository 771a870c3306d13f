using CaPortal.Core.Certificates;

namespace CaPortal.Core.Formats;

/// <summary>What all archives say of the files in them.</summary>
internal static class ArchiveEntry
{
    /// <summary>Where a file is.</summary>
    public static string Position(string name) => $"entry \"{DisplayText.Shorten(name)}\"";

    /// <summary>A file in it that cannot be read.</summary>
    public static ReadItem Unread(string reason, string advice, string position) =>
        ReadItems.Other("Archive entry that was not read", $"This file of the archive cannot be read: {reason}.", advice, position);

    /// <summary>What was found in an archive.</summary>
    public static ReadOutcome Outcome(string kind, List<ContainedFile> files, List<ReadItem> unread) =>
        files.Count + unread.Count == 0
            ? new ReadOutcome.Broken($"Empty {kind}", $"The {kind} holds no files.", "Pack it again, or add the certificate files themselves.")
            : new ReadOutcome.Container(files, unread);
}
