using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.LinuxAnchors;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.TrustStores.LinuxAnchors;

/// <summary>What the real tool, or a program in its place, does behind a change.</summary>
[SupportedOSPlatform("linux")]
public sealed class DebianFollowUpTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private readonly DebianSandbox _debian;
    private readonly LinuxAnchorsTrustStore _store;
    private readonly TrustedCertificate _trusted;

    public DebianFollowUpTests()
    {
        _debian = new DebianSandbox(_folder.Path);
        _store = _debian.Store;
        _trusted = TestTrustStores.Trusted(_root);
    }

    private string Link => Path.Combine(_debian.Links, $"caportal-{_trusted.Key.Sha256[..32]}.pem");

    public async ValueTask InitializeAsync() => await _debian.FillAsync();

    public ValueTask DisposeAsync()
    {
        _root.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task FollowUp_NothingChanged_HasNothingToDo() => Assert.Null(await FollowUpAsync(_store));

    [Fact]
    public async Task FollowUp_AddedAndRemoved_LinksComeAndGo()
    {
        await _store.AddAsync(_trusted);
        var done = await FollowUpAsync(_store);

        Assert.Null(done!.Warning);
        Assert.True(File.Exists(Link));
        Assert.True(await IsTrustedByLinksAsync(_root));
        Assert.Null(await FollowUpAsync(_store));

        await _store.RemoveAsync(_trusted);
        done = await FollowUpAsync(_store);

        Assert.Null(done!.Warning);
        Assert.DoesNotContain(Directory.GetFiles(_debian.Links), f =>
            Path.GetFileName(new FileInfo(f).LinkTarget ?? "").StartsWith("caportal-", StringComparison.Ordinal));
        Assert.False(await IsTrustedByLinksAsync(_root));
        Assert.Null(await FollowUpAsync(_store));
    }

    [Fact]
    public async Task FollowUp_OneOfSeveralWithTheSameSubjectRemoved_OthersAreStillFoundByTheirHash()
    {
        X509Certificate2[] renewed = [.. Enumerable.Range(0, 3).Select(_ => TestCertificates.Root("Renewed"))];
        await _store.AddAsync([.. renewed.Select(c => TestTrustStores.Trusted(c))]);
        await FollowUpAsync(_store);
        var first = new FileInfo(
            Directory.GetFiles(_debian.Links, "*.0").Single(f => new FileInfo(f).LinkTarget!.StartsWith("caportal", StringComparison.Ordinal)));
        var removed = renewed.Single(c => first.LinkTarget!.Contains(TestTrustStores.KeyOf(c).Sha256[..32], StringComparison.Ordinal));

        await _store.RemoveAsync(TestTrustStores.Trusted(removed));
        await FollowUpAsync(_debian.StoreWithTool("exit 0"));

        foreach (var issuer in renewed)
        {
            using var server = TestCertificates.Server(issuer);
            Assert.Equal(issuer != removed, await IsTrustedByLinksAsync(server));
        }

        var hash = Path.GetFileNameWithoutExtension(first.Name);
        Assert.Equal([$"{hash}.0", $"{hash}.1"], Directory.GetFiles(_debian.Links, $"{hash}.*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task FollowUp_LinkByHashIsMissing_IsMade()
    {
        await _store.AddAsync(_trusted);
        await FollowUpAsync(_store);
        foreach (var link in Directory.GetFiles(_debian.Links, "*.0").Where(f => new FileInfo(f).LinkTarget == Path.GetFileName(Link)))
            File.Delete(link);

        Assert.Null((await FollowUpAsync(_store))!.Warning);

        Assert.True(await IsTrustedByLinksAsync(_root));
    }

    [Fact]
    public async Task FollowUp_Bundle_IsWhatTheChangeHasWritten()
    {
        await _store.AddAsync(_trusted);
        var written = File.ReadAllBytes(_debian.Bundle);

        await FollowUpAsync(_store);

        Assert.Equal(written, File.ReadAllBytes(_debian.Bundle));
    }

    [Fact]
    public async Task Apply_LeftOverOfAKilledTool_IsRemovedAndDoesNotComeBack()
    {
        using var former = TestCertificates.Root("Former");
        await File.WriteAllTextAsync(
            $"{_debian.Bundle}.new",
            former.ExportCertificatePem() + "\n-----BEGIN CERTIFICATE-----\nMIIB",
            TestContext.Current.CancellationToken);

        await _store.AddAsync(_trusted);
        Assert.False(File.Exists($"{_debian.Bundle}.new"));

        await FollowUpAsync(_store);
        Assert.DoesNotContain(TestTrustStores.KeyOf(former).Sha256, _debian.InBundle());
        Assert.Equal(DebianSandbox.SystemCertificates + 1, _debian.InBundle().Count);
    }

    [Fact]
    public async Task Apply_SomebodyElseIsRunningTheTool_ItsFileIsLeftAloneAndTheToolRunsLater()
    {
        var script = Path.Combine(_folder.Path, "update-ca-certificates");
        await File.WriteAllTextAsync(script, "cd \"$1\"; echo ready; read line", TestContext.Current.CancellationToken);
        using var byHand = Process.Start(
            new ProcessStartInfo("/bin/sh", [script, _debian.Links]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        Assert.Equal("ready", await byHand.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync($"{_debian.Bundle}.new", "half", TestContext.Current.CancellationToken);

        await _store.AddAsync(_trusted);
        var putOff = await FollowUpAsync(_store);

        Assert.Contains(_trusted.Key, (await _store.ReadAsync()).Certificates);
        Assert.Contains("Somebody else is running update-ca-certificates", putOff!.Warning, StringComparison.Ordinal);
        Assert.True(File.Exists($"{_debian.Bundle}.new"));

        byHand.StandardInput.Close();
        await byHand.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null((await FollowUpAsync(_store))!.Warning);
        Assert.False(File.Exists($"{_debian.Bundle}.new"));
    }

    [Fact]
    public async Task FollowUp_PackagesAreBeingInstalled_ToolRunsLaterAndTheChangeTakesEffect()
    {
        Tool.Require("python3");
        using var packages = Process.Start(
            new ProcessStartInfo(
                "python3",
                [
                    "-c",
                    "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('ready', flush=True); sys.stdin.read()",
                    _debian.PackageLock,
                ])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("ready", await packages.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        await _store.AddAsync(_trusted);
        var putOff = await FollowUpAsync(_store);

        Assert.Contains(_trusted.Key.Sha256, _debian.InBundle());
        Assert.Contains("installing packages", putOff!.Warning, StringComparison.Ordinal);
        Assert.False(File.Exists(Link));

        packages.StandardInput.Close();
        await packages.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null((await FollowUpAsync(_store))!.Warning);
        Assert.True(File.Exists(Link));
    }

    [Fact]
    public async Task FollowUp_WhileTheToolRuns_PackageLockIsHeldAndItsHooksAreTold()
    {
        Tool.Require("python3");
        var seen = Path.Combine(_folder.Path, "seen");
        var store = _debian.StoreWithTool($$"""
            echo "$DPKG_FRONTEND_LOCKED $LC_ALL $HOME" > '{{seen}}'
            python3 -c "import fcntl; fcntl.lockf(open('{{_debian.PackageLock}}','r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null && echo free >> '{{seen}}' || echo held >> '{{seen}}'
            """);

        await store.AddAsync(_trusted);
        await FollowUpAsync(store);

        Assert.Equal(["1 C /root", "held"], await File.ReadAllLinesAsync(seen, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("exit 3", "exit code was 3")]
    [InlineData("echo 'E: it broke'", "it broke")]
    [InlineData("head -c 3000000 /dev/urandom; head -c 3000000 /dev/urandom >&2", "exit code was 0")]
    public async Task FollowUp_ToolDoesNothing_WarnsAndTheBundleStays(string script, string expected)
    {
        var store = _debian.StoreWithTool(script);
        await store.AddAsync(_trusted);

        var done = await FollowUpAsync(store);

        Assert.Contains(expected, done!.Warning, StringComparison.Ordinal);
        Assert.True(done.Warning!.Length < 800);
        Assert.Contains(_trusted.Key, (await store.ReadAsync()).Certificates);
    }

    [Theory]
    [InlineData(": > {0}")]
    [InlineData("rm {0}")]
    [InlineData("head -c 3000 {0} > {0}.x; mv {0}.x {0}")]
    [InlineData("cat {0} {0} > {0}.x; mv {0}.x {0}")]
    [InlineData("sed -i 1,12d {0}; sed -i '1,/END/d' {0}")]
    public async Task FollowUp_ToolSpoilsTheBundle_FormerContentIsPutBackAndThatIsSaid(string script)
    {
        var store = _debian.StoreWithTool(string.Format(CultureInfo.InvariantCulture, script, _debian.Bundle));
        await store.AddAsync(_trusted);
        var written = File.ReadAllBytes(_debian.Bundle);

        var failure = await Assert.ThrowsAsync<TrustStoreException>(() => FollowUpAsync(store));

        Assert.Contains("put back", failure.Message, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllBytes(_debian.Bundle));
    }

    [Fact]
    public async Task FollowUp_ToolHangs_IsEndedWithAllThatItStarted()
    {
        var pids = Path.Combine(_folder.Path, "pids");
        var store = _debian.StoreWithTool($"sleep 1000 & echo $$ $! > {pids}; wait", TimeSpan.FromSeconds(5));
        await store.AddAsync(_trusted);

        var done = await FollowUpAsync(store);

        Assert.Contains("took too long", done!.Warning, StringComparison.Ordinal);
        foreach (var pid in (await File.ReadAllTextAsync(pids, TestContext.Current.CancellationToken)).Split(' ', '\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.True(SpinWait.SpinUntil(() => !IsAlive(pid), TimeSpan.FromMinutes(1)), $"Process {pid} is still there.");
        Assert.Contains(_trusted.Key, (await store.ReadAsync()).Certificates);
    }

    [Fact]
    public async Task Apply_ToolHangs_IsNotKeptWaitingAndTheToolRunsLater()
    {
        var started = Path.Combine(_folder.Path, "started");
        using var other = TestCertificates.Root("Other");
        var store = _debian.StoreWithTool($"echo > {started}; sleep 1000", courtesy: TimeSpan.FromMilliseconds(100));
        await store.AddAsync(_trusted);
        var following = FollowUpAsync(store);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(started), TimeSpan.FromMinutes(1)));

        await store.AddAsync(TestTrustStores.Trusted(other));
        await store.RemoveAsync(_trusted);

        var putOff = await following;
        Assert.True(putOff!.IsPutOff);
        Assert.Contains("a change waited longer", putOff.Warning, StringComparison.Ordinal);
        Assert.Equal([TestTrustStores.KeyOf(other)], (await store.ReadAsync()).Certificates);
        Assert.Null((await FollowUpAsync(_debian.NewStore()))!.Warning);
    }

    [Fact]
    public async Task FollowUp_ToolFailedBefore_IsNotRunAgainUntilSomethingChanges()
    {
        var runs = Path.Combine(_folder.Path, "runs");
        var store = _debian.StoreWithTool($"echo run >> {runs}");
        await store.AddAsync(_trusted);
        var first = await FollowUpAsync(store);

        Assert.Equal(first, await FollowUpAsync(store));
        Assert.Single(await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken));

        using var other = TestCertificates.Root("Other");
        await store.AddAsync(TestTrustStores.Trusted(other));
        await FollowUpAsync(store);
        Assert.Equal(2, (await File.ReadAllLinesAsync(runs, TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task FollowUp_ToolWouldDropWhatIsTrusted_IsNotRunAndThatIsSaid()
    {
        File.Delete(_debian.SystemFile(1));
        await _store.AddAsync(_trusted);
        var before = _debian.InBundle();

        var done = await FollowUpAsync(_store);

        Assert.Contains("although their files are gone: 1 (CN=System 00001, ", done!.Warning, StringComparison.Ordinal);
        Assert.Equal(before, _debian.InBundle());
    }

    [Fact]
    public async Task FollowUp_FileOfOursIsGone_AdvisesWhatKeepsItAndHasNothingToSayOnceItIsRepaired()
    {
        var reconciler = TestTrustStores.ReconcilerOf(_store);
        await _store.AddAsync(_trusted);
        await FollowUpAsync(_store);
        File.Delete(Path.Combine(_debian.Local, $"caportal-{_trusted.Key.Sha256[..32]}.crt"));

        var warning = (await FollowUpAsync(_store))!.Warning;

        Assert.Contains(_trusted.Key.Sha256[..16], warning, StringComparison.Ordinal);
        Assert.Contains("Press Repair in Settings", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("as root", warning, StringComparison.Ordinal);

        await reconciler.ReconcileAsync(TestTrustStores.Desired([_trusted]), null, TestContext.Current.CancellationToken);
        Assert.Null((await FollowUpAsync(_store))?.Warning);
        Assert.True(await IsTrustedByLinksAsync(_root));
    }

    [Fact]
    public async Task FollowUp_JavasKeystoreCannotBeRead_LinksAreMadeAndThatIsSaid()
    {
        Directory.CreateDirectory(Path.Combine(_debian.Links, "java"));
        await File.WriteAllTextAsync(Path.Combine(_debian.Links, "java", "cacerts"), "garbage", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_debian.Hooks, "jks-keystore"), "", TestContext.Current.CancellationToken);
        await _store.AddAsync(_trusted);

        var done = await FollowUpAsync(_store);

        Assert.Contains("cannot be read", done!.Warning, StringComparison.Ordinal);
        Assert.True(await IsTrustedByLinksAsync(_root));
    }

    private static Task<TrustStoreFollowUp?> FollowUpAsync(ITrustStore store) => store.FollowUpAsync(TestContext.Current.CancellationToken);

    private static bool IsAlive(string pid) =>
        File.Exists($"/proc/{pid}/status") && !File.ReadLines($"/proc/{pid}/status").Contains("State:\tZ (zombie)");

    private async Task<bool> IsTrustedByLinksAsync(X509Certificate2 certificate)
    {
        Tool.Require("openssl");
        var file = Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.pem");
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        return (await Tool.TryRunAsync(_folder.Path, "openssl", "verify", "-no-CAfile", "-CApath", _debian.Links, file)).ExitCode == 0;
    }
}
