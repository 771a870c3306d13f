using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Changes;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

public sealed class ChangeDialogTests : ComponentTest
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Corp Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");

    [Fact]
    public async Task Delete_OfOne_NamesItSaysWhatWillHappenAndShowsTheSteps()
    {
        await Core.AddAsync(_root, _other);
        var outcome = OpenDialog(ChangeKind.Delete, _root);
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".change-list strong")));
        Assert.Equal(["PEM bundle files: 1 removed"], Texts(Host, ".effects li"));
        Assert.Contains("will refuse servers", Host.Find(".mud-dialog-content").TextContent, StringComparison.Ordinal);
        Do(() => Host.Find("input[maxlength='500']").Change("CHG-1"));
        Press(Host, "Delete");
        Eventually(() => Assert.Contains("gone from every trust store. Revision 2.", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(4, Host.FindAll(".step-done").Count);
        Press(Host, "Close");

        Assert.IsType<ChangeOutcome.Applied>(await outcome);
        Assert.Equal("CHG-1", Assert.Single(await Core.ListAsync(new CaCertificateQuery { Deleted = true })).Removal!.Reason);
        Assert.Equal("Other Root", Assert.Single(await Core.ListAsync()).Facts.Name);
    }

    [Fact]
    public async Task Delete_OfOneOfTwoWithTheSameName_TellsThemApart()
    {
        using var namesake = TestCertificates.Root("CORP root");
        await Core.AddAsync(_root, namesake, _other);
        _ = OpenDialog(ChangeKind.Delete, _root);

        Eventually(() => Assert.Single(Texts(Host, ".change-list-namesake")));
        Assert.Equal(
            $"SHA-256 {TestCore.KeyOf(_root).Sha256[..8]}… · until {_root.NotAfter.ToUniversalTime():d MMM yyyy} · self-signed",
            Assert.Single(Texts(Host, ".change-list-identity")));
    }

    [Fact]
    public async Task Delete_OfOneWhoseNameIsItsOwn_SaysNothingOfOthers()
    {
        await Core.AddAsync(_root, _other);
        _ = OpenDialog(ChangeKind.Delete, _root);

        Eventually(() => Assert.Single(Texts(Host, ".change-list-identity")));
        Assert.Empty(Host.FindAll(".change-list-namesake"));
    }

    [Fact]
    public async Task Plan_ThatTakesAwayAFileOfOthers_NamesIt()
    {
        await Core.AddAsync(_root);
        var plan = await Core.Changes.PlanDeleteAsync([TestCore.KeyOf(_root)], Cancellation);
        plan = plan with { Effects = [plan.Effects[0] with { RemovesFiles = ["/anchors/dup-root.crt"] }] };

        var details = Render<PlanDetails>(p => p.Add(d => d.Plan, plan));

        Assert.Equal(["PEM bundle files: 1 removed, and with it what CaPortal did not write: /anchors/dup-root.crt"], Texts(details, ".effects li"));
    }

    [Fact]
    public async Task Report_OfAChangeThatIsDoneWhereATrustStoreHasAnotherTrouble_SaysBoth()
    {
        var trouble = new TrustStoreOutcome
        {
            Name = "memory",
            Title = "Memory",
            Result = TrustStoreResult.Failed,
            Error = "It is stuck.",
            Advice = "Take it out.",
            ObservedHash = "",
            Left = [TestCore.KeyOf(_other)],
        };
        var run = new ChangeRun(ChangeKind.Add, () => Task.CompletedTask);
        await run.RunAsync(_ =>
            Task.FromResult<ChangeOutcome>(new ChangeOutcome.Applied(7, [trouble]) { Asked = new HashSet<CaCertificateKey> { TestCore.KeyOf(_root) } }));

        var report = Render<ChangeReport>(p => p.Add(r => r.Run, run));

        Assert.Contains("Revision 7.", Texts(report, "[role=status]")[0], StringComparison.Ordinal);
        Assert.Contains("Memory: It is stuck. Take it out.", Texts(report, "[role=status]")[1], StringComparison.Ordinal);
        Assert.Empty(report.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task Undo_AfterDelete_Restores()
    {
        await Core.AddAsync(_root);
        _ = OpenDialog(ChangeKind.Delete, _root);
        Press(Host, "Delete");
        Press(Host, "Undo");

        Eventually(() => Assert.Contains("Restored, and read back", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(["Restore CA certificate"], Texts(Host, ".mud-dialog h6"));
        Assert.False(HasButton(Host, "Undo"));
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await Core.ListAsync()).Status);
    }

    [Fact]
    public async Task Move_ToTheIntermediates_ShowsWhatIsFoundThere()
    {
        await Core.AddAsync(_root);
        _ = OpenDialog(ChangeKind.Move, _root);
        Eventually(() => Assert.Contains("no trust anchor", Assert.Single(Texts(Host, ".finding-warning")), StringComparison.Ordinal));
        Assert.Equal(["PEM bundle files: 1 added, 1 removed"], Texts(Host, ".effects li"));
        Press(Host, "Move");

        Eventually(() => Assert.Contains("Moved, and read back", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(CaStore.CertificateAuthority, Assert.Single(await Core.ListAsync()).Key.Store);
    }

    [Fact]
    public async Task Restore_FromTheRecycleBin_BringsItBack()
    {
        await Core.AddAsync(_root);
        await DeleteAsync(_root);
        _ = OpenDialog(ChangeKind.Restore, _root);
        Eventually(() => Assert.Equal(["Corp Root"], Texts(Host, ".change-list strong")));
        Press(Host, "Restore");

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Single(await Core.ListAsync());
    }

    [Theory]
    [InlineData(ChangeKind.Delete, "Delete")]
    [InlineData(ChangeKind.Move, "Move")]
    [InlineData(ChangeKind.Restore, "Restore")]
    public void Change_OfWhatIsNotThere_SaysThatNothingIsLeftToDo(ChangeKind kind, string verb)
    {
        _ = OpenDialog(kind, _root);

        Eventually(() => Assert.Contains("nothing left to do", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.True(Button(Host, verb).HasAttribute("disabled"));
    }

    [Fact]
    public async Task UndoOfAMove_SaysWhatIsDeletedAndWhatComesBack()
    {
        await Core.AddAsync(_root);
        await Core.MoveAsync(TestCore.KeyOf(_root));
        _ = Open(() => ChangeDialog.ShowUndoAsync(Dialogs, 2, Actor));
        Eventually(() => Assert.Equal(["Corp Root", "Corp Root"], Texts(Host, ".change-list strong")));
        Assert.Equal(["Trusted root, comes back", "Intermediate, is deleted"], Texts(Host, ".change-list-store"));
        Press(Host, "Undo");

        Eventually(() => Assert.Contains("Undone, and read back", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.Equal(CaStore.Root, Assert.Single(await Core.ListAsync()).Key.Store);
    }

    [Fact]
    public async Task UndoOfWhatIsUndoneAlready_SaysThatNothingIsLeft()
    {
        await Core.AddAsync(_root);
        await DeleteAsync(_root);
        _ = Open(() => ChangeDialog.ShowUndoAsync(Dialogs, 1, Actor));

        Eventually(() => Assert.Contains("nothing left to undo", Assert.Single(Texts(Host, "[role=status]")), StringComparison.Ordinal));
        Assert.True(Button(Host, "Undo").HasAttribute("disabled"));
    }

    [Fact]
    public void UndoOfARevisionThatNeverWas_IsTold()
    {
        _ = Open(() => ChangeDialog.ShowUndoAsync(Dialogs, 7, Actor));

        Eventually(() => Assert.Contains("made revision 7", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_OfMany_NamesTheFirstAndCountsTheOthers()
    {
        var roots = Enumerable.Range(0, 10).Select(i => TestCertificates.Root($"Root {i}")).ToArray();
        await Core.AddAsync(roots);
        _ = OpenDialog(ChangeKind.Delete, roots);

        Eventually(() => Assert.Equal(9, Host.FindAll(".change-list > li").Count));
        Assert.Equal("and 2 more", Texts(Host, ".change-list > li")[^1]);
        Assert.Equal(["Delete 10 CA certificates"], Texts(Host, ".mud-dialog h6"));
        Array.ForEach(roots, r => r.Dispose());
    }

    [Fact]
    public async Task Delete_AfterSomebodyElse_ShowsTheDifferenceAndLooksAgain()
    {
        await Core.AddAsync(_root, _other);
        _ = OpenDialog(ChangeKind.Delete, _root);
        Eventually(() => Assert.Single(Host.FindAll(".change-list strong")));
        Do(() => Host.Find("input[maxlength='500']").Change("CHG-2"));
        await DeleteAsync(_other);
        Press(Host, "Delete");
        Eventually(() => Assert.Equal(["bert@example.org deleted Other Root (Trusted root)"], Texts(Host, ".stale-changes li")));
        Assert.Equal(2, (await Core.ListAsync()).Count + 1);
        Press(Host, "Look again");
        Eventually(() => Assert.Equal("CHG-2", Host.Find("input[maxlength='500']").GetAttribute("value")));
        Press(Host, "Delete");

        Eventually(() => Assert.Single(Host.FindAll("[role=status]")));
        Assert.Empty(await Core.ListAsync());
    }

    [Fact]
    public async Task Cancel_BeforeDelete_ChangesNothing()
    {
        await Core.AddAsync(_root);
        var outcome = OpenDialog(ChangeKind.Delete, _root);
        Press(Host, "Cancel");

        Assert.Null(await outcome);
        Assert.Single(await Core.ListAsync());
    }

    [Fact]
    public async Task Database_Missing_IsTold()
    {
        await Core.AddAsync(_root);
        using (Core.WithoutDatabase())
        {
            _ = OpenDialog(ChangeKind.Delete, _root);
            Eventually(() => Assert.Contains("is gone", Assert.Single(Texts(Host, "[role=alert]")), StringComparison.Ordinal));
        }

        Assert.True(Button(Host, "Delete").HasAttribute("disabled"));
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await base.DisposeAsyncCore();
        _root.Dispose();
        _other.Dispose();
    }

    private Task<ChangeOutcome?> OpenDialog(ChangeKind kind, params X509Certificate2[] certificates) =>
        Open(() => ChangeDialog.ShowAsync(Dialogs, kind, [.. certificates.Select(c => TestCore.KeyOf(c))], Actor));

    private async Task DeleteAsync(X509Certificate2 certificate) =>
        await Core.ApplyAsync(await Core.Changes.PlanDeleteAsync([TestCore.KeyOf(certificate)], Cancellation), TestCore.Bert);
}
