using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Core.Management.Auditing.Forwarding;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

/// <summary>Root works in a folder whose owner swaps names under its hands, without rest: nothing outside may change, or be copied there.</summary>
[SupportedOSPlatform("linux")]
public sealed class RacedFolderTests : IDisposable
{
    private const int Swaps = 1000;
    private const uint Owner = 12345;
    private const string Secret = "-----BEGIN PRIVATE KEY-----\nnot for others\n-----END PRIVATE KEY-----\n";

    // Takes each file that is being written away, and each of the names, and puts a link in its place.
    private const string Racer = """
        my ($rounds, $folder, $target, @names) = @ARGV; chdir $folder; $| = 1; print "ready\n";
        for (1..$rounds) {
            opendir(my $all, '.'); for (grep { /^\.caportal-.*\.tmp$/ && !$seen{$_}++ } readdir $all) { unlink $_; symlink $target, $_; }
            for (@names) { unlink $_; symlink $target, $_; unlink $_; open(my $file, '>', $_); print $file "theirs\n"; close $file; }
        }
        """;

    private readonly TemporaryDirectory _folder = new();
    private readonly string _theirs;
    private readonly string _secret;

    public RacedFolderTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can work in the folders of others.");
        Tool.Require("setpriv");
        Tool.Require("perl");
        File.SetUnixFileMode(_folder.Path, AtomicFile.PublicFolder);
        Directory.CreateDirectory(_folder["outside"], AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
        File.WriteAllText(_secret = _folder["outside/secret"], Secret);
        File.SetUnixFileMode(_secret, AtomicFile.OwnerOnly);
        _theirs = Directory.CreateDirectory(_folder["theirs"]).FullName;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Write_NamesSwappedMeanwhile_ChangesNothingOutside() => RaceAsync(
        _secret,
        ["roots.pem"],
        i =>
        {
            AtomicFile.Write(Path.Combine(_theirs, "roots.pem"), new byte[(i % 100) + 1], AtomicFile.Public);
            return Task.CompletedTask;
        });

    [Fact]
    public Task Lock_NameSwappedMeanwhile_CreatesNothingOutside() => RaceAsync(
        _folder["outside/created"],
        [".caportal.lock"],
        async _ => (await FileLock.AcquireAsync(Path.Combine(_theirs, ".caportal.lock"), FileLock.Patience, Cancellation)).Dispose());

    [Fact]
    public Task ActivityFile_NameSwappedMeanwhile_AppendsNothingOutside()
    {
        var options = new CoreOptions();
        options.Activity.File = Path.Combine(_theirs, "activity.jsonl");
        var sink = new ActivityFileSink(Options.Create(options));
        var entry = new ActivityEntry
        {
            Sequence = 1, At = DateTime.UnixEpoch, Actor = "anna", Role = "Administrator", Source = "::1", Action = "any", Details = "{}", PreviousHash = "", Hash = "",
        };
        return RaceAsync(_secret, ["activity.jsonl"], _ => sink.SendAsync([entry], Cancellation));
    }

    [Fact]
    public Task Bundle_NameSwappedMeanwhile_CopiesNothingFromOutside()
    {
        var root = TestTrustStores.Trusted(TestCertificates.Root());
        return RaceAsync(_secret, ["roots.pem", ".caportal.lock"], _ => TestTrustStores.Bundle(_theirs).AddAsync(root));
    }

    [Theory]
    [InlineData("pem-bundle")]
    [InlineData("java-truststore")]
    public async Task Apply_LinkToASecretInTheFilesPlace_IsRefusedAndNotCopied(string kind)
    {
        var file = Path.Combine(_theirs, kind == "pem-bundle" ? "roots.pem" : "truststore.p12");
        File.CreateSymbolicLink(file, _secret);
        ITrustStore store = kind == "pem-bundle" ? TestTrustStores.Bundle(_theirs) : TestTrustStores.JavaTruststore(file);

        var refusal = await Assert.ThrowsAsync<TrustStoreException>(() => store.AddAsync(TestTrustStores.Trusted(TestCertificates.Root())));

        Assert.Contains($"'{file}' is a link to '{_secret}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("set the setting", refusal.Advice, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(_theirs).Where(f => Path.GetFileName(f) != ".caportal.lock"));
        IsUntouched();
    }

    private async Task RaceAsync(string target, string[] names, Func<int, Task> work)
    {
        await Tool.RunAsync(_folder.Path, "chown", $"{Owner}:{Owner}", _theirs);
        var user = $"{Owner}";
        using var racer = Process.Start(new ProcessStartInfo(
            "setpriv", ["--reuid", user, "--regid", user, "--clear-groups", "perl", "-e", Racer, $"{Swaps}", _theirs, target, .. names]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("ready", await racer.StandardOutput.ReadLineAsync(Cancellation));
            for (var i = 0; !racer.HasExited; i++)
            {
                try
                {
                    await work(i);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ActivitySinkException)
                {
                    // That it fails is in the hands of the folder's owner.
                }
            }
        }
        finally
        {
            racer.Kill(); // Nothing is done where it has ended.
            await racer.WaitForExitAsync(CancellationToken.None);
        }

        IsUntouched();
    }

    private void IsUntouched()
    {
        Assert.Equal([_secret], Directory.GetFileSystemEntries(_folder["outside"]));
        Assert.Equal((0u, 0u), NativeFiles.OwnerOf(_secret));
        Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(_secret));
        Assert.Equal(Secret, File.ReadAllText(_secret));
        Assert.DoesNotContain(
            Directory.GetFiles(_theirs).Where(f => new FileInfo(f).LinkTarget is null), f => File.ReadAllText(f).Contains("not for others", StringComparison.Ordinal));
    }
}
