using System.Globalization;
using CaPortal.Core.Alerts;
using CaPortal.Core.Certificates;

namespace CaPortal.Components.Expiry;

/// <summary>How soon a certificate expires.</summary>
public enum ExpiryUrgency
{
    /// <summary>Past.</summary>
    Expired,

    /// <summary>Within 30 days.</summary>
    Near,

    /// <summary>Within 60 days.</summary>
    Soon,

    /// <summary>After that.</summary>
    Later,
}

/// <summary>What ends, by month.</summary>
public sealed class ExpiryTimeline
{
    private const int NearDays = 30;

    /// <summary>The most blocks that a month is high.</summary>
    private const int MaxHeight = 10;

    private readonly DateTime _now;

    public ExpiryTimeline(ExpiryOverview overview)
    {
        _now = overview.At;
        var byMonth = overview.Certificates.Where(c => c.NotAfter >= _now).ToLookup(c => (c.NotAfter.Year, c.NotAfter.Month));
        var first = new DateTime(_now.Year, _now.Month, 1, 0, 0, 0, DateTimeKind.Utc);
        Expired = new ExpiryPeriod("expired", "Expired", "Expired", null, [.. overview.Certificates.Where(c => c.NotAfter < _now)]);
        Months = [.. Enumerable.Range(0, ExpiryRadar.Months + 1).Select(i => first.AddMonths(i)).Select((month, i) => new ExpiryPeriod(
            $"month-{month.ToString("yyyy-MM", CultureInfo.InvariantCulture)}",
            month.ToString("MMMM yyyy", CultureInfo.InvariantCulture),
            month.ToString("MMM", CultureInfo.InvariantCulture),
            i == 0 || month.Month == 1 ? month.Year : null,
            [.. byMonth[(month.Year, month.Month)]]))];
        PerBlock = Math.Max(1, (int)Math.Ceiling(Periods.Max(p => p.Certificates.Count) / (double)MaxHeight));
    }

    /// <summary>What has ended already.</summary>
    public ExpiryPeriod Expired { get; }

    /// <summary>This month and the twelve after it. The last one is cut off where the radar ends.</summary>
    public IReadOnlyList<ExpiryPeriod> Months { get; }

    /// <summary>All of it, in order.</summary>
    public IEnumerable<ExpiryPeriod> Periods => Months.Prepend(Expired);

    /// <summary>How many certificates a block represents.</summary>
    public int PerBlock { get; }

    /// <summary>The blocks of a period, the most urgent first.</summary>
    public IEnumerable<ExpiryUrgency> Blocks(ExpiryPeriod period) => period.Certificates.Chunk(PerBlock).Select(c => UrgencyOf(c[0].NotAfter));

    public ExpiryUrgency UrgencyOf(DateTime notAfter) =>
        notAfter < _now ? ExpiryUrgency.Expired
        : notAfter < _now.AddDays(NearDays) ? ExpiryUrgency.Near
        : notAfter < _now.AddDays(CertificateFacts.ExpiresSoonDays) ? ExpiryUrgency.Soon
        : ExpiryUrgency.Later;
}

/// <summary>What ends in a month, or has ended.</summary>
/// <param name="Id">Where the list shows it.</param>
/// <param name="Title">Its name: <c>December 2026</c>.</param>
/// <param name="Label">The same on the axis: <c>Dec</c>.</param>
/// <param name="Year">The year, where the axis shows it.</param>
/// <param name="Certificates">The certificates, the earliest first.</param>
public sealed record ExpiryPeriod(string Id, string Title, string Label, int? Year, IReadOnlyList<ExpiringCertificate> Certificates);
