using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>The families whose command alone writes the bundle.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtractedAnchorsTests : OwnAnchorFileTests, IDisposable
{
    private readonly ExtractedSandbox _machine = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private readonly TrustedCertificate _trusted;

    public ExtractedAnchorsTests() => _trusted = TestTrustStores.Trusted(_root);

    protected override LinuxAnchorsTrustStore Store => _machine.Store;

    protected override TrustedCertificate Trusted => _trusted;

    protected override string OwnFile => _machine.OwnFile(_trusted.Key);

    public void Dispose()
    {
        _root.Dispose();
        _other.Dispose();
        _machine.Dispose();
    }

    [Fact]
    public async Task Apply_AddedAndRemoved_CommandRunsWithinTheChange()
    {
        await Store.AddAsync(_trusted);
        Assert.Equal([.. Sorted(_machine.System), _trusted.Key.Sha256], InBundle());
        Assert.Equal([_trusted.Key], (await Store.ReadAsync()).Certificates);
        Assert.Null(await Store.FollowUpAsync(TestContext.Current.CancellationToken));

        await Store.RemoveAsync(_trusted);
        Assert.Equal(Sorted(_machine.System), InBundle());
        Assert.Empty((await Store.ReadAsync()).Certificates);
        Assert.False(File.Exists(OwnFile));
    }

    [Fact]
    public async Task Apply_NothingToDo_CommandIsNotRun()
    {
        await Store.AddAsync(_trusted);
        var runs = _machine.Runs;

        await Store.AddAsync(_trusted);
        await Store.AddAsync();

        Assert.Equal(runs, _machine.Runs);
    }

    [Fact]
    public async Task Apply_BrokenOffBeforeTheCommandRan_RunsItTheNextTime()
    {
        await Store.AddAsync(_trusted);
        File.SetLastWriteTimeUtc(_machine.Bundle, DateTime.UnixEpoch);
        File.WriteAllBytes(_machine.Anchor("corp"), _other.RawData);
        Assert.DoesNotContain(TestTrustStores.KeyOf(_other), (await Store.ReadAsync()).Certificates);

        await Store.AddAsync();

        Assert.Equal(new HashSet<CaCertificateKey> { _trusted.Key, TestTrustStores.KeyOf(_other) }, (await Store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Load_AddedInAnotherWay_CannotBeRemovedHere()
    {
        File.WriteAllBytes(_machine.Bundle, TestFiles.Pem([.. _machine.System, _other]));

        var found = Assert.Single(
            await Store.LoadAsync(new HashSet<CaCertificateKey> { TestTrustStores.KeyOf(_other) }, TestContext.Current.CancellationToken));

        Assert.Equal(_machine.Bundle, found.Place);
        Assert.NotNull(found.Fixed);
    }

    [Theory]
    [InlineData("exit 1", "were not in the bundle that programs read (1)", "of '/bin/sh' is whole")]
    [InlineData("exit 0", "were not in the bundle that programs read (1)", "not for a CA of TLS servers")]
    [InlineData("echo 'no'; : > bundle/bundle.pem", "empty or broken", "Look at what it said")]
    [InlineData("head -c 900 bundle/bundle.pem > x; mv x bundle/bundle.pem", "empty or broken", "has space left")]
    [InlineData("cat anchors/caportal-*.crt > bundle/bundle.pem", "certificates that were trusted before were missing (3): CN=System", "taken out of it")]
    public async Task Apply_CommandFails_FormerFilesArePutBackAndWhatToCheckIsSaid(string script, string expected, string advice)
    {
        _machine.UseTool(script);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => Store.AddAsync(_trusted));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains(advice, failure.Advice, StringComparison.Ordinal);
        Assert.Contains("tries again by itself after a minute", failure.Advice, StringComparison.Ordinal);
        Assert.False(File.Exists(OwnFile));
        Assert.Equal(TestFiles.Pem(_machine.System), File.ReadAllBytes(_machine.Bundle));
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("exit 0")]
    [InlineData(ExtractedSandbox.Empty)]
    [InlineData("cat anchors/caportal-*.crt > bundle/bundle.pem")]
    public async Task Apply_CommandFails_NobodyIsToldToRunItByHand(string script)
    {
        _machine.UseTool(script);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => Store.AddAsync(_trusted));

        Assert.DoesNotMatch("(?i)(?<!not )run (it|'/bin/sh')", failure.Advice);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apply_BlockedByTheSystem_IsSaidWithoutRunningTheCommandForIt(bool isPem)
    {
        var file = Path.Combine(_machine.BlockFolder, "blocked");
        File.WriteAllBytes(file, isPem ? TestFiles.Pem(_root) : _root.RawData);
        await Store.AddAsync();
        var runs = _machine.Runs;

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => Store.AddAsync(_trusted));

        Assert.Contains($"blocked by the system: '{file}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CN=Test Root", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"take it out of '{_machine.BlockFolder}'; else delete it here", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(runs, _machine.Runs);
        Assert.False(File.Exists(OwnFile));

        // It keeps nothing else out.
        await Assert.ThrowsAsync<TrustStoreException>(() => Store.AddAsync(_trusted, TestTrustStores.Trusted(_other)));
        Assert.Equal([TestTrustStores.KeyOf(_other)], (await Store.ReadAsync()).Certificates);
        File.Delete(file);
        await Store.AddAsync(_trusted);
        Assert.Contains(_trusted.Key, (await Store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_CommandFailsToRemove_FormerFilesArePutBackAndThatIsSaid()
    {
        await Store.AddAsync(_trusted);
        _machine.UseTool("exit 0");

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => Store.RemoveAsync(_trusted));

        Assert.Contains("still in the bundle", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(OwnFile));
    }

    [Fact]
    public async Task Apply_CommandHangs_IsEndedAndFormerFilesArePutBack()
    {
        _machine.UseTool("sleep 1000");
        var store = _machine.NewStore(TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(_trusted));

        Assert.Contains("took too long", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(OwnFile));
    }

    private static IEnumerable<string> Sorted(IEnumerable<X509Certificate2> certificates) => certificates.Select(c => TestTrustStores.KeyOf(c).Sha256);

    protected override IReadOnlyList<string> InBundle() => _machine.InBundle();
}
