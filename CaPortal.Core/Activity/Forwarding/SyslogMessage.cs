using System.Globalization;
using System.Text;
using CaPortal.Core.Data;

namespace CaPortal.Core.Activity.Forwarding;

/// <summary>A syslog message with the line of JSON as its text.</summary>
internal static class SyslogMessage
{
    private const string Program = "CaPortal";
    private const int LogAudit = 13;
    private const int MaxHostName = 255;
    private const int MaxMessageId = 32;

    /// <summary>The message as RFC 5424 has it, for servers.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="longest">Bytes that it may have; where it would have more, the details are left out.</param>
    public static byte[] Of(ActivityEntry entry, int longest) =>
        WithLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"<{PriorityOf(entry)}>1 {entry.At:yyyy-MM-ddTHH:mm:ss.ffffffZ} {Printable(Environment.MachineName, MaxHostName)} {Program} "
                    + $"{Environment.ProcessId} {Printable(entry.Action, MaxMessageId)} [meta sequenceId=\"{((entry.Sequence - 1) % int.MaxValue) + 1}\"] "),
            entry,
            longest);

    /// <summary>
    /// The message as syslog(3) writes it into a socket of this machine. What reads there (rsyslog's imuxsock, journald,
    /// syslog-ng) expects neither a version nor a host name, and takes those of RFC 5424 for the name of a program.
    /// </summary>
    /// <param name="entry">The entry.</param>
    /// <param name="zone">The time zone of this machine: the time has none with it.</param>
    /// <param name="longest">Bytes that it may have; where it would have more, the details are left out.</param>
    public static byte[] OfThisMachine(ActivityEntry entry, TimeZoneInfo zone, int longest)
    {
        var at = TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(entry.At, DateTimeKind.Utc), zone);
        return WithLine(
            string.Create(CultureInfo.InvariantCulture, $"<{PriorityOf(entry)}>{at:MMM} {at.Day,2} {at:HH:mm:ss} {Program}[{Environment.ProcessId}]: "),
            entry,
            longest);
    }

    private static byte[] WithLine(string header, ActivityEntry entry, int longest)
    {
        var start = Encoding.ASCII.GetBytes(header);
        var line = ActivityLine.Of(entry);
        return start.Length + line.Length <= longest ? [.. start, .. line] : [.. start, .. ActivityLine.Of(entry, hasDetails: false)];
    }

    private static int PriorityOf(ActivityEntry entry) => (LogAudit * 8) + SeverityOf(entry);

    private static int SeverityOf(ActivityEntry entry)
    {
        const int warning = 4, notice = 5, information = 6;
        if (ActivityActions.IsRefusal(entry.Action))
            return warning;
        return ActivityActions.CategoryOf(entry.Action) is ActivityCategory.Change or ActivityCategory.Access or ActivityCategory.Approval
            ? notice
            : information;
    }

    /// <summary>A field of the header has only printable ASCII, and no spaces. A dash means that there is none.</summary>
    private static string Printable(string text, int longest)
    {
        var printable = string.Concat(text.Select(c => c is > ' ' and <= '~' ? c : '-').Take(longest));
        return printable.Length == 0 ? "-" : printable;
    }
}
