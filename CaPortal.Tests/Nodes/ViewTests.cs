using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Activity;
using CaPortal.Core.Certificates;
using CaPortal.Core.Inventory;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Nodes;

public class ViewTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task View_SeveralLevels_HasThePathToTheRoot()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Root");
        using var one = TestCertificates.Intermediate(root, "One");
        using var two = TestCertificates.Intermediate(one, "Two");
        using var three = TestCertificates.Intermediate(two, "Three");
        await core.AddAsync(root, one, two, three);

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(three, CaStore.CertificateAuthority), Cancellation);

        Assert.Equal(["Three", "Two", "One", "Root"], view!.Path.Select(p => p.Facts.Name));
        Assert.All(view.Path, p => Assert.Equal(SignatureVerdict.Valid, p.Signature));
    }

    [Fact]
    public async Task View_IssuerNotKnown_EndsThere()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Root");
        using var sub = TestCertificates.Intermediate(root, "Sub");
        await core.AddAsync(sub);

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(sub, CaStore.CertificateAuthority), Cancellation);

        Assert.Null(Assert.Single(view!.Path).Signature);
    }

    [Fact]
    public async Task View_CertificatesThatIssuedEachOther_Ends()
    {
        await using var core = await TestCore.StartAsync();
        using var a = TestCertificates.Root("A");
        using var b = TestCertificates.Root("B");
        using var aByB = CrossSigned(a, b);
        using var bByA = CrossSigned(b, a);
        await core.AddAsync(aByB, bByA);

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(aByB, CaStore.CertificateAuthority), Cancellation);

        Assert.Equal(["A", "B"], view!.Path.Select(p => p.Facts.Name));
    }

    [Fact]
    public async Task View_Relatives_AreWhatItIssuedAndWhatHasItsName()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Root");
        using var renewed = TestCertificates.Root("Root", notAfter: TestCertificates.Yesterday.AddYears(20));
        using var ofRoot = TestCertificates.Intermediate(root, "Of root");
        using var alsoOfRoot = TestCertificates.Intermediate(root, "Also of root");
        using var ofRenewed = TestCertificates.Intermediate(renewed, "Of the renewed one");
        await core.AddAsync(root, renewed, ofRoot, alsoOfRoot, ofRenewed);

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(root), Cancellation);
        var other = await core.Machine.ViewAsync(TestCore.KeyOf(renewed), Cancellation);

        Assert.Equal(["Also of root", "Of root"], view!.Issued.Select(c => c.Facts.Name));
        Assert.Equal([Thumbprints.Sha256(renewed.RawData)], view.Namesakes.Select(c => c.Key.Sha256));
        Assert.Equal(["Of the renewed one"], other!.Issued.Select(c => c.Facts.Name));
        Assert.Equal(root.RawData, view.Der.ToArray());
    }

    [Fact]
    public async Task View_Places_SayWhereItIsAndWhyNot()
    {
        await using var core = await TestCore.StartAsync();
        Directory.CreateDirectory(core.RootsFile);
        using var root = TestCertificates.Root();
        await core.AddAsync(root);

        var missing = Assert.Single((await core.Machine.ViewAsync(TestCore.KeyOf(root), Cancellation))!.Places);
        Assert.Equal((CertificatePresence.Missing, core.RootsFile), (missing.Presence, missing.Location));
        Assert.NotNull(missing.Problem);
        Assert.NotNull(missing.Advice);

        Directory.Delete(core.RootsFile);
        await core.Machine.RepairAsync(TestCore.Anna, null, Cancellation);
        var present = Assert.Single((await core.Machine.ViewAsync(TestCore.KeyOf(root), Cancellation))!.Places);
        Assert.Equal((CertificatePresence.Present, null), (present.Presence, present.Problem));
    }

    [Fact]
    public async Task View_DeletedAndRestored_HasTheWholeHistory()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root();
        using var another = TestCertificates.Root("Another");
        await core.AddAsync(root, another);
        var delete = await core.Changes.PlanDeleteAsync([TestCore.KeyOf(root)], Cancellation);
        await core.ApplyAsync(delete, TestCore.Bert, "not needed");
        Assert.Null(await core.Machine.ViewAsync(TestCore.KeyOf(root), Cancellation));
        await core.RestoreAsync(TestCore.KeyOf(root));

        var view = await core.Machine.ViewAsync(TestCore.KeyOf(root), Cancellation);

        Assert.Equal(
            [(ChangeKind.Add, TestCore.Anna.Name, null), (ChangeKind.Delete, TestCore.Bert.Name, "not needed"), (ChangeKind.Restore, TestCore.Anna.Name, null)],
            view!.History.Select(h => (h.Kind, h.By, h.Reason)));
        Assert.All(view.History, h => Assert.Equal(TestCore.KeyOf(root), Assert.Single(h.Changes).Key));
    }

    [Fact]
    public async Task View_IssuerComesAndGoesAndTimePasses_SaysWhatHoldsNow()
    {
        var time = FakeTime.FromNow();
        await using var core = await TestCore.StartAsync(time: time);
        using var root = TestCertificates.Root("Root");
        using var sub = TestCertificates.Intermediate(root, "Sub", notAfter: TestCertificates.Yesterday.AddDays(100));
        var key = TestCore.KeyOf(sub, CaStore.CertificateAuthority);
        await core.AddAsync(sub);
        Assert.Equal([FindingCode.IssuerMissing], await CodesAsync());
        Assert.Empty(Assert.Single(await core.ListAsync()).Findings);

        await core.AddAsync(root);
        Assert.Empty(await CodesAsync());

        await core.DeleteAsync(TestCore.KeyOf(root));
        time.Advance(TimeSpan.FromDays(60));
        Assert.Equal([FindingCode.ExpiresSoon, FindingCode.IssuerMissing], await CodesAsync());

        async Task<IEnumerable<FindingCode>> CodesAsync() => (await core.Machine.ViewAsync(key, Cancellation))!.Certificate.Findings
            .Where(f => f.Severity == FindingSeverity.Warning).Select(f => f.Code).Order();
    }

    [Fact]
    public async Task Restore_IssuerAddedMeanwhile_DoesNotMissIt()
    {
        await using var core = await TestCore.StartAsync();
        using var root = TestCertificates.Root("Root");
        using var sub = TestCertificates.Intermediate(root, "Sub");
        var key = TestCore.KeyOf(sub, CaStore.CertificateAuthority);
        await core.AddAsync(sub);
        await core.DeleteAsync(key);
        await core.AddAsync(root);

        var plan = await core.Changes.PlanRestoreAsync([key], Cancellation);

        Assert.DoesNotContain(Assert.Single(plan.Additions).Findings, f => f.Code == FindingCode.IssuerMissing);
    }

    private static X509Certificate2 CrossSigned(
        X509Certificate2 subject, X509Certificate2 issuer)
    {
        var request = new CertificateRequest(
            subject.SubjectName, subject.PublicKey, HashAlgorithmName.SHA256);
        foreach (var extension in subject.Extensions)
            request.CertificateExtensions.Add(extension);
        return request.Create(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!),
            TestCertificates.Yesterday,
            TestCertificates.Yesterday.AddYears(1),
            [1, 2, 3]);
    }
}

/// <inheritdoc/>
[OnPostgres]
public sealed class ViewTestsOnPostgres : ViewTests;
