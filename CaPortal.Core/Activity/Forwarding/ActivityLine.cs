using System.Globalization;
using System.Text.Json;
using CaPortal.Core.Data;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>
/// An entry as one line of JSON. It is always ASCII without control characters, regardless of its content. It has its own
/// hash and the hash of the entry before, so anyone who keeps the lines sees whether one is missing.
/// </summary>
internal static class ActivityLine
{
    /// <summary>The line, without its end.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="hasDetails">False if they do not fit: then their length replaces them.</param>
    public static byte[] Of(ActivityEntry entry, bool hasDetails = true)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("sequence", entry.Sequence);
            writer.WriteString("at", entry.At.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteString("actor", entry.Actor);
            writer.WriteString("role", entry.Role);
            writer.WriteString("source", entry.Source);
            writer.WriteString("action", entry.Action);
            writer.WriteString("category", ActivityActions.CategoryOf(entry.Action).ToString());
            writer.WriteString("reason", entry.Reason);
            WriteRevision(writer, "revisionBefore", entry.RevisionBefore);
            WriteRevision(writer, "revisionAfter", entry.RevisionAfter);
            writer.WritePropertyName("details");
            if (hasDetails)
                WriteDetails(writer, entry.Details);
            else
                WriteOmitted(writer, entry.Details);
            writer.WriteString("previousHash", entry.PreviousHash);
            writer.WriteString("hash", entry.Hash);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteRevision(Utf8JsonWriter writer, string name, long? revision)
    {
        if (revision is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static void WriteDetails(Utf8JsonWriter writer, string details)
    {
        try
        {
            // Written again: a text that somebody has put into the database may have line breaks.
            using var document = JsonDocument.Parse(details);
            document.RootElement.WriteTo(writer);
        }
        catch (JsonException)
        {
            writer.WriteStringValue(details);
        }
    }

    private static void WriteOmitted(Utf8JsonWriter writer, string details)
    {
        writer.WriteStartObject();
        writer.WriteNumber("omittedCharacters", details.Length);
        writer.WriteEndObject();
    }
}
