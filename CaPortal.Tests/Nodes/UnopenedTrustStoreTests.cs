using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Programs;
using CaPortal.Tests.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Nodes;

/// <summary>A trust store that a program cannot open after a change has failed, and what did it is taken out of it again.</summary>
public sealed class UnopenedTrustStoreTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _good = TestCertificates.Root("Good Root");
    private readonly X509Certificate2 _bad = TestCertificates.Root("Bad Root");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _good.Dispose();
        _bad.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Add_WhatAProgramCannotOpenTheFileWith_IsTakenOutAgainAndFailed()
    {
        await using var core = await StartAsync(_bad);
        await AddAsync(core, _good);

        await AddAsync(core, _bad);

        Assert.Equal([TestCore.KeyOf(_good)], await InFileAsync(core));
        Assert.Equal(
            [("CN=Bad Root, O=CaPortal Tests", CaCertificateStatus.Failed), ("CN=Good Root, O=CaPortal Tests", CaCertificateStatus.Installed)],
            (await core.ListAsync()).Select(c => (c.Facts.Subject, c.Status)).Order());
        var store = (await core.Machine.TrustStoresAsync(Cancellation)).TrustStores.Single(t => t.Name == "pem-bundle");
        Assert.Equal("A program could not open this trust store after 1 certificate had been added, so it was taken out again.", store.Problem);
        Assert.NotNull(await core.QueryAsync(db => db.NodeStatuses.Select(n => n.WrongSince).SingleAsync(Cancellation)));
        var proof = await core.QueryAsync(db =>
            db.Activity.Where(a => a.Action == "Proof").OrderBy(a => a.Sequence).Select(a => a.Details).LastAsync(Cancellation));
        Assert.Contains("Picky cannot open it. What was added last has been taken out again.", proof, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Maintain_AfterSomethingWasTakenBack_LeavesItOutAndHealsTheRest()
    {
        await using (var core = await StartAsync(_bad))
        {
            await AddAsync(core, _good);
            await AddAsync(core, _bad);
        }

        await using var again = await StartAsync(_bad);
        await again.MaintainAsync();
        File.Delete(again.RootsFile);
        var outcome = Assert.Single(await again.MaintainAsync());

        Assert.Equal([TestCore.KeyOf(_good)], await InFileAsync(again));
        Assert.Equal(TrustStoreResult.Failed, outcome.Result);
        Assert.Equal([TestCore.KeyOf(_bad)], outcome.Missing);
    }

    [Fact]
    public async Task Maintain_FileThatCannotBeReadMeanwhile_StillLeavesOutWhatWasTakenBack()
    {
        await using var core = await StartAsync(_bad);
        await AddAsync(core, _good);
        await AddAsync(core, _bad);
        File.Delete(core.RootsFile);
        File.CreateSymbolicLink(core.RootsFile, core.RootsFile);
        Assert.Null(Assert.Single(await core.MaintainAsync()).ObservedHash);

        File.Delete(core.RootsFile);
        await core.Machine.VerifyAsync(TestCore.Anna, Cancellation);
        await core.Get<TrustStoreSync>().RunAsync(TestCore.Anna, null, Cancellation);

        Assert.Equal([TestCore.KeyOf(_good)], await InFileAsync(core));
    }

    [Fact]
    public async Task Repair_ProgramThatStillCannotOpenTheFile_TakesItOutAgain()
    {
        await using var core = await StartAsync(_bad);
        await AddAsync(core, _good);
        await AddAsync(core, _bad);

        var repaired = Assert.IsType<ChangeOutcome.Applied>(await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation));
        await repaired.FollowUps;

        Assert.Equal([TestCore.KeyOf(_good)], await InFileAsync(core));
    }

    [Fact]
    public async Task Repair_AfterSomethingWasTakenBack_TriesItAgain()
    {
        await using (var core = await StartAsync(_bad))
        {
            await AddAsync(core, _good);
            await AddAsync(core, _bad);
        }

        await using var again = await StartAsync(null);
        var repaired = Assert.IsType<ChangeOutcome.Applied>(await again.Machine.RepairAsync(TestCore.Anna, null, Cancellation));

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(repaired.TrustStores).Result);
        Assert.Equal(2, (await InFileAsync(again)).Count);
    }

    [Fact]
    public async Task Delete_WhatWasTakenBack_LeavesNothingFailed()
    {
        await using var core = await StartAsync(_bad);
        await AddAsync(core, _good);
        await AddAsync(core, _bad);

        var deleted = Assert.IsType<ChangeOutcome.Applied>(await core.DeleteAsync(TestCore.KeyOf(_bad)));

        Assert.Equal(TrustStoreResult.Installed, Assert.Single(deleted.TrustStores).Result);
    }

    [Fact]
    public async Task Add_WhereTheProgramCannotOpenTheFileWithoutItEither_PutsItBack()
    {
        await using (var core = await StartAsync(null))
            await AddAsync(core, _good);

        await using var broken = await StartAsync(_good);
        await AddAsync(broken, _bad);

        Assert.Equal(2, (await InFileAsync(broken)).Count);
        Assert.All(await broken.ListAsync(), c => Assert.Equal(CaCertificateStatus.Installed, c.Status));
        var proof = await broken.QueryAsync(db =>
            db.Activity.Where(a => a.Action == "Proof").OrderBy(a => a.Sequence).Select(a => a.Details).LastAsync(Cancellation));
        Assert.Contains("Nor could it without what was added last, so that is there still.", proof, StringComparison.Ordinal);
    }

    private async Task<TestCore> StartAsync(X509Certificate2? poison) =>
        await TestCore.StartAsync(_folder["data"], register: s => s.AddSingleton<ITrustProgram>(new PickyProgram(poison)));

    private static async Task AddAsync(TestCore core, X509Certificate2 certificate)
    {
        await Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(certificate)).FollowUps;
        await core.Machine.FollowUpsAsync(Cancellation);
    }

    private static async Task<IReadOnlySet<CaCertificateKey>> InFileAsync(TestCore core) =>
        (await core.Get<TrustStoreSelection>().Enabled.Single().ReadAsync(Cancellation)).Certificates;

    /// <summary>A program that opens no file with a certificate that it does not like.</summary>
    private sealed class PickyProgram(X509Certificate2? poison) : ITrustProgram
    {
        public string Name => "Picky";

        public bool IsAvailable => true;

        public bool Reads(ITrustStore store) => true;

        public async Task<IReadOnlyDictionary<CaCertificateKey, bool>> AskAsync(
            ITrustStore store, IReadOnlyList<TrustedCertificate> certificates, CancellationToken cancellationToken)
        {
            var text = await File.ReadAllTextAsync(store.Location(CaStore.Root), cancellationToken);
            if (poison is not null && Has(poison.RawData))
                throw new TrustProgramException("Picky cannot open it") { CannotOpen = true };
            return certificates.ToDictionary(c => c.Key, c => Has(c.Der.Span));

            bool Has(ReadOnlySpan<byte> der) => text.Contains(PemEncoding.WriteString("CERTIFICATE", der), StringComparison.Ordinal);
        }
    }
}
