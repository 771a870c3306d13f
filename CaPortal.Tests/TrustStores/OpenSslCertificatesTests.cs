using System.Security.Cryptography;
using CaPortal.Core.Certificates;
using CaPortal.Core.Processes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CaPortal.Tests.TrustStores;

public sealed class OpenSslCertificatesTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _folder = new();

    public OpenSslCertificatesTests() => Tool.Require("openssl");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Refused_OfAll_AreThoseWithWhichOpenSslGivesUpOnAFile()
    {
        using var openSsl = Create(ExternalCommand.Find("openssl"));
        using var good = TestCertificates.Root();
        await File.WriteAllTextAsync(_folder["good.pem"], good.ExportCertificatePem(), Cancellation);
        var certificates = MalformedCertificates.ByDefect.Concat(MalformedCertificates.Harmless).ToDictionary();

        var refused = await openSsl.RefusedAsync([.. certificates.Values.Select(Hashed)], Cancellation);

        var wrong = new List<string>();
        foreach (var (name, der) in certificates)
        {
            await File.WriteAllTextAsync(
                _folder["bundle.pem"],
                $"{PemEncoding.WriteString("CERTIFICATE", der)}\n{good.ExportCertificatePem()}\n",
                Cancellation);
            var (exitCode, _, _) = await Tool.TryRunAsync(_folder.Path, "openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", "bundle.pem", "good.pem");
            if (exitCode != 0 && !refused.Contains(Hashed(der).Sha256))
                wrong.Add(name);
        }

        Assert.Empty(wrong);
        Assert.True(refused.Count >= 5);
        Assert.Empty(MalformedCertificates.Harmless.Where(c => refused.Contains(Hashed(c.Value).Sha256)).Select(c => c.Key));
    }

    [Fact]
    public async Task Refused_AskedAgain_StartsNoProcess()
    {
        using var openSsl = Create(Script("""echo "$3" >> "$0.log"; exec openssl "$@" """));
        var certificates = Roots(3).Append(MalformedCertificates.ByDefect["bad UTF-8"]).Select(Hashed).ToList();

        var first = await openSsl.RefusedAsync(certificates, Cancellation);
        var second = await openSsl.RefusedAsync(certificates, Cancellation);

        Assert.Equal([certificates[^1].Sha256], first);
        Assert.Equal(first, second);
        Assert.Single(await File.ReadAllLinesAsync(_folder["openssl.log"], Cancellation));
    }

    [Theory]
    [InlineData("kill -9 $$", 5, 60)]
    [InlineData("exec sleep 1000", 2, 3)]
    public async Task Refused_CertificateThatEndsOrHoldsTheProcess_IsFoundAndTheOthersAreRead(string fate, int count, int timeout)
    {
        var certificates = Roots(count).Select(Hashed).ToList();
        var bad = certificates[count / 2];
        var line = PemEncoding.WriteString("CERTIFICATE", bad.Der.Span).Split('\n')[^3];
        using var openSsl = Create(Script($"""if grep -qF '{line}' "$3"; then {fate}; fi; exec openssl "$@" """), TimeSpan.FromSeconds(timeout));

        Assert.Equal([bad.Sha256], await openSsl.RefusedAsync(certificates, Cancellation));
    }

    [Fact]
    public async Task Run_AnyCommand_DoesNotGetThePortalsSettings()
    {
        // One that portals in this process know, and that each of them overrides.
        const string setting = "CaPortal__DataDirectory";
        Environment.SetEnvironmentVariable(setting, "a secret");
        var result = await ExternalCommand.RunAsync(new Command(Script("env"), [], Timeout), Cancellation);
        Environment.SetEnvironmentVariable(setting, null);

        Assert.Contains("PATH=", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 1")]
    [InlineData("echo unknown command; exit 0")]
    [InlineData("yes certificate")]
    [InlineData("yes certificate >&2")]
    public async Task Refused_CommandThatDoesNotWork_RefusesNothing(string fate)
    {
        using var openSsl = Create(Script(fate));

        Assert.Empty(await openSsl.RefusedAsync([.. Roots(2).Select(Hashed)], Cancellation));
    }

    [Fact]
    public async Task Refused_CommandThatHangs_IsNotWaitedForAgain()
    {
        var runs = _folder["runs"];
        using var openSsl = Create(Script($"echo run >> '{runs}'; exec sleep 600"), TimeSpan.FromSeconds(5));

        Assert.Empty(await openSsl.RefusedAsync([.. Roots(8).Select(Hashed)], Cancellation));
        var before = (await File.ReadAllLinesAsync(runs, Cancellation)).Length;
        Assert.Empty(await openSsl.RefusedAsync([.. Roots(2).Select(Hashed)], Cancellation));

        // Once for the certificates and once for one that every version reads.
        Assert.Equal((2, 2), (before, (await File.ReadAllLinesAsync(runs, Cancellation)).Length));
    }

    [Fact(Timeout = 60_000)]
    public async Task Refused_CommandThatHangs_CostsTheTimeOfTwoQuestionsAndSaysForHowLongItIsPassedOver()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var log = new LogLines();
        using var factory = LoggerFactory.Create(b => b.AddProvider(log));
        using var openSsl = new OpenSslCertificates(Script("exec sleep 600"), TimeSpan.FromSeconds(0.2), factory.CreateLogger<OpenSslCertificates>());
        Assert.False(openSsl.IsPassedOver);

        Assert.Empty(await openSsl.RefusedAsync([.. Roots(3).Select(Hashed)], cancellationToken));
        Assert.Empty(await openSsl.RefusedAsync([.. Roots(2).Select(Hashed)], cancellationToken));

        Assert.True(openSsl.IsPassedOver);
        Assert.Contains("is not asked again for 10 minutes", Assert.Single(log.All), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), OpenSslCertificates.TimeoutPerProcess);
    }

    [Fact]
    public async Task Refused_NotInstalled_RefusesNothing()
    {
        using var openSsl = Create(null);

        Assert.Empty(await openSsl.RefusedAsync([Hashed(MalformedCertificates.ByDefect["bad UTF-8"])], Cancellation));
    }

    private static OpenSslCertificates Create(string? command, TimeSpan? timeout = null) =>
        new(command, timeout ?? Timeout, NullLogger<OpenSslCertificates>.Instance);

    private string Script(string lines) => ShellScript.Write(_folder["openssl"], lines);

    private static IEnumerable<byte[]> Roots(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var root = TestCertificates.Root($"Root {i}");
            yield return root.RawData;
        }
    }

    private static (string Sha256, ReadOnlyMemory<byte> Der) Hashed(byte[] der) => (Thumbprints.Sha256(der), der);
}
