using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Changes;

public class CertificateChangesTests
{
    [Fact]
    public async Task Apply_NewRoot_IsListedInstalledAndInTheBundle()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Corp Root");

        var outcome = Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(root));

        Assert.Equal(1, outcome.Revision);
        Assert.True(outcome.IsInstalled);
        var listed = Assert.Single(await core.ListAsync());
        Assert.Equal(("Corp Root", CaStore.Root, CaCertificateStatus.Installed), (listed.Facts.Name, listed.Key.Store, listed.Status));
        Assert.Equal(TestCore.Anna.Name, listed.AddedBy);
        Assert.Contains(
            root.ExportCertificatePem().ReplaceLineEndings("\n"),
            await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Apply_Delete_MovesToTheRecycleBinAndOutOfTheBundle()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Corp Root");
        await core.AddAsync(root);

        var plan = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(root)], TestContext.Current.CancellationToken);
        var outcome = await core.ApplyAsync(plan, TestCore.Bert, "no longer used");

        Assert.True(Assert.IsType<ChangeOutcome.Applied>(outcome).IsInstalled);
        Assert.Empty(await core.ListAsync());
        var deleted = Assert.Single(await core.ListAsync(new CaCertificateQuery { Deleted = true }));
        Assert.Equal((TestCore.Bert.Name, "no longer used"), (deleted.Removal!.By, deleted.Removal.Reason));
        Assert.DoesNotContain(
            "BEGIN CERTIFICATE",
            await File.ReadAllTextAsync(core.RootsFile, TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class CertificateChangesTestsOnPostgres : CertificateChangesTests;
