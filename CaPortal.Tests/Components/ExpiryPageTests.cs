using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Expiry;
using CaPortal.Core.Alerts;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ExpiryPageTests : ComponentTest
{
    [Fact]
    public void Page_WithoutAnythingThatExpires_SaysSoAndHowToSubscribe()
    {
        var page = RenderPage<ExpiryPage>();

        Eventually(() => Assert.Equal("Nothing expires", Texts(page, "h2")[0]));
        Assert.Empty(page.FindAll(".radar"));
        Assert.EndsWith("/api/v1/expiry.ics", Texts(page, "code").Single(), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("table"));
    }

    [Fact]
    public async Task Page_WithCertificates_ShowsThemByMonthWithWhatDependsOnThem()
    {
        using var root = Root("Corp\u202E Root", 100);
        using var next = Root("Corp\u202E Root", 4000);
        using var leaf = Root("pay.corp", 20);
        await Core.AddAsync(root, next);
        await StoredBackEnds.Of(Core).AddAsync("pay.corp", TrustVerdict.Trusted, anchor: root, chain: leaf);
        var page = RenderPage<ExpiryPage>();

        Eventually(() => Assert.Equal(["2 expire in the next 12 months"], Texts(page, ".page-count")));
        Assert.Equal([Month(leaf), Month(root)], Texts(page, ".expiry-month"));
        Assert.Equal(14, page.FindAll(".radar-month").Count);
        Assert.Equal([$"{Month(leaf)}: 1 certificate", $"{Month(root)}: 1 certificate"], Texts(page, "a.radar-stack .visually-hidden"));
        Assert.Equal(["due due-near", "due due-later"], page.FindAll(".radar-blocks .due").Select(d => d.ClassName!));
        Assert.Equal([Day(leaf), Day(root)], Texts(page, ".expiry-day time"));
        Assert.Equal(["pay.corp", "pay.corp"], Texts(page, ".expiry-dependents"));
        Assert.Equal(
            [
                "in 20 days", "CA certificate that a server sends", "None yet",
                "in 3 months", "Trusted root", "Another key: what this one issued ends with it",
            ],
            Texts(page, ".expiry-note"));
        Assert.Equal([$"Until {next.NotAfter.ToUniversalTime():yyyy-MM-dd}"], Texts(page, ".expiry-successor .link-button"));
        Assert.Equal("expiry#" + page.Find(".expiry-month th").Id, page.Find("a.radar-stack").GetAttribute("href"));

        Press(page, "Corp\\u{202E} Root");
        Eventually(() => Assert.Contains(root.Thumbprint, Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_OfWhatOthersChange_FollowsAndPutsWhatHasExpiredFirst()
    {
        using var root = Root("Corp Root", 100);
        var page = RenderPage<ExpiryPage>();
        Eventually(() => Assert.Empty(page.FindAll("table")));
        await Core.AddAsync(root);
        Eventually(() => Assert.Equal([Month(root)], Texts(page, ".expiry-month")));
        Time.Advance(TimeSpan.FromDays(101));
        using var other = Root("Other Root", 50);
        await Core.AddAsync(other);

        Eventually(() => Assert.Equal(["1 expired, 1 expires in the next 12 months"], Texts(page, ".page-count")));
        Assert.Equal(["Expired", Month(other)], Texts(page, ".expiry-month"));
    }

    [Fact]
    public void Page_WithoutDatabase_SaysSo()
    {
        using (Core.WithoutDatabase())
        {
            var page = RenderPage<ExpiryPage>();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(page, "[role=alert]")), StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(11, 2, 6)]
    [InlineData(250, 25, 10)]
    public void Timeline_OfManyInAMonth_StaysTenBlocksHigh(int count, int perBlock, int blocks)
    {
        var now = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc);
        var timeline = new ExpiryTimeline(
            new ExpiryOverview(now, [.. Enumerable.Range(0, count).Select(i => Expiring(new DateTime(2026, 12, 1, 0, 0, 0, DateTimeKind.Utc)))]));

        Assert.Equal((perBlock, blocks), (timeline.PerBlock, timeline.Blocks(timeline.Months[1]).Count()));
        Assert.Equal(["Nov 2026", "Dec ", "Jan 2027"], timeline.Months.Take(3).Select(m => $"{m.Label} {m.Year}"));
        Assert.Equal("Nov ", timeline.Months.Select(m => $"{m.Label} {m.Year}").Last());
    }

    private static ExpiringCertificate Expiring(DateTime notAfter) =>
        new() { Sha256 = "", Name = "", Subject = "", NotAfter = notAfter, IsCa = true, Stores = [], BackEnds = [] };

    private static string Month(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime().ToString("MMMM yyyy", CultureInfo.InvariantCulture);

    private static string Day(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime().ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private X509Certificate2 Root(string name, int days) =>
        TestCertificates.Root(name, Time.GetUtcNow().AddDays(-1), Time.GetUtcNow().AddDays(days).AddHours(1));
}
