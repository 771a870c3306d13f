using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.BackEnds;

/// <summary>What a change does to back-ends: foreseen, stored at once, and proved behind it.</summary>
public class BackEndEffectTests
{
    private readonly RecordedSteps _steps = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_MissingRoot_BecomesTrustedAsForeseen()
    {
        await using var lab = await BackEndLab.StartAsync();
        var server = lab.Serve();
        var id = await lab.AddTestedAsync(server.Port, "Payments");
        var plan = await lab.PlanAddAsync(lab.Root);

        var effect = Assert.Single(await lab.Service.EffectOfAsync(plan, Cancellation));
        var applied = await lab.ApplyAsync(plan, _steps);

        Assert.Equal((id, "Payments", server.Port, BackEndEffectKind.BecomesTrusted), (effect.Id, effect.Name, effect.Address.Port, effect.Kind));
        Assert.Equal((TrustVerdict.UnknownIssuer, TrustVerdict.Trusted), (effect.Before.Verdict, effect.After.Verdict));
        Assert.Equal(id, Assert.Single(applied.BackEnds).Id);
        Assert.Equal((ChangeStepState.Done, "1 of 1 as foreseen"), (_steps.Last("back-ends").State, _steps.Last("back-ends").Detail));
        Assert.Equal(TrustVerdict.Trusted, (await lab.SummaryAsync(id)).Verdict);
        var entry = Assert.Single(await lab.ActivityAsync("TestBackEnds"));
        Assert.Equal((TestCore.Anna.Name, applied.Revision), (entry.Actor, entry.RevisionAfter));
        Assert.Contains("\"foreseen\":\"Trusted\"", entry.Details, StringComparison.Ordinal);
        Assert.Contains("\"found\":\"Trusted\"", entry.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_NamesakeWithoutIdentifiers_IsShownLikeOneThatStopsBeingTrusted()
    {
        await using var lab = await BackEndLab.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var real = lab.Keep(NamesakeOf(key));
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var other = lab.Keep(NamesakeOf(otherKey));
        var server = lab.Serve(lab.Keep((CertificateTemplate.Server(real) with { HidesIssuerKey = true }).Create()));
        await lab.ApplyAsync(await lab.PlanAddAsync(real));
        var id = await lab.AddTestedAsync(server.Port, "Payments");

        var inspection = await lab.Core.InspectAsync(TestFiles.Pem(other));
        var plan = lab.Core.PlanAll(inspection);
        var effect = Assert.Single(await lab.Service.EffectOfAsync(plan, Cancellation));
        var refused = Assert.IsType<ChangeOutcome.Refused>(await lab.Core.ApplyAsync(plan));
        await lab.ApplyAsync(plan);

        Assert.Equal((RefusalCode.BackEndsDependOnIt, id), (refused.Code, Assert.Single(refused.Stopping).Id));
        var finding = Assert.Single(Assert.Single(inspection.Items).Findings, f => f.Code == FindingCode.SameSubjectOtherKey);
        Assert.Equal(FindingSeverity.Warning, finding.Severity);
        Assert.Contains("the certificates of “Payments”: clients that take the wrong one refuse these back-ends.", finding.Message, StringComparison.Ordinal);
        Assert.Equal((TrustVerdict.Trusted, BackEndEffectKind.StopsBeingTrusted), (effect.Before.Verdict, effect.Kind));
        Assert.NotEmpty(effect.Losing);
        Assert.False((await lab.SummaryAsync(id)).Verdict!.Value.IsTrusted);
        Assert.Equal(effect.After.Verdict, (await lab.SummaryAsync(id)).Verdict);
    }

    [Fact]
    public async Task Add_IntermediateAsARoot_SaysThatItDependsOnTheClient()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);

        // To curl each certificate among the roots is an anchor; .NET and OpenSSL by itself go on to a self-signed one.
        var plan = lab.Core.PlanAll(await lab.Core.InspectAsync(TestFiles.Pem(lab.Issuing)), CaStore.Root);
        var effect = Assert.Single(await lab.Service.EffectOfAsync(plan, Cancellation));

        Assert.Equal((id, BackEndEffectKind.DependsOnClient, TrustVerdict.DependsOnClient), (effect.Id, effect.Kind, effect.After.Verdict));
        Assert.Equal(["curl"], effect.Gaining);
    }

    [Fact]
    public async Task Edit_ClientsThatCount_ChangeTheVerdictOfThatBackEndAlone()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.ApplyAsync(await lab.PlanAddAsync(lab.Root));
        var server = lab.Keep((CertificateTemplate.Server(lab.Issuing) with { HidesIssuerKey = true }).Create());
        var (strict, other) = (lab.Serve(server, lab.Issuing), lab.Serve(server, lab.Issuing));
        var (id, otherId) = (await lab.AddTestedAsync(strict.Port, "Strict"), await lab.AddTestedAsync(other.Port, "Other"));
        Assert.Equal(TrustVerdict.Trusted, (await lab.SummaryAsync(id)).Verdict);

        var draft = new BackEndDraft(new BackEndAddress("127.0.0.1", strict.Port, null), "Strict") { Clients = ["dotnet", "python"] };
        Assert.IsType<BackEndOutcome.Done>(await lab.Service.EditAsync(id, draft, TestCore.Anna, Cancellation));
        await lab.TestAsync(id, otherId);

        Assert.Equal((TrustVerdict.DependsOnClient, TrustVerdict.Trusted), ((await lab.SummaryAsync(id)).Verdict, (await lab.SummaryAsync(otherId)).Verdict));
        Assert.Equal(["dotnet", "python"], (await lab.SummaryAsync(id)).Clients);
        Assert.Contains("\"clients\":\"dotnet,python\"", Assert.Single(await lab.ActivityAsync("EditBackEnd")).Details, StringComparison.Ordinal);

        var refused = Assert.IsType<BackEndOutcome.Refused>(
            await lab.Service.EditAsync(id, draft with { Clients = ["netscape"] }, TestCore.Anna, Cancellation));
        Assert.Contains("'netscape' is not the name of a client", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_BeforeAnythingIsTested_VerdictsAreThoseOfTheListNow()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        var silent = lab.ServeInSilence();
        await lab.Core.ExecuteAsync($"UPDATE back_end SET port = {silent.Port}");
        var told = 0;
        lab.Service.Changed += () => told++;

        var applied = Assert.IsType<ChangeOutcome.Applied>(await lab.Core.ApplyAsync(await lab.PlanAddAsync(lab.Root), progress: _steps));
        await silent.Reached;

        var found = await lab.SummaryAsync(id);
        Assert.Equal((TrustVerdict.Trusted, "Lab Root", true), (found.Verdict, found.Anchor?.Name, found.IsTesting));
        Assert.Equal(1, told);
        Assert.Equal(ChangeStepState.Running, _steps.Last("back-ends").State);
        Assert.Single(await lab.ListAsync(new BackEndQuery { Search = "lab root" }));

        silent.Release();
        await applied.FollowUps;
        var step = _steps.Last("back-ends");
        Assert.Equal(ChangeStepState.Failed, step.State);
        Assert.StartsWith("0 of 1 as foreseen. 127.0.0.1 was foreseen to be trusted and is not: ", step.Detail, StringComparison.Ordinal);
        Assert.Contains("\"isAsForeseen\":false", Assert.Single(await lab.ActivityAsync("TestBackEnds")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_Root_StopsThoseThatDependOnItAndNoOthers()
    {
        await using var lab = await BackEndLab.StartAsync();
        var other = lab.Keep(TestCertificates.Root("Other Root"));
        await lab.Core.AddAsync(lab.Root, other);
        var depending = await lab.AddTestedAsync(lab.Serve().Port);
        var independent = await lab.AddTestedAsync(lab.Serve(lab.Keep(TestCertificates.Server(other))).Port);
        var checkedAt = (await lab.SummaryAsync(independent)).CheckedAt;
        var plan = await lab.PlanDeleteAsync(lab.Root);

        var effect = Assert.Single(await lab.Service.EffectOfAsync(plan, Cancellation));
        await lab.ApplyAsync(plan, _steps);

        Assert.Equal((depending, BackEndEffectKind.StopsBeingTrusted), (effect.Id, effect.Kind));
        Assert.Equal("1 of 1 as foreseen", _steps.Last("back-ends").Detail);
        var stopped = await lab.SummaryAsync(depending);
        Assert.Equal((TrustVerdict.UnknownIssuer, null), (stopped.Verdict, stopped.Anchor));
        var left = await lab.SummaryAsync(independent);
        Assert.Equal((TrustVerdict.Trusted, checkedAt), (left.Verdict, left.CheckedAt));
    }

    [Fact]
    public async Task Restore_AndMove_AreForeseenToo()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        await lab.AddTestedAsync(lab.Serve().Port);

        var move = Assert.Single(await lab.Service.EffectOfAsync(await lab.Core.Changes.PlanMoveAsync([TestCore.KeyOf(lab.Root)], Cancellation), Cancellation));
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Root));
        var restore = Assert.Single(
            await lab.Service.EffectOfAsync(await lab.Core.Changes.PlanRestoreAsync([TestCore.KeyOf(lab.Root)], Cancellation), Cancellation));

        Assert.Equal((BackEndEffectKind.StopsBeingTrusted, TrustVerdict.UntrustedRoot), (move.Kind, move.After.Verdict));
        Assert.Equal(BackEndEffectKind.BecomesTrusted, restore.Kind);
    }

    [Fact]
    public async Task Effect_OfEveryKind_StopsFirstThenByName()
    {
        await using var lab = await BackEndLab.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var twin = lab.Keep(Root(key, 5));
        var twinToo = lab.Keep(Root(key, 6));
        var staying = lab.Keep(TestCertificates.Root("Staying Root"));
        var coming = lab.Keep(TestCertificates.Root("Coming Root"));
        await lab.Core.AddAsync(lab.Root, twin, twinToo);
        await lab.AddTestedAsync(lab.Serve(lab.Keep(TestCertificates.Server(twin))).Port, "Path");
        await lab.AddTestedAsync(lab.Serve().Port, "zulu");
        await lab.AddTestedAsync(lab.Serve().Port, "Alpha");
        await lab.AddTestedAsync(lab.Serve(lab.Keep(TestCertificates.Server(coming))).Port, "Coming");
        await lab.AddTestedAsync(lab.Serve(lab.Keep(TestCertificates.Server(staying))).Port, "Staying");
        var anchor = (await lab.ListAsync()).Single(b => b.Name == "Path").Anchor!.Sha256;

        var add = await lab.PlanAddAsync(coming);
        var aside = lab.Core.PlanAll(await lab.Core.InspectAsync(TestFiles.Pem(staying)), CaStore.CertificateAuthority);
        var delete = await lab.Core.Changes.PlanDeleteAsync([TestCore.KeyOf(lab.Root), new CaCertificateKey(CaStore.Root, anchor)], Cancellation);
        var effects = await lab.Service.EffectOfAsync(delete with { Additions = [.. add.Additions, .. Forced(aside, staying)] }, Cancellation);

        Assert.Equal(
            [
                ("Alpha", BackEndEffectKind.StopsBeingTrusted), ("zulu", BackEndEffectKind.StopsBeingTrusted), ("Coming", BackEndEffectKind.BecomesTrusted),
                ("Staying", BackEndEffectKind.StaysUntrusted), ("Path", BackEndEffectKind.ChangesPath),
            ],
            effects.Select(e => (e.Name, e.Kind)));
        Assert.NotEqual(effects[^1].Before.Anchor!.Facts.Sha256, effects[^1].After.Anchor!.Facts.Sha256);
    }

    [Fact]
    public async Task Apply_WithoutAffectedBackEnds_HasNoStepAndTestsNothing()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        var before = await lab.SummaryAsync(id);
        var plan = await lab.PlanAddAsync(lab.Keep(TestCertificates.Root("Unrelated")));

        Assert.Empty(await lab.Service.EffectOfAsync(plan, Cancellation));
        await lab.ApplyAsync(plan, _steps);

        Assert.False(_steps.Has("back-ends"));
        Assert.Equal(before.CheckedAt, (await lab.SummaryAsync(id)).CheckedAt);
        Assert.Empty(await lab.ActivityAsync("TestBackEnds"));
    }

    [Fact]
    public async Task Apply_BackEndThatDoesNotAnswer_StaysUnreachedAndItsAnchorFollows()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        var server = lab.Serve();
        var id = await lab.AddTestedAsync(server.Port);
        await server.StopAsync();
        await lab.TestAsync(id);

        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Root));

        var found = await lab.SummaryAsync(id);
        Assert.Equal((TrustVerdict.Refused, null), (found.Verdict, found.Anchor));
    }

    [Fact]
    public async Task Apply_BackEndDeletedMeanwhile_SkipsTheStep()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        var silent = lab.ServeInSilence();
        await lab.Core.ExecuteAsync($"UPDATE back_end SET port = {silent.Port}");
        var applied = Assert.IsType<ChangeOutcome.Applied>(await lab.Core.ApplyAsync(await lab.PlanAddAsync(lab.Root), progress: _steps));
        await silent.Reached;

        await lab.Service.DeleteAsync([id], TestCore.Bert, Cancellation);
        silent.Release();
        await applied.FollowUps;

        Assert.Equal(ChangeStepState.Skipped, _steps.Last("back-ends").State);
    }

    [Fact]
    public async Task Apply_BackEndTestedWhileItIsMade_IsStoredAsTheListIsThen()
    {
        using var folder = new TemporaryDirectory();
        Func<Task>? meanwhile = null;
        await using var lab = await BackEndLab.StartAsync(
            folder["data"],
            DatabaseHooks.BeforeTransaction(() => Interlocked.Exchange(ref meanwhile, null)?.Invoke() ?? Task.CompletedTask));
        var id = await lab.AddAsync(lab.Serve().Port);
        var plan = await lab.PlanAddAsync(lab.Root);
        meanwhile = async () =>
        {
            await lab.TestAsync(id);
            Assert.Equal(TrustVerdict.UnknownIssuer, (await lab.SummaryAsync(id)).Verdict);
        };

        await lab.ApplyAsync(plan);

        Assert.Equal(TrustVerdict.Trusted, (await lab.SummaryAsync(id)).Verdict);
    }

    [Fact]
    public async Task View_AfterTimeHasPassed_IsJudgedNow()
    {
        var time = FakeTime.FromNow();
        await using var lab = await BackEndLab.StartAsync(time);
        await lab.Core.AddAsync(lab.Root);
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        Assert.Equal(TrustVerdict.Trusted, (await lab.ViewAsync(id)).Judgement.Verdict);

        time.Advance(TimeSpan.FromDays(6 * 365));

        Assert.Equal(TrustVerdict.Expired, (await lab.ViewAsync(id)).Judgement.Verdict);
        Assert.Equal(TrustVerdict.Expired, Assert.Single(await lab.Service.EffectOfAsync(await lab.PlanDeleteAsync(lab.Root), Cancellation)).Before.Verdict);
    }

    [Fact]
    public async Task View_AnotherListAtTheSameRevision_IsNotTakenForTheOneBefore()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        Assert.Equal(TrustVerdict.Trusted, (await lab.ViewAsync(id)).Judgement.Verdict);

        // As in a list that was begun again, after as many changes.
        await lab.Core.ExecuteAsync(
            $"UPDATE ca_certificate SET removed_revision = 1; UPDATE service_instance SET desired_hash = '{Core.TrustStores.SetHash.Of([])}'");

        Assert.Equal(TrustVerdict.UnknownIssuer, (await lab.ViewAsync(id)).Judgement.Verdict);
    }

    private static X509Certificate2 Root(ECDsa key, int years) =>
        TestCertificates
            .CaRequest("CN=Twin Root, O=CaPortal Tests", key)
            .CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(years));

    /// <summary>An addition that a person would have to accept an error for.</summary>
    private static IEnumerable<PlannedAddition> Forced(ChangePlan plan, X509Certificate2 certificate) => plan.Additions.Count > 0
        ? plan.Additions
        : [new PlannedAddition
        {
            Key = TestCore.KeyOf(certificate, CaStore.CertificateAuthority),
            Facts = Assert.Single(plan.Items).Item.Facts!,
            Der = certificate.RawData,
            Findings = [],
            Accepted = new HashSet<FindingCode>(),
        }];

    private static X509Certificate2 NamesakeOf(ECDsa key)
    {
        var request = new CertificateRequest("CN=Namesake", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(5));
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class BackEndEffectTestsOnPostgres : BackEndEffectTests;
