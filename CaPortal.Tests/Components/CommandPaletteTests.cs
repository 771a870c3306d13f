using Bunit;
using CaPortal.Components.Palette;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Components;

public sealed class CommandPaletteTests : BackEndTest
{
    [Fact]
    public void Palette_Opened_OffersPagesAndWhatCanBeDone()
    {
        OpenPalette();

        Eventually(() => Assert.Contains("Activity", Titles()));
        Assert.Equal(["Add CA certificates", "Add back-ends", "Home"], Titles().Take(3));
        Assert.Equal("true", Host.FindAll(".palette-item")[0].GetAttribute("aria-selected"));
    }

    [Fact]
    public void Palette_OfAReader_OffersNothingThatChangesAnything()
    {
        SignIn(TestCore.Reader);
        OpenPalette();

        Eventually(() => Assert.Equal("Home", Titles()[0]));
        Assert.DoesNotContain(Titles(), t => t.StartsWith("Add", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Palette_WithLetters_FindsCertificatesAndBackEndsAndTellsTheSameNamesApart()
    {
        using var other = TestCertificates.Root("Corp Root");
        await Core.AddAsync(Root, other);
        await AddBackEndsAsync(Draft("pay.corp", "Payments"));
        OpenPalette();
        TypeInto("corp");

        var expected = new[] { Root, other }.Select(c => $"Corp Root {TestCore.KeyOf(c).Sha256[..8]}").Append("Payments pay.corp:443");
        Eventually(() => Assert.Equal(expected.Order(StringComparer.Ordinal), Titles().Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Enter_OnWhatTheArrowsChose_LeadsThere()
    {
        await AddBackEndsAsync(Draft("a.corp", "pay a"), Draft("b.corp", "pay b"));
        OpenPalette();
        TypeInto("pay");
        Eventually(() => Assert.Equal(2, Titles().Count));
        Press("ArrowDown");
        Eventually(() => Assert.Equal("palette-item-1", Host.Find(".palette-input").GetAttribute("aria-activedescendant")));
        var chosen = Titles()[1].Contains("pay b", StringComparison.Ordinal) ? 2 : 1;
        Press("Enter");

        Eventually(() => Assert.EndsWith(
            $"back-ends?open=back-end-{chosen}", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal));
    }

    [Fact]
    public void Enter_OnSomethingToDo_DoesIt()
    {
        OpenPalette();
        TypeInto("add ca");
        Press("Enter");

        Eventually(() => Assert.Equal(["Add CA certificates"], Texts(Host, ".mud-dialog h6")));
    }

    [Fact]
    public void Palette_WithoutAnythingThatFits_SaysSo()
    {
        OpenPalette();
        TypeInto("nothing such");

        Eventually(() => Assert.Equal(["Nothing is called that."], Texts(Host, ".palette-none")));
        Press("Enter");
        TypeInto("activity");
        Eventually(() => Assert.Equal(["Activity"], Titles()));
    }

    private void OpenPalette()
    {
        _ = Host.InvokeAsync(() => CommandPalette.ShowAsync(Dialogs, Services.GetRequiredService<NavigationManager>(), Actor, static () => { }));
        Host.WaitForElement(".palette-input");
    }

    private void TypeInto(string text) => Do(() => Host.Find(".palette-input").Input(text));

    private void Press(string key) => Do(() => Host.Find(".palette-input").KeyDown(key));

    private IReadOnlyList<string> Titles() => Texts(Host, ".palette-title");
}
