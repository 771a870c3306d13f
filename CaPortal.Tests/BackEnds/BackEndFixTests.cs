using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.BackEnds;
using CaPortal.Core.Certificates;
using CaPortal.Core.Probing;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.BackEnds;

/// <summary>What would make a back-end trusted with one click.</summary>
public sealed class BackEndFixTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fix_RootThatWasPresented_IsOffered()
    {
        await using var lab = await BackEndLab.StartAsync();
        var id = await lab.AddTestedAsync(lab.Serve().Port);
        await lab.PresentAsync(id, lab.Root);

        var view = await lab.ViewAsync(id);

        Assert.Equal(TrustVerdict.UntrustedRoot, view.Judgement.Verdict);
        Assert.Equal(
            (TrustFixSource.Presented, CaStore.Root, TestCore.KeyOf(lab.Root).Sha256, "Lab Root"),
            (view.Fix!.Source, view.Fix.Store, view.Fix.Sha256, view.Fix.Name));
        Assert.Equal(lab.Root.RawData, view.Fix.Der!.Value.ToArray());
    }

    [Fact]
    public async Task Fix_SelfSignedServer_IsOfferedItself()
    {
        await using var lab = await BackEndLab.StartAsync();
        var own = lab.Keep(TestCertificates.SelfSignedServer());
        var id = await lab.AddTestedAsync(lab.Serve(own).Port);

        var view = await lab.ViewAsync(id);

        Assert.Equal((TrustFixSource.Presented, TestCore.KeyOf(own).Sha256), (view.Fix?.Source, view.Fix?.Sha256));
    }

    [Fact]
    public async Task Fix_RootInTheOtherStore_IsOfferedAndTrustedOnceMoved()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        await lab.ApplyAsync(await lab.Core.Changes.PlanMoveAsync([TestCore.KeyOf(lab.Root)], Cancellation));
        var id = await lab.AddTestedAsync(lab.Serve().Port);

        var fix = (await lab.ViewAsync(id)).Fix!;
        Assert.Equal(
            (TrustFixSource.OtherStore, new CaCertificateKey(CaStore.Root, TestCore.KeyOf(lab.Root).Sha256)),
            (fix.Source, new CaCertificateKey(fix.Store, fix.Sha256!)));

        await lab.ApplyAsync(await lab.Core.Changes.PlanMoveAsync([TestCore.KeyOf(lab.Root, CaStore.CertificateAuthority)], Cancellation));
        Assert.Equal((TrustVerdict.Trusted, null), ((await lab.ViewAsync(id)).Judgement.Verdict, (await lab.ViewAsync(id)).Fix));
    }

    [Fact]
    public async Task Fix_DeletedIntermediate_IsOfferedFromTheRecycleBin()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root, lab.Issuing);
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Issuing, CaStore.CertificateAuthority));
        var server = lab.Serve(lab.Server);

        var probed = await lab.Service.ProbeAsync(new BackEndAddress("127.0.0.1", server.Port, null), TestCore.Anna, Cancellation);

        Assert.Equal(TrustVerdict.UnknownIssuer, probed!.Judgement.Verdict);
        Assert.Equal((TrustFixSource.RecycleBin, CaStore.CertificateAuthority, "Lab Issuing"), (probed.Fix!.Source, probed.Fix.Store, probed.Fix.Name));
    }

    [Fact]
    public async Task Fix_NamesakeWithAnotherKey_IsNotOffered()
    {
        await using var lab = await BackEndLab.StartAsync();

        var namesake = lab.Keep(TestCertificates.Root("Lab Root"));
        await lab.Core.AddAsync(namesake);
        await lab.ApplyAsync(await lab.PlanDeleteAsync(namesake));
        var id = await lab.AddTestedAsync(lab.Serve().Port);

        Assert.Null((await lab.ViewAsync(id)).Fix);
    }

    [Fact]
    public async Task Fix_RootInTheRecycleBinAndAnExpiredServer_IsOfferedAndSaysWhatIsLeft()
    {
        await using var lab = await BackEndLab.StartAsync();
        var expired = lab.Keep(
            (
                CertificateTemplate.Server(lab.Issuing) with
                {
                    NotBefore = TestCertificates.Yesterday.AddDays(-9),
                    NotAfter = TestCertificates.Yesterday,
                }
            ).Create());
        await lab.Core.AddAsync(lab.Root);
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Root));
        var id = await lab.AddTestedAsync(lab.Serve(expired, lab.Issuing).Port);

        var view = await lab.ViewAsync(id);

        Assert.Equal(TrustVerdict.UnknownIssuer, view.Judgement.Verdict);
        Assert.Equal((TrustFixSource.RecycleBin, CaStore.Root, "Lab Root"), (view.Fix!.Source, view.Fix.Store, view.Fix.Name));
        Assert.Contains("expired", view.Fix.Remaining, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fix_RootInTheOtherStoreAndAnotherName_IsOfferedAndSaysWhatIsLeft()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        await lab.ApplyAsync(await lab.Core.Changes.PlanMoveAsync([TestCore.KeyOf(lab.Root)], Cancellation));
        var other = lab.Keep((CertificateTemplate.Server(lab.Issuing) with { Dns = ["other.corp"], Addresses = [] }).Create());
        var id = await lab.AddTestedAsync(lab.Serve(other, lab.Issuing).Port);

        var fix = (await lab.ViewAsync(id)).Fix!;

        Assert.Equal((TrustFixSource.OtherStore, CaStore.Root), (fix.Source, fix.Store));
        Assert.Contains("other.corp", fix.Remaining, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fix_TwoInTheRecycleBin_AreOfferedOneAfterTheOther()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root, lab.Issuing);
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Issuing, CaStore.CertificateAuthority));
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Root));
        var id = await lab.AddTestedAsync(lab.Serve(lab.Server).Port);

        var first = (await lab.ViewAsync(id)).Fix!;
        Assert.Equal((TrustFixSource.RecycleBin, "Lab Issuing"), (first.Source, first.Name));
        Assert.Contains("Lab Root", first.Remaining, StringComparison.Ordinal);
        await lab.ApplyAsync(await lab.Core.Changes.PlanRestoreAsync([new CaCertificateKey(first.Store, first.Sha256!)], Cancellation));

        var second = (await lab.ViewAsync(id)).Fix!;
        Assert.Equal((TrustFixSource.RecycleBin, "Lab Root"), (second.Source, second.Name));
        Assert.EndsWith("Have the server send “Lab Issuing” too.", second.Remaining, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fix_IntermediateThatAnotherBackEndSends_IsOfferedAndProvenByTheTrustedRoot()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Root);
        var whole = lab.Serve();
        await lab.AddTestedAsync(whole.Port);
        var id = await lab.AddTestedAsync(lab.Serve(lab.Server).Port);

        var fix = (await lab.ViewAsync(id)).Fix!;

        Assert.Equal((TrustFixSource.OtherBackEnd, CaStore.CertificateAuthority, TestCore.KeyOf(lab.Issuing).Sha256), (fix.Source, fix.Store, fix.Sha256));
        Assert.Equal(($"127.0.0.1:{whole.Port}", "Lab Root"), (fix.PresentedBy?.ToString(), fix.ProvenBy));
        Assert.EndsWith("Have the server send “Lab Issuing” too.", fix.Remaining, StringComparison.Ordinal);
        Assert.Equal(lab.Issuing.RawData, fix.Der!.Value.ToArray());
    }

    [Fact]
    public async Task Fix_IntermediateThatAnotherBackEndSends_WithoutATrustedRoot_IsNotProven()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.AddTestedAsync(lab.Serve().Port);
        var id = await lab.AddTestedAsync(lab.Serve(lab.Server).Port);

        var fix = (await lab.ViewAsync(id)).Fix!;

        Assert.Equal((TrustFixSource.OtherBackEnd, "Lab Issuing", null), (fix.Source, fix.Name, fix.ProvenBy));
        Assert.Contains("Lab Root", fix.Remaining, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fix_RootThatAnotherBackEndSends_IsNotProvenByItself()
    {
        await using var lab = await BackEndLab.StartAsync();
        var other = await lab.AddTestedAsync(lab.Serve().Port);
        await lab.PresentAsync(other, lab.Root);
        var id = await lab.AddTestedAsync(lab.Serve().Port);

        var fix = (await lab.ViewAsync(id)).Fix!;

        Assert.Equal((TrustFixSource.OtherBackEnd, CaStore.Root, "Lab Root"), (fix.Source, fix.Store, fix.Name));
        Assert.Equal((null, null), (fix.ProvenBy, fix.Remaining));
    }

    [Fact]
    public async Task Fix_AnotherName_IsNotOfferedBecauseNoCertificateHelps()
    {
        await using var lab = await BackEndLab.StartAsync();
        var wrong = lab.Keep(TestCertificates.SelfSignedServer("other.corp"));
        var server = lab.Serve(wrong);

        var probed = await lab.Service.ProbeAsync(new BackEndAddress("localhost", server.Port, null), TestCore.Anna, Cancellation);

        Assert.NotEqual(TrustVerdict.Trusted, probed!.Judgement.Verdict);
        Assert.Null(probed.Fix);
    }

    [Theory]
    [InlineData("http://pki.corp/issuing.cer", true)]
    [InlineData("ldap://pki.corp/cn=issuing", false)]
    public async Task Fix_IssuerNowhere_OffersItsAddressWhereThatCanBeFetched(string url, bool isOffered)
    {
        await using var lab = await BackEndLab.StartAsync();
        var leaf = lab.Keep(ServerWithIssuerAddress(lab.Issuing, url));
        var server = lab.Serve(leaf);

        var probed = await lab.Service.ProbeAsync(new BackEndAddress("localhost", server.Port, null), TestCore.Anna, Cancellation);

        Assert.Equal("Lab Issuing", probed!.Judgement.Missing?.Name);
        Assert.Equal(isOffered, probed.Fix is not null);
        if (isOffered)
            Assert.Equal((TrustFixSource.IssuerAddress, url, null), (probed.Fix!.Source, probed.Fix.Url, probed.Fix.Sha256));
    }

    [Fact]
    public async Task Fix_IntermediateInItsStoreAndNoRoot_IsNotMovedAndTheRootIsAskedFor()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Issuing);
        var id = await lab.AddTestedAsync(lab.Serve(lab.Server).Port);

        var view = await lab.ViewAsync(id);

        Assert.Null(view.Fix);
        Assert.Equal((TrustVerdict.UnknownIssuer, "Lab Root"), (view.Judgement.Verdict, view.Judgement.Missing?.Name));
        Assert.Contains("Add “Lab Root”", view.Judgement.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fix_IntermediateInItsStoreThatSaysWhereItsIssuerIs_OffersToFetchThat()
    {
        await using var lab = await BackEndLab.StartAsync();
        var access = new X509AuthorityInformationAccessExtension(null, ["http://pki.corp/root.cer"]);
        var issuing = lab.Keep((CertificateTemplate.Ca("Lab Far Issuing", lab.Root) with { More = [access] }).Create());
        await lab.Core.AddAsync(issuing);
        var server = lab.Keep(CertificateTemplate.Server(issuing).Create());
        var id = await lab.AddTestedAsync(lab.Serve(server).Port);

        var fix = (await lab.ViewAsync(id)).Fix;

        Assert.Equal((TrustFixSource.IssuerAddress, "http://pki.corp/root.cer", "Lab Root"), (fix?.Source, fix?.Url, fix?.Name));
    }

    [Fact]
    public async Task Fix_DeletedIntermediateThatWasAmongTheRoots_IsNotPutBackThere()
    {
        await using var lab = await BackEndLab.StartAsync();
        await lab.Core.AddAsync(lab.Issuing);
        await lab.ApplyAsync(await lab.Core.Changes.PlanMoveAsync([TestCore.KeyOf(lab.Issuing, CaStore.CertificateAuthority)], Cancellation));
        await lab.ApplyAsync(await lab.PlanDeleteAsync(lab.Issuing));
        var id = await lab.AddTestedAsync(lab.Serve(lab.Server).Port);

        Assert.NotEqual(CaStore.Root, (await lab.ViewAsync(id)).Fix?.Store);
    }

    private static X509Certificate2 ServerWithIssuerAddress(X509Certificate2 issuer, string url)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [url]));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using var issued = request.Create(issuer, TestCertificates.Yesterday, TestCertificates.Yesterday.AddYears(1), RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }
}
