using CaPortal.Core;
using CaPortal.Core.Alerts;

namespace CaPortal.Tests.Alerts;

/// <summary>Settings with which no alert could be delivered.</summary>
public sealed class AlertSettingsTests
{
    public static TheoryData<string, Action<AlertOptions>> Wrong => new()
    {
        { "CaPortal:Alerts:Webhook:Url must be", o => o.Webhook.Url = "hooks.example.org/a" },
        { "CaPortal:Alerts:Webhook:Url must be", o => o.Webhook.Url = "file:///etc/passwd" },
        { "CaPortal:Alerts:Webhook:Url must not", o => o.Webhook.Url = "https://anna:hidden@example.org/" },
        { "CaPortal:Alerts:Webhook:Secret must", o => (o.Webhook.Url, o.Webhook.Secret) = ("https://example.org/", "hidden") },
        { "CaPortal:Alerts:Webhook:Secret is set", o => o.Webhook.Secret = "hidden-hidden-hidden" },
        { "CaPortal:Alerts:Email:Host is missing", o => o.Email.To = "anna@example.org" },
        { "CaPortal:Alerts:Email:Host must", o => Set(o).Host = "mail example" },
        { "CaPortal:Alerts:Email:Port", o => Set(o).Port = 70_000 },
        { "CaPortal:Alerts:Email:From", o => Set(o).From = "caportal" },
        { "CaPortal:Alerts:Email:From", o => Set(o).From = "" },
        { "CaPortal:Alerts:Email:To", o => Set(o).To = "" },
        { "CaPortal:Alerts:Email:To", o => Set(o).To = "anna@example.org, bert" },
        { "CaPortal:Alerts:Email:Password is set", o => Set(o).Password = "hidden" },
        { "CaPortal:Alerts:Email:Security", o => (Set(o).UserName, o.Email.Password, o.Email.Security) = ("caportal", "hidden", EmailSecurity.None) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Setting_Wrong_IsNamedAndItsValueIsNot(string problem, Action<AlertOptions> change)
    {
        var failure = Assert.Single(FailuresOf(change));

        Assert.StartsWith(problem, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_WrongInSeveralPlaces_AreAllNamed() => Assert.Equal(4, FailuresOf(o =>
    {
        o.Webhook.Url = "nowhere";
        (o.Email.Host, o.Email.Port) = ("mail.example.org", -1);
    }).Count());

    [Fact]
    public void Settings_AsTheyShouldBe_AreAccepted()
    {
        Assert.Empty(FailuresOf(_ => { }));
        Assert.Empty(FailuresOf(o =>
        {
            (o.Webhook.Url, o.Webhook.Secret) = ("https://chat.example.org/hooks/1", "0123456789abcdef");
            Set(o).UserName = "caportal";
            o.Email.Password = "secret";
        }));
    }

    private static EmailOptions Set(AlertOptions options)
    {
        (options.Email.Host, options.Email.From, options.Email.To) = ("mail.example.org", "caportal@example.org", "anna@example.org, Bert <bert@example.org>");
        return options.Email;
    }

    private static IEnumerable<string> FailuresOf(Action<AlertOptions> change)
    {
        var options = new CoreOptions();
        change(options.Alerts);
        return new AlertSettingsValidator().Validate(null, options).Failures ?? [];
    }
}
