using Bunit;
using CaPortal.Components.Shared;
using MudBlazor;
using MudBlazor.Services;

namespace CaPortal.Tests.Components;

public sealed class ProblemTests : BunitContext
{
    public ProblemTests()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Fact]
    public void Problem_WithoutAText_IsNotThere() => Assert.Empty(Render<Problem>().Markup.Trim());

    [Fact]
    public void Problem_ThatCanBeRetried_IsAnAlertWithAButton()
    {
        var tries = 0;
        var problem = Render<Problem>(p => p
            .Add(x => x.Text, "It is locked. Try again later.").Add(x => x.Severity, Severity.Warning).Add(x => x.OnRetry, () => tries++));

        Assert.Contains("mud-alert-text-warning", problem.Find("[role=alert]").ClassList);
        Assert.StartsWith("It is locked. Try again later.", problem.Find("[role=alert]").TextContent.Trim(), StringComparison.Ordinal);
        problem.Find("button").Click();
        Assert.Equal(1, tries);
    }

    [Fact]
    public void Problem_ThatCannotBeRetried_HasNoButton() => Assert.Empty(Render<Problem>(p => p.Add(x => x.Text, "It is gone.")).FindAll("button"));
}
