using System.Text;
using Bunit;
using CaPortal.Components.BackEnds;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;
using Microsoft.JSInterop;

namespace CaPortal.Tests.Components;

public sealed class BackEndDialogTests : BackEndTest
{
    [Fact]
    public async Task Add_OfOne_UnderstandsAnAddressOfAPage()
    {
        var added = OpenDialog();
        Type(0, "https://Payments.corp:8443/health");
        Type(1, "pay.internal");
        Type(2, "Payments");
        Press(Host, "Add");

        var id = Assert.Single((await added)!);
        var summary = (await Core.BackEnds.ViewAsync(id, Cancellation))!.Summary;
        Assert.Equal(("Payments", new BackEndAddress("payments.corp", 8443, "pay.internal")), (summary.Name, summary.Address));
    }

    [Fact]
    public async Task Add_OfWhatIsNoAddress_SaysWhyAtTheField()
    {
        _ = OpenDialog();
        Type(0, "http://payments.corp");
        Press(Host, "Add");

        Eventually(() => Assert.Single(Host.FindAll(".backend-form .mud-input-error[role=alert], .backend-form .mud-input-helper-text.mud-input-error")));
        Assert.Equal(0, (await Core.BackEnds.ListAsync(new BackEndQuery(), Cancellation)).Count);
        Type(0, "payments.corp");
        Press(Host, "Add");
        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));
    }

    [Fact]
    public async Task Add_OfWhatIsThereAlready_SaysSo()
    {
        await AddBackEndsAsync(Draft("payments.corp"));
        _ = OpenDialog();
        Type(0, "payments.corp:443");
        Press(Host, "Add");

        Eventually(() => Assert.Equal(["payments.corp:443 is in the list already."], Texts(Host, "[role=alert]")));
    }

    [Fact]
    public async Task Edit_OfOne_KeepsWhatIsNotChanged()
    {
        var id = Assert.Single(await AddBackEndsAsync(Draft("payments.corp:8443", "Payments")));
        var changed = OpenDialog((await Core.BackEnds.ViewAsync(id, Cancellation))!.Summary);
        Assert.Equal(["Edit back-end"], Texts(Host, ".mud-dialog h6"));
        Assert.False(HasButton(Host, "Paste many"));
        Assert.Equal("payments.corp:8443", Field(0).GetAttribute("value"));
        Type(2, "Payments of the branch");
        Press(Host, "Save");

        Assert.Equal([id], await changed);
        var summary = (await Core.BackEnds.ViewAsync(id, Cancellation))!.Summary;
        Assert.Equal(("Payments of the branch", "payments.corp:8443"), (summary.Name, summary.Address.ToString()));
    }

    [Fact]
    public async Task Paste_OfMany_SaysOfEachLineWhatWasUnderstoodAndAddsTheGoodOnes()
    {
        var added = OpenDialog();
        Paste("payments.corp\nhttp://not-tls.corp\n10.1.2.3,8443,ledger.corp,Ledger\n");

        Eventually(() => Assert.Equal(["2 lines understood, 1 not: it is left out"], Texts(Host, ".lines-count")));
        Assert.Equal(["2", "1", "3"], Texts(Host, ".line-number"));
        Assert.Single(Host.FindAll(".line-wrong .line-problem"));
        Assert.Equal(["payments.corp:443", "10.1.2.3:8443 asked for ledger.corp, called Ledger"], Texts(Host, ".line-good .line-text"));
        Press(Host, "Add 2 back-ends");
        Assert.Equal(2, (await added)!.Count);
        Assert.Equal(2, (await Core.BackEnds.ListAsync(new BackEndQuery(), Cancellation)).Count);
    }

    [Theory]
    [InlineData("payments.corp\npayments.corp:443\nledger.corp\n", "1 stood twice in what was pasted.")]
    [InlineData("payments.corp\nthere.corp\n", "1 was in the list already.")]
    [InlineData("payments.corp\nthere.corp\nthere.corp\npayments.corp\n", "1 was in the list already. 2 stood twice in what was pasted.")]
    public async Task Paste_OfSomeTwice_SaysSoAndNotThatTheyWereInTheList(string text, string told)
    {
        await AddBackEndsAsync(Draft("there.corp"));
        var added = OpenDialog();
        Paste(text);
        Press(Host, $"Add {text.Count(c => c == '\n')} back-ends");

        Assert.NotEmpty((await added)!);
        Eventually(() => Assert.Equal([told], Texts(Host, ".mud-snackbar-content-message")));
    }

    [Fact]
    public void Paste_OfNothingThatIsUnderstood_CannotBeAdded()
    {
        _ = OpenDialog();
        Paste("what is this?\n");

        Eventually(() => Assert.Single(Host.FindAll(".line-wrong")));
        Assert.True(Button(Host, "Add").HasAttribute("disabled"));
    }

    [Fact]
    public void Paste_TextThatDoesNotArrive_IsToldAndReadAgainWhenItChanges()
    {
        _ = OpenDialog();
        Paste(new PastedText("payments.corp\n", new TimeoutException()));
        Eventually(() => Assert.Equal(["The text did not arrive. Change it, and it is read again."], Texts(Host, "[role=alert]")));

        Paste("payments.corp\n");
        Eventually(() => Assert.Equal(["1 line understood"], Texts(Host, ".lines-count")));
        Assert.Empty(Host.FindAll("[role=alert]"));
    }

    [Fact]
    public void Add_ByAReader_IsRefused()
    {
        SignIn(TestCore.Reader);
        _ = OpenDialog();
        Type(0, "payments.corp");
        Press(Host, "Add");

        Eventually(() => Assert.Contains("Your role may look, but not change", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
    }

    [Fact]
    public void Add_DatabaseMissing_IsToldAndLosesNothing()
    {
        _ = OpenDialog();
        Type(0, "payments.corp");
        using (Core.WithoutDatabase())
        {
            Press(Host, "Add");
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
        }

        Assert.Equal("payments.corp", Field(0).GetAttribute("value"));
        Press(Host, "Add");
        Eventually(() => Assert.Empty(Host.FindAll(".mud-dialog")));
    }

    private Task<IReadOnlyList<long>?> OpenDialog(BackEndSummary? backEnd = null) => Open(() => BackEndDialog.ShowAsync(Dialogs, backEnd, Actor));

    private AngleSharp.Dom.IElement Field(int position) => Host.FindAll(".backend-form input")[position];

    private void Type(int field, string text) => Do(() => Field(field).Change(text));

    private void Paste(string text) => Paste(new PastedText(text));

    private void Paste(PastedText text)
    {
        Script.Setup<IJSStreamReference>("textOf", static _ => true).SetResult(text);
        Do(() => Host.FindAll(".backend-mode .mud-toggle-item").Single(t => t.TextContent.Trim() == "Paste many").Click());
        Host.WaitForElement("textarea");
        Host.InvokeAsync(Host.FindComponent<PastedBackEnds>().Instance.ReadAsync);
    }

    /// <summary>What the browser hands over of a text area.</summary>
    private sealed class PastedText(string text, Exception? failure = null) : IJSStreamReference
    {
        public long Length => Encoding.UTF8.GetByteCount(text);

        public ValueTask<Stream> OpenReadStreamAsync(long maxAllowedSize = 512_000, CancellationToken cancellationToken = default) =>
            failure is null ? ValueTask.FromResult<Stream>(new MemoryStream(Encoding.UTF8.GetBytes(text))) : ValueTask.FromException<Stream>(failure);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
