using System.Security.Cryptography.X509Certificates;
using Bunit;
using CaPortal.Components.Certificates;
using CaPortal.Components.Changes;
using CaPortal.Core.Activity;
using CaPortal.Core.Changes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Components;

/// <summary>What dialogs say of back-ends before a change is made, and what they ask for.</summary>
public sealed class BackEndEffectTests : BackEndTest
{
    [Fact]
    public async Task Add_OfTheRoot_SaysWhichBackEndBecomesTrustedAndFollowsTheChoice()
    {
        var server = Serve(Issuing);
        await AddTestedAsync(server, "Payments");
        _ = Open(() => AddCertificateDialog.ShowAsync(Dialogs, Actor));
        Upload(("corp.pem", TestFiles.Pem(Root)));
        Eventually(() => Assert.Equal([$"Payments ({AddressOf(server)}) becomes trusted"], Texts(Host, ".backend-effect")));
        Do(() => Host.Find(".choice-check input").Change(false));
        Eventually(() => Assert.Empty(Host.FindAll(".backend-effect")));
        Do(() => Host.Find(".choice-check input").Change(true));

        Eventually(() => Assert.Single(Host.FindAll(".effect-becomestrusted")));
    }

    [Fact]
    public async Task Add_OfAnotherRoot_SaysThatNoneIsAffected()
    {
        using var other = TestCertificates.Root("Other Root");
        await AddTestedAsync(Serve(Issuing), "Payments");
        _ = Open(() => AddCertificateDialog.ShowAsync(Dialogs, Actor));
        Upload(("other.pem", TestFiles.Pem(other)));

        Eventually(() => Assert.Equal(["No known back-end is affected."], Texts(Host, ".backend-effects")));
    }

    [Fact]
    public async Task Add_WithoutBackEnds_SaysNothingOfThem()
    {
        _ = Open(() => AddCertificateDialog.ShowAsync(Dialogs, Actor));
        Upload(("corp.pem", TestFiles.Pem(Root)));
        PressAdd();

        Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-alert[role=status]")));
        Assert.Empty(Host.FindAll(".backend-effects"));
        Assert.Single(await Core.ListAsync());
    }

    [Fact]
    public async Task Delete_OfWhatATrustedBackEndNeeds_AsksForTheName()
    {
        await Core.AddAsync(Root);
        var server = Serve(Issuing);
        var id = await AddTestedAsync(server, "Payments");
        _ = OpenDialog(ChangeKind.Delete, Root);
        Eventually(() => Assert.Equal([$"Payments ({AddressOf(server)}) stops being trusted"], Texts(Host, ".effect-stopsbeingtrusted")));
        Assert.Equal("Corp Root", Host.Find(".typed-phrase bdi").TextContent);
        Assert.True(IsDisabled("Delete"));
        Type("corp root");
        Assert.True(IsDisabled("Delete"));
        Do(() => Host.Find(".change-dialog form").Submit());
        Assert.Single(await Core.ListAsync());
        Type("  Corp Root ");
        Press(Host, "Delete");

        Eventually(() => Assert.NotEmpty(Host.FindAll(".mud-alert[role=status]")));
        Assert.Empty(await Core.ListAsync());
        await Core.Machine.FollowUpsAsync(Cancellation);
        Assert.Equal(TrustVerdict.UnknownIssuer, await VerdictOfAsync(id));
    }

    [Fact]
    public async Task Delete_OfSeveralThatTrustedBackEndsNeed_AsksForTheNumber()
    {
        using var other = TestCertificates.Root("Other Root");
        await Core.AddAsync(Root, other);
        for (var i = 0; i < 5; i++)
            await AddTestedAsync(Serve(Issuing), $"Server {i}");
        _ = OpenDialog(ChangeKind.Delete, Root, other);

        Eventually(() => Assert.Equal(["5 back-ends stop being trusted"], Texts(Host, ".effect-stopsbeingtrusted summary")));
        Assert.False(Host.Find(".effect-stopsbeingtrusted details").HasAttribute("open"));
        Assert.Equal(5, Host.FindAll(".effect-stopsbeingtrusted li").Count);
        Assert.Equal("delete 2 certificates", Host.Find(".typed-phrase").TextContent.Trim());
        Type("delete 2 certificates");
        Eventually(() => Assert.False(IsDisabled("Delete")));
    }

    [Fact]
    public async Task Delete_OfWhatNoBackEndNeeds_AsksForNothing()
    {
        using var other = TestCertificates.Root("Other Root");
        await Core.AddAsync(Root, other);
        await AddTestedAsync(Serve(Issuing), "Payments");
        _ = OpenDialog(ChangeKind.Delete, other);

        Eventually(() => Assert.Equal(["No known back-end is affected."], Texts(Host, ".backend-effects")));
        Assert.Empty(Host.FindAll(".typed-confirmation"));
        Assert.False(IsDisabled("Delete"));
    }

    [Fact]
    public async Task Move_OfTheRootToTheIntermediates_AsksForTheName()
    {
        await Core.AddAsync(Root);
        await AddTestedAsync(Serve(Issuing), "Payments");
        _ = OpenDialog(ChangeKind.Move, Root);
        Eventually(() => Assert.Single(Host.FindAll(".typed-confirmation")));
        Assert.True(IsDisabled("Move"));
        Type("Corp Root");

        Eventually(() => Assert.False(IsDisabled("Move")));
    }

    private Task<ChangeOutcome?> OpenDialog(ChangeKind kind, params X509Certificate2[] certificates) =>
        Open(() => ChangeDialog.ShowAsync(Dialogs, kind, [.. certificates.Select(c => TestCore.KeyOf(c))], Actor));

    private void Type(string text) => Do(() => Host.Find(".typed-confirmation input").Input(text));

    private bool IsDisabled(string button) => Button(Host, button).HasAttribute("disabled");
}
