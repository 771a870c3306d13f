using System.Globalization;
using System.Text;
using CaPortal.Core.Data;

namespace CaPortal.Core.Management.Auditing.Forwarding;

/// <summary>A message as RFC 5424 has it, with the line of JSON as its text.</summary>
internal static class SyslogMessage
{
    private const int LogAudit = 13;
    private const int MaxHostName = 255;
    private const int MaxMessageId = 32;

    /// <summary>The message.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="longest">Bytes that it may have; where it would have more, the details are left out.</param>
    public static byte[] Of(ActivityEntry entry, int longest)
    {
        var header = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"<{(LogAudit * 8) + SeverityOf(entry)}>1 {entry.At:yyyy-MM-ddTHH:mm:ss.ffffffZ} {Printable(Environment.MachineName, MaxHostName)} CaPortal {Environment.ProcessId} {Printable(entry.Action, MaxMessageId)} [meta sequenceId=\"{((entry.Sequence - 1) % int.MaxValue) + 1}\"] "));
        var line = ActivityLine.Of(entry);
        return header.Length + line.Length <= longest ? [.. header, .. line] : [.. header, .. ActivityLine.Of(entry, hasDetails: false)];
    }

    private static int SeverityOf(ActivityEntry entry)
    {
        const int warning = 4, notice = 5, information = 6;
        if (ActivityActions.IsRefusal(entry.Action))
            return warning;
        return ActivityActions.CategoryOf(entry.Action) is ActivityCategory.Change or ActivityCategory.Access or ActivityCategory.Approval ? notice : information;
    }

    /// <summary>A field of the header has printable ASCII alone, and no spaces; a dash stands for none.</summary>
    private static string Printable(string text, int longest)
    {
        var printable = string.Concat(text.Select(c => c is > ' ' and <= '~' ? c : '-').Take(longest));
        return printable.Length == 0 ? "-" : printable;
    }
}
