using Bunit;
using CaPortal.Components.Layout;
using CaPortal.Core.Access;
using CaPortal.Core.Alerts;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;

namespace CaPortal.Tests.Components;

public sealed class AlertBellTests : ComponentTest
{
    private AlertService Alerts => Core.Get<AlertService>();

    [Fact]
    public void Bell_WithoutAlerts_SaysWhatComesHere()
    {
        var bell = RenderBell();

        Eventually(() => Assert.Contains("come here", Assert.Single(Texts(bell, ".alerts-note")), StringComparison.Ordinal));
        Assert.Equal("Alerts", NameOf(bell.Find("button[popovertarget]")));
        Assert.Empty(bell.FindAll(".bell-count"));
    }

    [Fact]
    public async Task Bell_WithAlerts_CountsAndShowsThemAsTheyComeAndGo()
    {
        var bell = RenderBell();
        var id = await RaiseAsync("pay\u202E.corp");
        await RaiseAsync("b.corp");

        Eventually(() => Assert.Equal(["2"], Texts(bell, ".bell-count")));
        Assert.Equal("Alerts, 2 open", NameOf(bell.Find("button[popovertarget]")));
        Assert.Equal(["b.corp:443 is not trusted any more", "pay\\u{202E}.corp:443 is not trusted any more"], Texts(bell, ".alerts-list .link-button"));
        Assert.Equal("What was found.", Texts(bell, ".alerts-text p")[0]);
        await StoredBackEnds.Of(Core).FindAsync(id, TrustVerdict.Trusted);
        await Alerts.EvaluateAsync(Cancellation);
        Eventually(() => Assert.Equal(["1"], Texts(bell, ".bell-count")));
    }

    [Fact]
    public async Task Bell_WithBackEndsThatWereNeverTrusted_NamesThemToo()
    {
        var bell = RenderBell();
        foreach (var host in (string[])["a.corp", "b.corp", "c.corp", "d.corp", "e.corp", "f.corp"])
            await StoredBackEnds.Of(Core).AddAsync(host, TrustVerdict.UnknownIssuer);
        await Core.BackEnds.EditAsync(1, new(new("g.corp", 443, null), null), TestCore.Bert, Cancellation);

        Eventually(() => Assert.Equal(["5 back-ends are not trusted now"], Texts(bell, ".alerts-now h3")));
        Assert.Equal(["b.corp", "c.corp", "d.corp", "e.corp", "f.corp"], Texts(bell, ".alerts-now button"));
        Assert.Empty(bell.FindAll(".bell-count"));
    }

    [Fact]
    public async Task Bell_ExpiredAndExpiring_AreToldApart()
    {
        using var old = TestCertificates.Root("Old", notAfter: Time.GetUtcNow().AddDays(1));
        using var soon = TestCertificates.Root("Soon", notAfter: Time.GetUtcNow().AddDays(50));
        await Core.AddAsync(old, soon);
        Time.Advance(TimeSpan.FromDays(2));
        await Alerts.EvaluateAsync(Cancellation);
        var bell = RenderBell();

        Eventually(() => Assert.Equal(["Old has expired", "Soon expires within 60 days"], Texts(bell, ".alerts-list .link-button")));
        Assert.Equal(["", "alerts-coming"], bell.FindAll(".alerts-list li").Select(i => i.ClassName));
    }

    [Fact]
    public async Task Dismiss_Pressed_TakesAwayOneAndDismissAllTheRest()
    {
        foreach (var host in (string[])["a.corp", "b.corp", "c.corp"])
            await RaiseAsync(host);
        var bell = RenderBell();
        Press(bell, "Dismiss: b.corp:443 is not trusted any more");
        Eventually(() => Assert.Equal(["2"], Texts(bell, ".bell-count")));
        Press(bell, "Dismiss all");

        Eventually(() => Assert.Empty(bell.FindAll(".bell-count")));
        Assert.All((await Alerts.ListAsync(new AlertQuery { Past = true }, Cancellation)).Alerts, a => Assert.Equal(TestCore.Anna.Name, a.DismissedBy));
    }

    [Fact]
    public async Task Bell_OfAReader_ShowsAlertsAndDismissesNone()
    {
        SignIn(TestCore.Reader);
        await RaiseAsync("a.corp");
        await RaiseAsync("b.corp");
        var bell = RenderBell();

        Eventually(() => Assert.Equal(["2"], Texts(bell, ".bell-count")));
        Assert.DoesNotContain(bell.FindAll("button"), b => NameOf(b).StartsWith("Dismiss", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Alert_OfACertificate_OpensIt()
    {
        using var root = TestCertificates.Root("Corp Root", notAfter: TestCertificates.Yesterday.AddDays(20));
        await Core.AddAsync(root);
        await Alerts.EvaluateAsync(Cancellation);
        var bell = RenderBell();
        Press(bell, "Corp Root expires within 30 days");

        Eventually(() => Assert.Contains(root.Thumbprint, Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bell_WithoutDatabase_SaysSoAndKeepsWhatItKnows()
    {
        await RaiseAsync("a.corp");
        var bell = RenderBell();
        Eventually(() => Assert.Equal(["1"], Texts(bell, ".bell-count")));
        using (Core.WithoutDatabase())
        {
            Press(bell, "Dismiss: a.corp:443 is not trusted any more");
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(bell, "[role=alert]")), StringComparison.Ordinal));
        }

        Assert.Equal(["1"], Texts(bell, ".bell-count"));
    }

    private IRenderedComponent<BellHost> RenderBell() => RenderPage<BellHost>();

    private async Task<long> RaiseAsync(string host)
    {
        var stored = StoredBackEnds.Of(Core);
        var id = await stored.AddAsync(host, TrustVerdict.Trusted);
        await Alerts.EvaluateAsync(Cancellation);
        Time.Advance(TimeSpan.FromSeconds(1));
        await stored.FindAsync(id, TrustVerdict.UnknownIssuer);
        await Alerts.EvaluateAsync(Cancellation);
        return id;
    }

    /// <summary>Hands the bell the actor, as the layout does.</summary>
    private sealed class BellHost : ComponentBase
    {
        [CascadingParameter]
        public required Actor Actor { get; set; }

        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder)
        {
            builder.OpenComponent<AlertBell>(0);
            builder.AddComponentParameter(1, nameof(AlertBell.Actor), Actor);
            builder.CloseComponent();
        }
    }
}
