using Bunit;
using CaPortal.Components.Settings;
using CaPortal.Core.Access;
using CaPortal.Core.ApiKeys;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ApiKeySectionTests : ComponentTest
{
    private ApiKeyService Keys => Core.Get<ApiKeyService>();

    [Fact]
    public void Create_FromTheEmptyList_ShowsTheKeyOnceAndThenInTheList()
    {
        var page = RenderPage<SettingsPage>();
        Eventually(() => Assert.Contains("There is none yet.", Texts(page, "section[aria-labelledby=api-keys] .section-lead")));
        Press(page, "Create key");
        Host.WaitForElement(".key-form");
        Do(() => Host.Find(".key-form input").Change("deploy"));
        Press(Host, "Create", ".mud-dialog");

        var key = Host.WaitForElement(".mud-dialog pre").TextContent;
        Assert.Matches("^caportal_[0-9a-f]{8}_[0-9a-f]{64}$", key);
        Assert.True(HasButton(Host, "Copy the API key"));
        Assert.Contains("not shown again", Assert.Single(Texts(Host, ".mud-dialog [role=alert]")), StringComparison.Ordinal);
        Assert.Contains("what readers may", Assert.Single(Texts(Host, ".mud-dialog [role=alert]")), StringComparison.Ordinal);
        Press(Host, "Done", ".mud-dialog");

        Eventually(() => Assert.Equal(
            ["deploy", "Reader", key[..17], "just now by anna@example.org", Date(90), "never", "Active", "Revoke"], Texts(page, ".key-table td")));
        Eventually(() => Assert.DoesNotContain(key[18..], Host.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_WithChoices_MakesThatKeyOrSaysWhyNot()
    {
        await CreateAsync("deploy");
        var page = RenderPage<SettingsPage>();
        Press(page, "Create key");
        Host.WaitForElement(".key-form");
        Do(() => Host.Find(".key-form input").Change("deploy"));
        Press(Host, "Create", ".mud-dialog");
        Eventually(() => Assert.Contains("There is a key 'deploy' already", Assert.Single(Texts(Host, ".mud-dialog [role=alert]")), StringComparison.Ordinal));

        Do(() => Host.Find(".key-form input").Change("release"));
        Choose("Administrator");
        Choose("On a date");
        Press(Host, "Create", ".mud-dialog");
        Eventually(() => Assert.Contains("There is no such last day", Assert.Single(Texts(Host, ".mud-dialog [role=alert]")), StringComparison.Ordinal));
        var last = DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime).AddDays(7);
        Do(() => Host.Find(".key-date input").Change(last.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)));
        Press(Host, "Create", ".mud-dialog");
        Host.WaitForElement(".mud-dialog pre");

        var made = (await Keys.ListAsync(TestCore.Anna, Cancellation))!.Single(k => k.Name == "release");
        Assert.Equal((Role.Administrator, last.AddDays(1).ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc)), (made.Role, made.ExpiresAt));
    }

    [Fact]
    public async Task Revoke_Confirmed_MovesTheKeyToTheRevoked()
    {
        var key = await CreateAsync("deploy");
        var page = RenderPage<SettingsPage>();
        Press(page, "Revoke deploy");
        Eventually(() => Assert.Contains("refused at once", Host.Find(".mud-dialog").TextContent, StringComparison.Ordinal));
        Press(Host, "Revoke", ".mud-dialog");

        Eventually(() => Assert.Contains("There is none that works.", Texts(page, "section[aria-labelledby=api-keys] .section-lead")));
        Assert.Null(await Keys.VerifyAsync(key, Cancellation));
        Press(page, "Show 1 revoked key");
        Eventually(() => Assert.Equal("Revoked just now by anna@example.org", Texts(page, ".key-revoked").Single()));
        Assert.False(HasButton(page, "Revoke deploy"));
    }

    [Fact]
    public async Task Section_WhileAKeyIsUsedAndExpires_StaysTrue()
    {
        var key = await CreateAsync("deploy", Time.GetUtcNow().UtcDateTime.AddDays(3));
        var page = RenderPage<SettingsPage>();
        Eventually(() => Assert.Equal([Date(3), "never", "Active"], Texts(page, ".key-table td").Skip(4).Take(3)));
        await Keys.VerifyAsync(key, Cancellation);
        Eventually(() => Assert.Equal([Date(3), "just now", "Active"], Texts(page, ".key-table td").Skip(4).Take(3)));

        Time.Advance(TimeSpan.FromDays(5));
        await CreateAsync("next");
        Eventually(() => Assert.Equal(["Expired"], Texts(page, ".key-expired")));
    }

    [Fact]
    public async Task Section_OfAReader_IsNotThere()
    {
        SignIn(TestCore.Reader);
        await CreateAsync("deploy");
        var page = RenderPage<SettingsPage>();

        Eventually(() => Assert.Contains("Snapshots", Texts(page, "h2")));
        Assert.DoesNotContain("API keys", Texts(page, "h2"));
        Assert.DoesNotContain("deploy", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithoutTheDatabase_SaysSoAndKeepsWhatWasTyped()
    {
        var page = RenderPage<SettingsPage>();
        Press(page, "Create key");
        Host.WaitForElement(".key-form");
        Do(() => Host.Find(".key-form input").Change("deploy"));
        using (Core.WithoutDatabase())
        {
            Press(Host, "Create", ".mud-dialog");
            Eventually(() => Assert.Single(Texts(Host, ".mud-dialog [role=alert]")));
        }

        Press(Host, "Create", ".mud-dialog");
        Host.WaitForElement(".mud-dialog pre");
    }

    private string Date(int days) => Time.GetUtcNow().AddDays(days).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private void Choose(string label) =>
        Do(() =>
            Host.FindAll(".key-form label").Single(l => l.TextContent.Trim().StartsWith(label, StringComparison.Ordinal)).QuerySelector("input")!.Change("on"));

    private async Task<string> CreateAsync(string name, DateTime? expiresAt = null) =>
        Assert.IsType<ApiKeyOutcome.Created>(await Keys.CreateAsync(name, Role.Reader, expiresAt, TestCore.Anna, Cancellation)).Key;
}
