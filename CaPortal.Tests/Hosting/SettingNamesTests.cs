using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Configuration;

namespace CaPortal.Tests.Hosting;

public sealed partial class SettingNamesTests
{
    private const string Secret = "value-that-may-be-a-secret";

    [Theory]
    [InlineData("CaPortal:Scop", "CaPortal:Scope")]
    [InlineData("caportal:SCOP", "CaPortal:Scope")]
    [InlineData("CaPortal:BackEnds:Allowed:Netwoks", "CaPortal:BackEnds:Allowed:Networks")]
    [InlineData("CaPortal:BackEnds:Allowed:Netwoks:7", "CaPortal:BackEnds:Allowed:Networks:7")]
    [InlineData("CaPortal:BackEnds:Networks:0", "CaPortal:BackEnds:Allowed:Networks:0")]
    [InlineData("CaPortal:Proxi:Trused:0", "CaPortal:Proxy:Trusted:0")]
    [InlineData("CaPortal:Proxy", "CaPortal:Proxy:Trusted")]
    [InlineData("CaPortal:Authentication:AllowRemot", "CaPortal:Authentication:AllowRemote")]
    [InlineData("CaPortal:AllowRemot", "CaPortal:Authentication:AllowRemote")]
    [InlineData("CaPortal:Timeout", "CaPortal:BackEnds:Timeout or CaPortal:Limits:Timeout")]
    [InlineData("CaPortal:Alerts:Email:To:0", "CaPortal:Alerts:Email:To")]
    [InlineData("CaPortal:Scope:Machine", "CaPortal:Scope")]
    [InlineData("CaPortal:Database:ConnectionString", "ConnectionStrings:CaPortal")]
    [InlineData("CaPortal:ResolvedDataDirectory", null)]
    [InlineData("CaPortal:Nothing:Like:This", null)]
    [InlineData("ConnectionStrings:CaPortl", "ConnectionStrings:CaPortal")]
    [InlineData("CaPortl:Scope", "CaPortal:Scope")]
    [InlineData("AzurAd:TenantId", "AzureAd:TenantId")]
    [InlineData("CAPORTAL_SCOPE", "CaPortal:Scope")]
    [InlineData("CaPortal.Proxy.Trusted", "CaPortal:Proxy:Trusted")]
    public void Problems_NameThatNothingReads_NamesTheNearestAndNotItsValue(string key, string? nearest)
    {
        var problem = Assert.Single(Problems(key));

        Assert.StartsWith($"{key} is no setting of the portal.", problem, StringComparison.Ordinal);
        Assert.EndsWith(nearest is null ? "docs/settings.md." : $"Did you mean {nearest}?", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CAPORTAL:scope")]
    [InlineData("CaPortal:TrustStores")]
    [InlineData("CaPortal:TrustStores:12")]
    [InlineData("ConnectionStrings:CaPortal")]
    [InlineData("ConnectionStrings:SomethingElse")]
    [InlineData("AzureAd:AnythingThatItsLibraryReads")]
    [InlineData("Logging:LogLevel:CaPortal")]
    [InlineData("CAPORTAL_HOME")]
    [InlineData("PATH")]
    [InlineData("CaPortal")]
    public void Problems_NameThatIsReadOrOfOthers_AreNone(string key) => Assert.Empty(Problems(key));

    [Fact]
    public void Problems_SectionThatIsEmptyInJson_AreNone()
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes("""{ "CaPortal": { "Proxy": {}, "Alerts": null } }"""));

        Assert.Empty(PortalSettings.Names.Problems(new ConfigurationBuilder().AddJsonStream(json).Build()));
    }

    [Fact]
    public void Problems_OfSeveralSources_AreEachInTheFormOfTheirs()
    {
        const string prefix = "SETTING_NAMES_TESTS_";
        foreach (var name in (string[])["CaPortal__Scop", "Portal__Scope", "Portal__Other"])
            Environment.SetEnvironmentVariable(prefix + name, Secret);
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["appsettings.json"], $$"""{ "CaPortal": { "Scop": "{{Secret}}" } }""");
        var host = new ConfigurationBuilder().AddEnvironmentVariables(prefix).Build();
        foreach (var name in (string[])["CaPortal__Scop", "Portal__Scope", "Portal__Other"])
            Environment.SetEnvironmentVariable(prefix + name, null);
        var configuration = new ConfigurationBuilder().AddConfiguration(host)
            .AddJsonFile(folder["appsettings.json"]).AddCommandLine([$"--CaPortal:Scop={Secret}", "/CaPortal:Drift=Heal"]).Build();

        Assert.Equal(
            [
                "The environment variable CaPortal__Scop is no setting of the portal. Did you mean CaPortal__Scope?",
                "The environment variable Portal__Scope is no setting of the portal. Did you mean CaPortal__Scope?",
                "CaPortal:Scop in appsettings.json is no setting of the portal. Did you mean CaPortal:Scope?",
                "--CaPortal:Scop is no setting of the portal. Did you mean --CaPortal:Scope?",
            ],
            PortalSettings.Names.Problems(configuration));
    }

    [Fact]
    public void Problems_EachDocumentedSetting_AreNone()
    {
        var keys = AllDocumented();

        Assert.True(keys.Count > 40);
        Assert.Contains("CaPortal:Alerts:Email:To", keys);
        Assert.Empty(keys.SelectMany(Problems));
    }

    [Fact]
    public void All_Settings_AreDocumented() =>
        Assert.Empty(PortalSettings.Names.All.Except(AllDocumented().Select(k => Number().Replace(k, ""))));

    private static List<string> AllDocumented() =>
        [
            .. File.ReadLines(Path.Combine(Repository.Path, "docs", "settings.md"))
                .Where(l => l.StartsWith("| `CaPortal:", StringComparison.Ordinal))
                .SelectMany(Documented),
        ];

    /// <summary>"`CaPortal:A:B`, `:C`" names CaPortal:A:C too, and "`CaPortal:A:0`, `:1`" CaPortal:A:1.</summary>
    private static IEnumerable<string> Documented(string row)
    {
        var names = Quoted().Matches(row.Split('|')[1]).Select(m => m.Groups[1].Value).ToList();
        return names.Select(n => n.StartsWith(':') ? names[0][..names[0].LastIndexOf(':')] + n : n);
    }

    private static IReadOnlyList<string> Problems(string key) =>
        [.. PortalSettings.Names.Problems(new ConfigurationBuilder().AddInMemoryCollection([new(key, Secret)]).Build())];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(":[0-9]+$")]
    private static partial Regex Number();
}
