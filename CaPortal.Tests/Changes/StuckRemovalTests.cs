using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Api;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Changes;

/// <summary>A certificate that one trust store cannot remove, and the changes that come after it.</summary>
public sealed class StuckRemovalTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Stuck Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly MemoryTrustStore _memory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Delete_OfWhatIsStuck_IsNotDoneAndSaysWhy()
    {
        await using var core = await StartAsync();

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_root)));

        Assert.False(outcome.IsInstalled);
        var wrong = Assert.Single(outcome.Wrong);
        Assert.Equal(("memory", "It is stuck.", "Take it out by hand."), (wrong.Name, wrong.Error, wrong.Advice));
        Assert.Equal([TestCore.KeyOf(_root)], wrong.Left);
    }

    [Fact]
    public async Task AddAndDelete_OfOthersAfterwards_AreDoneAndTheTrustStoreGoesOnToSayWhatIsWrong()
    {
        await using var core = await StartAsync();
        await core.DeleteAsync(TestCore.KeyOf(_root));
        var steps = new RecordedSteps();

        var added = Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(core.PlanAll(await core.InspectAsync(TestFiles.Pem(_other))), progress: steps));

        Assert.True(added.IsInstalled);
        Assert.Equal(["memory"], added.Wrong.Select(t => t.Name));
        Assert.True(_memory.Has(TestCore.KeyOf(_other)));
        Assert.Equal(CaCertificateStatus.Installed, Assert.Single(await core.ListAsync()).Status);
        Assert.Equal((ChangeStepState.Done, "Right in all trust stores; 1 of 2 hold all else that they should"), StateOf(steps, "verify"));
        Assert.Equal(ChangeStepState.Failed, StateOf(steps, "store:Memory").State);
        await AssertShownAsync(core);

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_other))).IsInstalled);
        Assert.False(_memory.Has(TestCore.KeyOf(_other)));
        await AssertShownAsync(core);

        Assert.False(Assert.IsType<ChangeOutcome.Applied>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation)).IsInstalled);
    }

    [Fact]
    public async Task Add_WhereTheTrustStoreCannotBeRead_IsNotDone()
    {
        await using var core = await StartAsync();
        _memory.Failure = new TrustStoreException("No.", "Do.");

        Assert.False(Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_other)).IsInstalled);
    }

    [Fact]
    public async Task Api_AddAfterwards_SucceedsAndItsAnswerHasTheTrustStoreThatFailed()
    {
        await using var api = new ApiFixture();
        api.Portal.With("CaPortal:TrustStores:1", _memory.Name)
            .WithServices(services => services.AddSingleton(new TrustStoreKind(_memory.Name, [])).AddSingleton<ITrustStore>(_memory));
        await api.AddAsync(_root);
        _memory.Stuck = TestCore.KeyOf(_root);
        await ApiFixture.ExpectAsync(
            503, api.Administrator.DeleteAsync($"{ApiFixture.CertificatesPath}/{ApiFixture.Sha256(_root)}", Cancellation), "TrustStoreUnavailable");

        foreach (var expected in (string[])["added", "duplicate"])
        {
            var answer = await ApiFixture.ExpectAsync(
                201,
                api.Administrator.PostAsync(ApiFixture.CertificatesPath, ApiFixture.Form(_other.RawData), Cancellation));

            Assert.Equal(expected, (string)answer["items"]![0]!["result"]!);
            var failed = Assert.Single(answer["trustStores"]!.AsArray(), t => (string)t!["name"]! == _memory.Name);
            Assert.Equal(("Failed", "It is stuck."), ((string)failed!["state"]!, (string)failed["error"]!));
        }
    }

    private async Task<TestCore> StartAsync()
    {
        var core = await _memory.StartCoreAsync();
        await core.AddAsync(_root);
        _memory.Stuck = TestCore.KeyOf(_root);
        return core;
    }

    private static (ChangeStepState State, string? Detail) StateOf(RecordedSteps steps, string id)
    {
        var last = steps.Last(id);
        return (last.State, last.Detail);
    }

    private static async Task AssertShownAsync(TestCore core)
    {
        var memory = (await core.Machine.TrustStoresAsync(Cancellation)).InUse.Single(t => t.Name == "memory");
        Assert.Equal((TrustStoreCondition.Failed, "It is stuck."), (memory.Condition, memory.Problem));
        Assert.Equal(
            CaCertificateStatus.Pending,
            (await core.ListAsync(new CaCertificateQuery { Deleted = true })).Single(c => c.Facts.Name == "Stuck Root").Status);
    }
}
