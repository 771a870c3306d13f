using CaPortal.Core.Alerts;
using CaPortal.Core.Certificates;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;

namespace CaPortal.Api;

/// <summary>Writes what ends as a calendar (RFC 5545): a whole day for each certificate, with reminders before it.</summary>
internal static class ExpiryCalendar
{
    private const int NamedBackEnds = 20;

    private static readonly int[] Reminders = [60, 30, 10];

    public static string Write(ExpiryOverview overview)
    {
        var calendar = new Calendar { ProductId = "-//CaPortal//Expiry//EN" };
        calendar.AddProperty("X-WR-CALNAME", "CaPortal: certificates that expire");
        calendar.AddProperty("REFRESH-INTERVAL;VALUE=DURATION", "PT12H");
        foreach (var certificate in overview.Certificates)
            calendar.Events.Add(EventOf(certificate, overview.At));
        return new CalendarSerializer().SerializeToString(calendar) ?? "";
    }

    private static CalendarEvent EventOf(ExpiringCertificate certificate, DateTime at)
    {
        var summary = $"{DisplayText.Shorten(certificate.Name)} expires";
        var day = new CalendarEvent
        {
            // The same in each version of the calendar, so that a program knows the event again.
            Uid = $"{certificate.Sha256}@caportal",
            DtStamp = new CalDateTime(at),
            Summary = summary,
            Description = DescriptionOf(certificate),
            Start = new CalDateTime(DateOnly.FromDateTime(certificate.NotAfter)),
            Transparency = TransparencyType.Transparent,
        };
        foreach (var days in Reminders)
        {
            day.Alarms.Add(new Alarm
            {
                Action = AlarmAction.Display,
                Description = $"{summary} in {days} days",
                Trigger = new Trigger(Duration.FromDays(-days)),
            });
        }

        return day;
    }

    private static string DescriptionOf(ExpiringCertificate certificate)
    {
        List<string> lines =
        [
            $"Valid until {certificate.NotAfter:yyyy-MM-dd HH:mm} UTC.",
            $"Subject: {DisplayText.Shorten(certificate.Subject, 300)}",
            $"SHA-256: {certificate.Sha256}",
        ];
        if (certificate.Stores.Count > 0)
            lines.Add($"Store: {string.Join(", ", certificate.Stores.Select(s => s.DisplayName))}");
        if (certificate.BackEnds.Count > 0)
        {
            var named = string.Join(", ", certificate.BackEnds.Take(NamedBackEnds).Select(b => DisplayText.Shorten(b.Address)));
            var more = certificate.BackEnds.Count > NamedBackEnds ? $" and {certificate.BackEnds.Count - NamedBackEnds} more" : "";
            lines.Add($"Back-ends that depend on it: {named}{more}");
        }

        if (certificate.Successor is { } successor)
            lines.Add($"Its successor is there already, valid until {successor.NotAfter:yyyy-MM-dd}.");
        return string.Join('\n', lines);
    }
}
