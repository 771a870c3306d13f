using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaPortal.Core;
using CaPortal.Core.TrustStores;
using CaPortal.Hosting;
using Microsoft.Extensions.Configuration;

namespace CaPortal.Tests.Hosting;

public sealed class SettingValuesTests
{
    private const string Networks = "CaPortal:BackEnds:Allowed:Networks";

    private static readonly JsonSerializerOptions Settable = new() { IgnoreReadOnlyProperties = true };

    [Theory]
    [InlineData("=10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("= 10.0.0.0/8 , 2001:db8::/32", "10.0.0.0/8 2001:db8::/32")]
    [InlineData(":0=10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("=;:0=10.0.0.0/8", "10.0.0.0/8")]
    [InlineData(":3=c;:10=d;:0=a", "a c d")]
    public void Bind_ListInEachForm_HasItsItems(string settings, string items)
    {
        var (options, problems) = Bind(Settings(settings));

        Assert.Equal(items.Split(' '), options.BackEnds.Allowed.Networks);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("=", "is empty")]
    [InlineData("= ", "is empty")]
    [InlineData(":0=", "is empty")]
    [InlineData("=10.0.0.0/8,", "empty item")]
    [InlineData("=,", "empty item")]
    [InlineData(":0=10.0.0.0/8;:1=", "empty item")]
    [InlineData("=10.0.0.0/8;:0=10.0.0.0/8", "both as one value and with numbers")]
    [InlineData(":first=10.0.0.0/8", $"{Networks}:first: {Networks} is a list")]
    [InlineData(":-1=10.0.0.0/8", "is a list")]
    public void Validate_ListThatDoesNotSayWhatItHolds_IsOneProblem(string settings, string problem)
    {
        var (options, problems) = Bind(Settings(settings));

        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
        Assert.StartsWith(Networks, problems[0], StringComparison.Ordinal);
        Assert.Empty(options.BackEnds.Allowed.Networks);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"\"")]
    public void Validate_ListThatIsEmptyInJson_IsAProblem(string list)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$"""{ "CaPortal": { "BackEnds": { "Allowed": { "Networks": {{list}} } } } }"""));
        var values = new SettingValues<CoreOptions>(new ConfigurationBuilder().AddJsonStream(json).Build(), CoreOptions.Section);

        Assert.Contains("is empty", Assert.Single(values.Validate(null, new()).Failures!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CaPortal:Scope", "Galaxy", "one of User, Machine")]
    [InlineData("CaPortal:Scope", "1", "one of User, Machine")]
    [InlineData("CaPortal:Scope", "User,Machine", "one of User, Machine")]
    [InlineData("CaPortal:Scope", "", "is empty. It must be one of User, Machine")]
    [InlineData("CaPortal:Snapshots", "many", "a whole number")]
    [InlineData("CaPortal:Snapshots", "99999999999", "2147483647")]
    [InlineData("CaPortal:Snapshots", "1.5", "a whole number")]
    [InlineData("CaPortal:BackEnds:Jitter", "0,1", "a number such as 0.1")]
    [InlineData("CaPortal:BackEnds:TestEvery", "soon", "a time such as 00:00:30")]
    [InlineData("CaPortal:BackEnds:TestEvery", "30", "a time such as 00:00:30")]
    [InlineData("CaPortal:PemBundle:IncludeSystemRoots", "perhaps", "true or false")]
    [InlineData("CaPortal:PemBundle:IncludeSystemRoots", "1", "true or false")]
    public void Validate_WrongValue_SaysWhichAreRight(string key, string value, string expected)
    {
        var (_, problems) = Bind([new(key, value)]);

        Assert.StartsWith(key, Assert.Single(problems), StringComparison.Ordinal);
        Assert.Contains(expected, problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_RightValues_AreBoundWhateverTheirCase()
    {
        var (options, problems) = Bind([
            new("caportal:SCOPE", " machine "),
            new("CaPortal:BackEnds:TestEvery", "0"),
            new("CaPortal:FourEyes:Enabled", "TRUE"),
            new("CaPortal:Alerts:PortalName", ""),
        ]);

        Assert.Empty(problems);
        Assert.Equal((TrustScope.Machine, TimeSpan.Zero, true), (options.Scope, options.BackEnds.TestEvery, options.FourEyes.Enabled));
    }

    [Fact]
    public void Bind_EachSetting_ChangesTheOptions()
    {
        var before = JsonSerializer.Serialize(new CoreOptions());
        Assert.All(OptionTree.Of(CoreOptions.Section, typeof(CoreOptions)).Where(s => Samples(s.Type).Length > 0), setting =>
            Assert.Contains(Samples(setting.Type), sample =>
            {
                var (options, problems) = Bind([new(setting.Key, sample)]);
                return problems.Count == 0 && JsonSerializer.Serialize(options) != before;
            }));
    }

    [Fact]
    public void Tree_OfCore_HasEveryPropertyThatCanBeSet()
    {
        var settable = Leaves(JsonSerializer.SerializeToNode(new CoreOptions(), Settable)!, CoreOptions.Section);

        Assert.Equal(settable.Order(), OptionTree.Of(CoreOptions.Section, typeof(CoreOptions)).Select(s => (s.Key, s.IsList)).Order());
    }

    // An enumeration with one member cannot be changed.
    private static string[] Samples(Type type) =>
        type.IsEnum ? Enum.GetNames(type) is { Length: > 1 } names ? names : []
        : type == typeof(bool) ? ["true", "false"]
        : type == typeof(TimeSpan) ? ["00:01:23"]
        : type == typeof(double) ? ["0.123"]
        : type == typeof(int) ? ["123"]
        : ["sample"];

    private static IEnumerable<(string Key, bool IsList)> Leaves(JsonNode node, string key) =>
        node is JsonObject properties ? properties.SelectMany(p => Leaves(p.Value!, $"{key}:{p.Key}")) : [(key, node is JsonArray)];

    private static IEnumerable<KeyValuePair<string, string?>> Settings(string settings) =>
        settings
            .Split(';')
            .Select(s => new KeyValuePair<string, string?>(
                Networks + s[..s.IndexOf('=', StringComparison.Ordinal)],
                s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..]));

    private static (CoreOptions Options, IReadOnlyList<string> Problems) Bind(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var values = new SettingValues<CoreOptions>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), CoreOptions.Section);
        var options = new CoreOptions();
        values.Bind(options);
        return (options, [.. values.Validate(null, options).Failures ?? []]);
    }
}
