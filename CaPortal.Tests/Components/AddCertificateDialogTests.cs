using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class AddCertificateDialogTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _issuing;

    public AddCertificateDialogTests() => _issuing = TestCertificates.Intermediate(_root, "Branch Issuing");

    [Fact]
    public async Task Upload_OfARoot_IsSavedStepByStepAndEndsWithWhatIsTrueNow()
    {
        var outcome = OpenDialog();
        Assert.False(CanAdd);
        Upload(("corp.pem", TestFiles.Pem(_root)));
        Eventually(() => Assert.Equal(["Corp Root"], Names()));
        Assert.Equal("Trusted root", StoreOf("Corp Root"));
        Assert.Equal("Add 1 certificate", NameOf(AddButton));
        Do(() => Host.Find("input[maxlength='500']").Change("CHG-1"));
        Assert.Empty(await Core.ListAsync());
        PressAdd();

        Eventually(() => Assert.Contains("Installed, and read back from every trust store. Revision "
            + "1.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(["Checked", "Recorded", "PEM bundle files", "Verified by reading back"], Texts(Host, ".step-title"));
        Assert.Equal(4, Host.FindAll(".step-done").Count);
        Eventually(() => Assert.StartsWith("No program trusts a root without a setting.", Assert.Single(Texts(Host, ".who-trusts")), StringComparison.Ordinal));
        Assert.Equal("4 steps", Host.Find(".change-steps > summary").TextContent);
        Assert.False(Host.Find(".change-steps").HasAttribute("open"));
        Press(Host, "Close");
        Assert.IsType<ChangeOutcome.Applied>(await outcome);
        Assert.Equal(("Corp Root", "CHG-1", TestCore.Anna.Name), (await Core.ListAsync()).Select(c => (c.Facts.Name, c.Description, c.AddedBy)).Single());
    }

    [Fact]
    public async Task Upload_OfSeveralFiles_HasAStoreForEachCertificate()
    {
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)), ("branch.cer", _issuing.RawData));
        Eventually(() => Assert.Equal(["Corp Root", "Branch Issuing"], Names()));
        Assert.Equal(["corp.pem", "branch.cer"], Texts(Host, ".upload-file-name"));
        Assert.Equal(("Trusted root", "Intermediate"), (StoreOf("Corp Root"), StoreOf("Branch Issuing")));
        PressAdd();
        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));

        Assert.Equal(
            [("Branch Issuing", CaStore.CertificateAuthority), ("Corp Root", CaStore.Root)],
            (await Core.ListAsync()).Select(c => (c.Facts.Name, c.Key.Store)));
    }

    [Fact]
    public async Task Upload_WithADamagedItem_SavesTheOthers()
    {
        _ = OpenDialog();
        Upload(("bundle.pem", [.. TestFiles.Pem(_root), .. "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"u8, .. TestFiles.Pem(_issuing)]));
        Eventually(() => Assert.Equal(["Corp Root", "Damaged certificate", "Branch Issuing"], Names()));
        Assert.Contains("Will not be added", Card("Damaged certificate").TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(Card("Damaged certificate").QuerySelectorAll(".finding-error"));
        Assert.Equal("Add 2 certificates", NameOf(AddButton));
        PressAdd();

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal(2, (await Core.ListAsync()).Count);
    }

    [Fact]
    public async Task Upload_OfWhatIsThereAlready_IsMarkedAndCannotBeSaved()
    {
        await Core.AddAsync(_root);
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)));

        Eventually(() => Assert.Contains("already in Trusted root", Assert.Single(Texts(Host, ".finding-information")), StringComparison.Ordinal));
        Assert.Equal(["Not added: 1 duplicate"], Texts(Host, ".dialog-summary"));
        Assert.Empty(Host.FindAll(".choice input, .choice [role=group]"));
        Assert.False(CanAdd);
    }

    [Fact]
    public async Task Store_Changed_ChangesTheFindingsAndWhereItGoes()
    {
        await Core.AddAsync(_root);
        _ = OpenDialog();
        Upload(("branch.cer", _issuing.RawData));
        Eventually(() => Assert.Equal(["Branch Issuing"], Names()));
        Assert.Empty(Host.FindAll(".finding-warning"));
        ChooseStore("Branch Issuing", "Trusted root");
        Eventually(() => Assert.Contains("not self-signed", Assert.Single(Texts(Host, ".finding-warning")), StringComparison.Ordinal));
        PressAdd();

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal([CaStore.Root, CaStore.Root], (await Core.ListAsync()).Select(c => c.Key.Store));
    }

    [Fact]
    public void Stores_SetForAll_AreSetForEach()
    {
        _ = OpenDialog();
        Upload(("bundle.pem", TestFiles.Pem(_root, _issuing)));
        Eventually(() => Assert.Equal(2, Names().Count));
        Press(Host, "Intermediate", ".choice-tools");
        Eventually(() => Assert.Equal(("Intermediate", "Intermediate"), (StoreOf("Corp Root"), StoreOf("Branch Issuing"))));
        Press(Host, "What fits", ".choice-tools");

        Eventually(() => Assert.Equal(("Trusted root", "Intermediate"), (StoreOf("Corp Root"), StoreOf("Branch Issuing"))));
    }

    [Fact]
    public async Task Error_Accepted_NeedsAReasonThatIsKept()
    {
        using var server = TestCertificates.SelfSignedServer("legacy.corp");
        _ = OpenDialog();
        Upload(("server.pem", TestFiles.Pem(server)));
        Eventually(() => Assert.Single(Host.FindAll(".finding-error")));
        Assert.False(CanAdd);
        Do(() => Host.Find(".finding-accept input").Change(true));
        Eventually(() => Assert.Contains("required", Host.Find(".mud-dialog-content").TextContent, StringComparison.Ordinal));
        Assert.False(CanAdd);
        Do(() => Host.Find("input[maxlength='500']").Input("  "));
        Assert.False(CanAdd);
        Do(() => Host.Find("input[maxlength='500']").Input("CHG-2"));
        PressAdd();

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal("CHG-2", Assert.Single(await Core.ListAsync()).Description);
    }

    [Fact]
    public async Task Error_ThatNoTrustStoreCanTake_IsRefusedAndLeadsBack()
    {
        _ = OpenDialog();
        Upload(("odd.cer", MalformedCertificates.ByDefect["duplicate extension"]));
        Eventually(() => Assert.NotEmpty(Host.FindAll(".finding-accept input")));
        Do(() => Host.Find(".finding-accept input").Change(true));
        Do(() => Host.Find("input[maxlength='500']").Input("CHG-3"));
        PressAdd();
        Eventually(() => Assert.Contains("Nothing was changed", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
        Press(Host, "Look again");

        Eventually(() => Assert.Single(Names()));
        Assert.Empty(await Core.ListAsync());
    }

    [Fact]
    public async Task Password_Wrong_KeepsEverythingUntilTheRightOneOpensTheFile()
    {
        _ = OpenDialog();
        Upload(("branch.cer", _issuing.RawData), ("corp.pfx", _root.Export(X509ContentType.Pkcs12, "sesame")));
        Eventually(() => Assert.Single(Host.FindAll(".password-form")));
        ChooseStore("Branch Issuing", "Trusted root");
        EnterPassword("opensesame");
        Eventually(() => Assert.Contains("not the password", Host.Find(".password-form").TextContent, StringComparison.Ordinal));
        Assert.Equal("opensesame", Host.Find(".password-form input").GetAttribute("value"));
        Assert.Equal("Trusted root", StoreOf("Branch Issuing"));
        Assert.Equal(["branch.cer", "corp.pfx"], Texts(Host, ".upload-file-name"));
        EnterPassword("sesame");

        Eventually(() => Assert.Equal(["Branch Issuing", "Corp Root"], Names().Take(2)));
        Assert.Empty(Host.FindAll(".password-form"));
        Assert.Equal("Trusted root", StoreOf("Branch Issuing"));
        Assert.Contains("private key", string.Join(' ', Texts(Host, ".finding-warning")), StringComparison.Ordinal);
        PressAdd();
        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal(2, (await Core.ListAsync()).Count);
    }

    [Fact]
    public void Password_OfAFileInAnother_IsAskedForBesideWhatNeedsNone()
    {
        var store = Convert.ToBase64String(new X509Certificate2Collection(_issuing).Export(X509ContentType.Pkcs12, "sesame")!);
        _ = OpenDialog();
        Upload(("secret.yaml", Encoding.UTF8.GetBytes($"data:\n  ca.der: {Convert.ToBase64String(_root.RawData)}\n  store.p12: {store}\n")));
        Eventually(() => Assert.Equal(["Corp Root", "PKCS#12 file"], Names()));
        Assert.Single(Host.FindAll(".password-form"));
        EnterPassword("sesame");

        Eventually(() => Assert.Contains("Branch Issuing", Names()));
        Assert.Contains("Corp Root", Names());
        Assert.Empty(Host.FindAll(".password-form"));
    }

    [Fact]
    public void Password_Revealed_IsShownAndHiddenAgain()
    {
        _ = OpenDialog();
        Upload(("corp.pfx", _root.Export(X509ContentType.Pkcs12, "sesame")));
        Eventually(() => Assert.Equal("password", Host.Find(".password-form input").GetAttribute("type")));
        Press(Host, "Show the password");
        Eventually(() => Assert.Equal("text", Host.Find(".password-form input").GetAttribute("type")));
        Press(Host, "Hide the password");

        Eventually(() => Assert.Equal("password", Host.Find(".password-form input").GetAttribute("type")));
    }

    [Fact]
    public void File_Removed_TakesItsCertificatesWithItAndKeepsTheOtherChoices()
    {
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)), ("branch.cer", _issuing.RawData));
        Eventually(() => Assert.Equal(2, Names().Count));
        ChooseStore("Branch Issuing", "Trusted root");
        Press(Host, "Remove corp.pem");

        Eventually(() => Assert.Equal(["Branch Issuing"], Names()));
        Assert.Equal("Trusted root", StoreOf("Branch Issuing"));
        Press(Host, "Remove branch.cer");
        Eventually(() => Assert.Empty(Names()));
        Assert.False(CanAdd);
    }

    [Fact]
    public void File_ChosenTwice_IsThereOnce()
    {
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)));
        Eventually(() => Assert.Single(Names()));
        Upload(("corp.pem", TestFiles.Pem(_root)));
        Eventually(() => Assert.Equal(["corp.pem"], Texts(Host, ".upload-file-name")));
        Upload(("copy of corp.pem", TestFiles.Pem(_root)));

        Eventually(() => Assert.Equal(2, Names().Count));
        Assert.Contains("is earlier in this upload", Assert.Single(Texts(Host, ".finding-information")), StringComparison.Ordinal);
        Assert.Equal(("Add 1 certificate", "Not added: 1 duplicate"), (NameOf(AddButton), Assert.Single(Texts(Host, ".dialog-summary"))));
    }

    [Fact]
    public void File_TooLarge_IsNamedAndTheOthersAreRead()
    {
        _ = OpenDialog();
        Upload(("huge.bin", new byte[11 * 1024 * 1024]), ("corp.pem", TestFiles.Pem(_root)));

        Eventually(() => Assert.Equal(["Corp Root"], Names()));
        Assert.Contains("huge.bin is too large: 11 MiB, and at most 10 MiB are read", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<!DOCTYPE html><html></html>")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n")]
    public void File_WithoutCertificates_IsExplained(string text)
    {
        _ = OpenDialog();
        Upload(("file.txt", Encoding.ASCII.GetBytes(text)));

        Eventually(() => Assert.NotEmpty(Host.FindAll(".finding-error")));
        Assert.False(CanAdd);
        Assert.Empty(Host.FindAll("input[maxlength='500']"));
    }

    [Fact]
    public void File_OfManyCertificates_IsShownInParts()
    {
        _ = OpenDialog();
        using var root = TestCertificates.Root();
        Upload(("many.pem", TestFiles.Pem(Enumerable.Repeat(root, 75))));
        Eventually(() => Assert.Equal(20, Names().Count));
        Press(Host, "Show 50 more of 55");
        Eventually(() => Assert.Equal(70, Names().Count));
        Press(Host, "Show 5 more of 5");

        Eventually(() => Assert.Equal(75, Names().Count));
    }

    [Fact]
    public async Task Cancel_BeforeSave_ChangesNothing()
    {
        var outcome = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)));
        Eventually(() => Assert.Single(Names()));
        Press(Host, "Cancel");
        Eventually(() => Assert.Contains("Discard what you have chosen?", Host.Find(".dialog-summary").TextContent, StringComparison.Ordinal));
        Press(Host, "Keep it");
        Eventually(() => Assert.Single(Names()));
        Press(Host, "Cancel");
        Press(Host, "Discard");

        Assert.Null(await outcome);
        Assert.Empty(await Core.ListAsync());
    }

    [Fact]
    public async Task Save_AfterSomebodyElse_ShowsTheDifferenceAndLooksAgain()
    {
        using var other = TestCertificates.Root("Other Root");
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root, _issuing)));
        Eventually(() => Assert.Equal(2, Names().Count));
        ChooseStore("Branch Issuing", "Trusted root");
        Do(() => Host.Find("input[maxlength='500']").Change("CHG-4"));
        await Core.ApplyAsync(Core.PlanAll(await Core.InspectAsync(TestFiles.Pem(other, _root))), TestCore.Bert);
        PressAdd();
        Eventually(() => Assert.Equal(
            ["bert@example.org added Corp Root (Trusted root)", "bert@example.org added Other Root (Trusted root)"], Texts(Host, ".stale-changes li").Order()));
        Press(Host, "Look again");

        Eventually(() => Assert.Equal(("Add 1 certificate", "Not added: 1 duplicate"), (NameOf(AddButton), Assert.Single(Texts(Host, ".dialog-summary")))));
        Assert.Equal("Trusted root", StoreOf("Branch Issuing"));
        PressAdd();
        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Equal("CHG-4", (await Core.ListAsync()).Single(c => c.Facts.Name == "Branch Issuing").Description);
    }

    [Fact]
    public async Task Database_Missing_IsToldWhenReadingAndWhenSavingAndLosesNothing()
    {
        _ = OpenDialog();
        using (Core.WithoutDatabase())
        {
            Upload(("corp.pem", TestFiles.Pem(_root)));
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
        }

        Upload(("corp.pem", TestFiles.Pem(_root)));
        Eventually(() => Assert.Single(Names()));
        using (Core.WithoutDatabase())
        {
            PressAdd();
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
        }

        Press(Host, "Look again");
        PressAdd();
        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Single(await Core.ListAsync());
    }

    [Fact]
    public void Reader_WhoCameHereAllTheSame_IsRefused()
    {
        SignIn(TestCore.Reader);
        _ = OpenDialog();
        Upload(("corp.pem", TestFiles.Pem(_root)));
        PressAdd();

        Eventually(() => Assert.Contains("Your role may look, but not change", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _issuing.Dispose();
    }

    private Task<ChangeOutcome?> OpenDialog() => Open(() => AddCertificateDialog.ShowAsync(Dialogs, Actor));

    private IReadOnlyList<string> Names() => Texts(Host, ".choice-name");

    private AngleSharp.Dom.IElement Card(string name) => Host.FindAll(".choice").Single(c => c.QuerySelector(".choice-name")!.TextContent == name);

    private string StoreOf(string name) => Card(name).QuerySelector(".mud-toggle-item-selected")!.TextContent.Trim();

    private void ChooseStore(string name, string store) =>
        Do(() => Card(name).QuerySelectorAll(".mud-toggle-item").Single(t => t.TextContent.Trim() == store).Click());

    private void EnterPassword(string password)
    {
        Do(() => Host.Find(".password-form input").Change(password));
        Do(() => Host.Find(".password-form").Submit());
    }
}
