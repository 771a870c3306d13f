using Bunit;
using CaPortal.Components.Shared;
using CaPortal.Core.Certificates;

namespace CaPortal.Tests.Components;

public sealed class FindingListTests : ComponentTest
{
    [Theory]
    [InlineData("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>")]
    [InlineData("good\u202Elive", @"good\u{202E}live")]
    [InlineData("two\r\nlines\u0007", @"two\u{000D}\u{000A}lines\u{0007}")]
    public void Findings_WithHostileNames_ShowThemHarmlessly(string name, string shown)
    {
        var list = Render<FindingList>(p => p.Add(l => l.Findings, [new Finding(FindingCode.NotACa, FindingSeverity.Error, $"Is {name}.", $"Not {name}.")]));

        Assert.Equal($"Is {shown}.", list.Find(".finding span:nth-of-type(2)").TextContent);
        Assert.Equal($"Not {shown}.", list.Find(".finding-advice").TextContent.Trim());
        Assert.Empty(list.FindAll("img"));
    }

    [Fact]
    public void Findings_OfAllSeverities_ComeTheMostSeriousFirstAndSayTheirSeverity()
    {
        Finding[] findings =
        [
            new(FindingCode.Duplicate, FindingSeverity.Information, "a"),
            new(FindingCode.WeakKey, FindingSeverity.Error, "b"),
            new(FindingCode.NotForTls, FindingSeverity.Warning, "c"),
        ];
        var list = Render<FindingList>(p => p.Add(l => l.Findings, findings));

        Assert.Equal(["Error:", "Warning:", "Information:"], Texts(list, ".visually-hidden"));
        Assert.Equal(["b", "c", "a"], Texts(list, ".finding span:nth-of-type(2)"));
    }

    [Theory]
    [InlineData(FindingCode.WeakKey, FindingSeverity.Error, 1)]
    [InlineData(FindingCode.SignatureInvalid, FindingSeverity.Error, 0)]
    [InlineData(FindingCode.NotForTls, FindingSeverity.Warning, 0)]
    public void Findings_ThatMayBeAccepted_HaveABoxForIt(FindingCode code, FindingSeverity severity, int boxes)
    {
        var list = Render<FindingList>(p => p.Add(l => l.Findings, [new Finding(code, severity, "a")]).Add(l => l.Accept, static (_, _) => Task.CompletedTask));

        Assert.Equal(boxes, list.FindAll("input[type=checkbox]").Count);
    }
}
