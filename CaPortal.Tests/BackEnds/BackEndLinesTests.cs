using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;

namespace CaPortal.Tests.BackEnds;

/// <summary>Pasted lists of back-ends.</summary>
public sealed class BackEndLinesTests
{
    private const string Hostile = "\",;\t\r\n:[]/#a1.\0\ud800\ufeff\u202e ";

    [Theory]
    [InlineData("payments.corp", "payments.corp", 443, null, null)]
    [InlineData("payments.corp:8443", "payments.corp", 8443, null, null)]
    [InlineData("https://payments.corp:8443/a?b=c", "payments.corp", 8443, null, null)]
    [InlineData("[2001:db8::1]:8443", "2001:db8::1", 8443, null, null)]
    [InlineData("payments.corp,8443", "payments.corp", 8443, null, null)]
    [InlineData("payments.corp;8443;sni.corp;Payments, new", "payments.corp", 8443, "sni.corp", "Payments, new")]
    [InlineData("payments.corp\t8443\tsni.corp\tPayments", "payments.corp", 8443, "sni.corp", "Payments")]
    [InlineData("payments.corp , 8443 , , \"Payments; \"\"old\"\"\"", "payments.corp", 8443, null, "Payments; \"old\"")]
    [InlineData("payments.corp:8443,8443,,Same port twice", "payments.corp", 8443, null, "Same port twice")]
    [InlineData("2001:db8::1,8443", "2001:db8::1", 8443, null, null)]
    public void Parse_OneLine_IsUnderstood(string text, string host, int port, string? serverName, string? name)
    {
        var line = Assert.Single(BackEndService.Parse(text));

        Assert.Null(line.Problem);
        Assert.Equal(new BackEndDraft(new BackEndAddress(host, port, serverName), name), line.Draft);
    }

    [Theory]
    [InlineData("payments.corp,none", "port")]
    [InlineData("payments.corp,0", "port")]
    [InlineData("payments.corp,65536", "port")]
    [InlineData("payments.corp:8443,443", "different ports")]
    [InlineData("payments.corp:443,8443", "different ports")]
    [InlineData(",443", "address is missing")]
    [InlineData("a,443,,n,and more", "four columns")]
    [InlineData("payments.corp,443,,bell\u0007", "control characters")]
    public void Parse_LineThatCannotBeUnderstood_SaysWhy(string text, string why)
    {
        var line = Assert.Single(BackEndService.Parse(text));

        Assert.Null(line.Draft);
        Assert.Contains(why, line.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_WithHeadingInAnotherOrder_TakesTheColumnsByTheirNames()
    {
        var lines = BackEndService.Parse("\uFEFFName;Owner;Server name;Port;Host\r\nPayments;me;sni.corp;8443;payments.corp\r\n");

        Assert.Equal(new BackEndDraft(new BackEndAddress("payments.corp", 8443, "sni.corp"), "Payments"), Assert.Single(lines).Draft);
    }

    [Fact]
    public void Parse_BlankLinesAndRemarks_ArePassedOverAndNumbersAreThoseOfTheText()
    {
        var lines = BackEndService.Parse("# ours\n\na.corp\r   \r\n# more\n  b.corp  \n");

        Assert.Equal([(3, "a.corp"), (6, "b.corp")], lines.Select(l => (l.Number, l.Text)));
    }

    [Fact]
    public void Parse_QuotationMarkThatIsNeverClosed_CostsItsOwnLineAlone()
    {
        var lines = BackEndService.Parse("a.corp,443,,\"open\nb.corp\nc.corp");

        Assert.Equal(["b.corp", "c.corp"], lines.Skip(1).Select(l => l.Draft?.Address.Host));
    }

    [Fact]
    public void Parse_BeyondItsBounds_SaysSoAndStops()
    {
        var many = BackEndService.Parse(string.Concat(Enumerable.Repeat("a.corp\n", 10_500)));
        var large = BackEndService.Parse(new string('a', 1024 * 1024 + 1));
        var wide = BackEndService.Parse(new string('a', 5_000));

        Assert.Equal(10_001, many.Count);
        Assert.All(many.Take(10_000), l => Assert.NotNull(l.Draft));
        Assert.Contains("10,000", many[^1].Problem, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(large).Problem);
        Assert.NotNull(Assert.Single(wide).Problem);
    }

    [Fact]
    public void Parse_HostileText_NeverThrows()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 60).Select(_ => Hostile[random.Next(Hostile.Length)]));
            Assert.All(BackEndService.Parse(text), l => Assert.True(l.Draft is null != l.Problem is null));
        }
    }
}
