using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inspection;
using CaPortal.Core.Inventory;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;

namespace CaPortal.Tests.Nodes;

/// <summary>What somebody else put into the trust stores.</summary>
public class FoundCertificatesTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Found Root");
    private readonly X509Certificate2 _server = TestCertificates.SelfSignedServer("legacy.corp");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_AddedWithAnEditor_HasItsPlaceFactsAndFindings()
    {
        await using var core = await TestCore.StartAsync();
        using var managed = TestCertificates.Root("Managed");
        using var deleted = TestCertificates.Root("Deleted");
        await core.AddAsync(managed, deleted);
        await core.DeleteAsync(TestCore.KeyOf(deleted));
        await TestFiles.AppendAsync(core.RootsFile, _server, _root, deleted);

        var list = await core.Machine.ListFoundAsync(null, Cancellation);

        Assert.Empty(list.Unread);
        Assert.Equal(["Found Root", "legacy.corp"], list.Certificates.Select(c => c.Facts.Name));
        Assert.All(list.Certificates, c =>
            Assert.Equal(("pem-bundle", core.RootsFile, null), (c.Places.Single().TrustStore, c.Places.Single().Location, c.Fixed)));
        Assert.Empty(list.Certificates[0].Findings);
        Assert.Contains(list.Certificates[1].Findings, f => f is { Code: FindingCode.SelfSignedLeaf, Severity: FindingSeverity.Error });
    }

    [Theory]
    [InlineData("found", "Found Root")]
    [InlineData("CORP legacy", "legacy.corp")]
    [InlineData("roots.pem", "Found Root", "legacy.corp")]
    [InlineData("found legacy")]
    public async Task List_Searched_HasWhatHasAllWords(string search, params string[] expected)
    {
        await using var core = await TestCore.StartAsync();
        await TestFiles.AppendAsync(core.RootsFile, _root, _server);

        Assert.Equal(expected, (await core.Machine.ListFoundAsync(search, Cancellation)).Certificates.Select(c => c.Facts.Name));
    }

    [Fact]
    public async Task List_InTwoTrustStores_IsOneWithBothPlaces()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        memory.Put(_root);
        await TestFiles.AppendAsync(core.RootsFile, _root);

        Assert.Equal(["pem-bundle", "memory"], (await FindAsync(core)).Single().Places.Select(p => p.TrustStore));
    }

    [Fact]
    public async Task List_TrustStoreThatCannotBeRead_TellsWhyAndListsTheOthers()
    {
        var memory = new MemoryTrustStore { Failure = new TrustStoreException("It is away.", "Bring it back.") };
        await using var core = await memory.StartCoreAsync();
        await TestFiles.AppendAsync(core.RootsFile, _root);

        var list = await core.Machine.ListFoundAsync(null, Cancellation);

        Assert.Equal(new UnreadTrustStore("memory", "Memory", "It is away.", "Bring it back."), Assert.Single(list.Unread));
        Assert.Equal("Found Root", Assert.Single(list.Certificates).Facts.Name);
    }

    [Fact]
    public async Task List_NothingChangedMeanwhile_LoadsNothingAgain()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        memory.Put(_root);
        var first = await FindAsync(core);

        Assert.Same(first, await FindAsync(core));
        Assert.Equal(1, memory.Loads);
        memory.Put(_server);
        Assert.Equal(2, (await FindAsync(core)).Count);
        Assert.Equal(2, memory.Loads);
    }

    [Fact]
    public async Task List_TrustStoreWithTheOperatingSystemsRoots_HasTheOthersAlone()
    {
        using var folder = new TemporaryDirectory();
        using var systems = TestCertificates.Root("The System's");
        await TestFiles.AppendAsync(folder["system.crt"], systems);
        var memory = new MemoryTrustStore { ShowsOperatingSystem = true };
        await using var core = await memory.StartCoreAsync(systemRoots: folder["system.crt"]);
        memory.Put(systems);
        memory.Put(_root);

        Assert.Equal(["Found Root"], (await FindAsync(core)).Select(c => c.Facts.Name));
    }

    [Fact]
    public async Task Adopt_Found_IsManagedInEveryTrustStoreAndFoundNoMore()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        memory.Put(_root);
        var plan = await core.Changes.PlanAdoptAsync([TestCore.KeyOf(_root)], new HashSet<FindingCode>(), Cancellation);
        Assert.Equal([("pem-bundle", 1), ("memory", 0)], plan.Effects.Select(e => (e.Name, e.Adds)));

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, reason: "ours")).IsInstalled);

        var adopted = Assert.Single(await core.ListAsync());
        Assert.Equal(("Found Root", CaCertificateStatus.Installed, "ours"), (adopted.Facts.Name, adopted.Status, adopted.Description));
        Assert.Contains(
            _root.ExportCertificatePem().ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(core.RootsFile, Cancellation),
            StringComparison.Ordinal);
        Assert.Empty(await FindAsync(core));
        Assert.Equal(["Adopt", "Outcome"], await ActionsAsync(core));
    }

    [Fact]
    public async Task Adopt_WithAnError_NeedsItsOverrideAndAReason()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        memory.Put(_server);
        CaCertificateKey[] keys = [TestCore.KeyOf(_server)];

        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(await core.Changes.PlanAdoptAsync(keys, new HashSet<FindingCode>(), Cancellation)));
        var accepting = await core.Changes.PlanAdoptAsync(keys, new HashSet<FindingCode> { FindingCode.SelfSignedLeaf }, Cancellation);
        Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(accepting));
        Assert.Empty(await core.ListAsync());
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(accepting, reason: "in use until June"));
        Assert.Single(await core.ListAsync());
    }

    [Fact]
    public async Task Adopt_WhatIsNotThere_IsUnchanged()
    {
        await using var core = await TestCore.StartAsync();

        Assert.IsType<ChangeOutcome.Unchanged>(
            await core.ApplyAsync(await core.Changes.PlanAdoptAsync([TestCore.KeyOf(_root)], new HashSet<FindingCode>(), Cancellation)));
    }

    [Fact]
    public async Task RemoveFound_FromEveryPlace_IsGoneRecordedAndCanBeRestored()
    {
        var memory = new MemoryTrustStore();
        await using var core = await memory.StartCoreAsync();
        memory.Put(_root);
        await TestFiles.AppendAsync(core.RootsFile, _root, _server);
        var plan = await PlanRemoveAsync(core, _root);
        Assert.Equal([("pem-bundle", 1), ("memory", 1)], plan.Effects.Select(e => (e.Name, e.Removes)));

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, TestCore.Bert, "not ours")).IsInstalled);

        Assert.False(memory.Has(TestCore.KeyOf(_root)));
        Assert.DoesNotContain(
            _root.ExportCertificatePem().ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(core.RootsFile, Cancellation),
            StringComparison.Ordinal);
        Assert.Equal(["legacy.corp"], (await FindAsync(core)).Select(c => c.Facts.Name));
        var deleted = Assert.Single(await core.ListAsync(new CaCertificateQuery { Deleted = true }));
        Assert.Equal(
            ("Found Root", TestCore.Bert.Name, "not ours", CaCertificateStatus.Installed),
            (deleted.Facts.Name, deleted.Removal!.By, deleted.Removal.Reason, deleted.Status));
        Assert.Equal(["RemoveFound", "Outcome"], await ActionsAsync(core));

        // Who puts it back finds it taken out again.
        memory.Put(_root);
        await core.MaintainAsync();
        Assert.False(memory.Has(TestCore.KeyOf(_root)));

        await core.RestoreAsync(TestCore.KeyOf(_root));
        Assert.True(memory.Has(TestCore.KeyOf(_root)));
        Assert.Equal("Found Root", Assert.Single(await core.ListAsync()).Facts.Name);
    }

    [Fact]
    public async Task RemoveFound_Fixed_IsRefusedWithTheReason()
    {
        var memory = new MemoryTrustStore { Fixed = "It shares its file with others." };
        await using var core = await memory.StartCoreAsync();
        memory.Put(_root);
        var plan = await PlanRemoveAsync(core, _root);

        Assert.Equal("It shares its file with others.", Assert.Single(plan.RefusedRemovals).Reason);
        Assert.Equal("It shares its file with others.", Assert.IsType<ChangeOutcome.Refused>(await core.ApplyAsync(plan)).Message);
        Assert.True(memory.Has(TestCore.KeyOf(_root)));
        Assert.Equal(["Refused"], await ActionsAsync(core));
    }

    [Fact]
    public async Task Change_OfAReaderOrOfAnOlderRevision_IsNotMade()
    {
        await using var core = await TestCore.StartAsync();
        await TestFiles.AppendAsync(core.RootsFile, _root);
        var remove = await PlanRemoveAsync(core, _root);
        var adopt = await core.Changes.PlanAdoptAsync([TestCore.KeyOf(_root)], new HashSet<FindingCode>(), Cancellation);

        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(remove, TestCore.Reader));
        Assert.IsType<ChangeOutcome.Forbidden>(await core.ApplyAsync(adopt, TestCore.Reader));
        using var other = TestCertificates.Root("Other");
        await core.AddAsync(other);
        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(remove));
        Assert.IsType<ChangeOutcome.Stale>(await core.ApplyAsync(adopt));
        Assert.Single(await FindAsync(core));
    }

    [Fact]
    public async Task View_IntermediateOfAFoundRoot_HasItsDetailsAndPath()
    {
        await using var core = await TestCore.StartAsync();
        using var issuing = TestCertificates.Intermediate(_root, "Found Issuing");
        await TestFiles.AppendAsync(core.RootsFile, _root, issuing);

        var view = await core.Machine.ViewUnmanagedAsync(TestCore.KeyOf(issuing), Cancellation);

        Assert.Equal(["Found Issuing", "Found Root"], view!.Path.Select(s => s.Facts.Name));
        Assert.Contains(view.Details.General, d => d.Value == issuing.Thumbprint);
        Assert.Contains(view.Certificate.Findings, f => f.Code == FindingCode.IntermediateInRoot);
        Assert.Null(await core.Machine.ViewUnmanagedAsync(TestCore.KeyOf(_server), Cancellation));
    }

    public void Dispose()
    {
        _root.Dispose();
        _server.Dispose();
    }

    private static async Task<IReadOnlyList<UnmanagedCertificate>> FindAsync(TestCore core) =>
        (await core.Machine.ListFoundAsync(null, Cancellation)).Certificates;

    private static Task<ChangePlan> PlanRemoveAsync(TestCore core, X509Certificate2 certificate) =>
        core.Changes.PlanRemoveFoundAsync([TestCore.KeyOf(certificate)], Cancellation);

    private static Task<List<string>> ActionsAsync(TestCore core) =>
        core.QueryAsync(db => db.Activity.OrderBy(a => a.Sequence).Select(a => a.Action).ToListAsync(Cancellation));
}

/// <inheritdoc/>
[OnPostgres]
public sealed class FoundCertificatesTestsOnPostgres : FoundCertificatesTests;
