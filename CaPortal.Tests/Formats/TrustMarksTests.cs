using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CaPortal.Core.Certificates;
using CaPortal.Core.Changes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Formats;

/// <summary>Files that say themselves how far a certificate can be trusted.</summary>
public sealed class TrustMarksTests : IDisposable
{
    private readonly X509Certificate2 _root = TestCertificates.Root("Marked");

    private string Pem => _root.ExportCertificatePem();

    [Theory]
    [InlineData("x-distrusted: true", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData("trusted: true\nx-distrusted: true", FindingCode.Distrusted, FindingSeverity.Error)]
    [InlineData("trusted: false", FindingCode.LimitedTrust, FindingSeverity.Warning)]
    [InlineData("trusted: true\nnss-server-distrust-after: \"191228000000Z\"", FindingCode.Distrusted, FindingSeverity.Warning)]
    [InlineData("trusted: true\nnss-server-distrust-after: \"%32%30301231235959Z\"", FindingCode.Distrusted, FindingSeverity.Warning)]
    public async Task Read_P11KitFileThatMarksIt_SaysSo(string attributes, FindingCode code, FindingSeverity severity)
    {
        var item = Assert.Single((await Reader.ReadAsync($"# p11-kit\n[p11-kit-object-v1]\nlabel: \"M%C3%BCller CA\"\n{attributes}\n{Pem}\n")).Items);

        Assert.Equal(_root.RawData, item.Der.ToArray());
        Assert.Equal("Müller CA", item.FriendlyName);
        var finding = Assert.Single(item.Findings);
        Assert.Equal((code, severity, severity == FindingSeverity.Error), (finding.Code, finding.Severity, finding.CanOverride));
    }

    [Theory]
    [InlineData("trusted: true\nnss-mozilla-ca-policy: true\nnss-server-distrust-after: \"%00\"")]
    [InlineData("x-distrusted: false")]
    [InlineData("# x-distrusted: true")]
    public async Task Read_P11KitFileThatTrustsIt_SaysNothing(string attributes) =>
        Assert.Empty(
            Assert.Single((await Reader.ReadAsync($"[p11-kit-object-v1]\n{attributes}\n{Pem}\n[p11-kit-object-v1]\nx-distrusted: true\n")).Items).Findings);

    [Theory]
    [InlineData("2.5.29.37", "0%16%06%03U%1D%25%01%01%FF%04%0C0%0A%06%08%2B%06%01%05%05%07%03%04", FindingCode.LimitedTrust)]
    [InlineData("2.5.29.37", "0%20%06%03U%1D%25%01%01%FF%04%160%14%06%08%2B%06%01%05%05%07%03%01%06%08%2B%06%01%05%05%07%03%04", null)]
    [InlineData("1.3.6.1.4.1.3319.6.10.1", "0%1A%06%0A%2B%06%01%04%01%99w%06%0A%01%04%0C0%0A%06%08%2B%06%01%05%05%07%03%01", FindingCode.Distrusted)]
    [InlineData("1.3.6.1.4.1.3319.6.10.1", "0%1A%06%0A%2B%06%01%04%01%99w%06%0A%01%04%0C0%0A%06%08%2B%06%01%05%05%07%03%04", null)]
    public async Task Read_P11KitRuleForItsKey_IsAppliedAndIsNoItem(string oid, string value, FindingCode? code)
    {
        var key = PemEncoding.WriteString("PUBLIC KEY", _root.PublicKey.ExportSubjectPublicKeyInfo());

        var item = Assert.Single(
            (
                await Reader.ReadAsync(
                    $"[p11-kit-object-v1]\ntrusted: true\n{Pem}\n[p11-kit-object-v1]\nclass: x-certificate-extension\nobject-id: {oid}\nvalue: "
                        + $"\"{value}\"\n{key}\n")
            ).Items);

        Assert.Equal(code is null ? [] : [code.Value], item.Findings.Select(f => f.Code));
    }

    [Theory]
    [InlineData("-addreject serverAuth", FindingCode.Distrusted)]
    [InlineData("-addreject anyExtendedKeyUsage", FindingCode.Distrusted)]
    [InlineData("-addtrust serverAuth -addreject serverAuth", FindingCode.Distrusted)]
    [InlineData("-addtrust emailProtection", FindingCode.LimitedTrust)]
    [InlineData("-addtrust serverAuth", null)]
    [InlineData("-addtrust anyExtendedKeyUsage -addreject clientAuth", null)]
    [InlineData("-addreject emailProtection", null)]
    public async Task Read_OpenSslTrustSettings_SayWhatOpenSslDoes(string options, FindingCode? expected)
    {
        Tool.Require("openssl");
        using var folder = new TemporaryDirectory();
        using var server = TestCertificates.Server(_root);
        await File.WriteAllTextAsync(folder["ca.pem"], Pem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["server.pem"], server.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await Tool.RunAsync(folder.Path, "openssl", ["x509", "-in", "ca.pem", "-trustout", "-setalias", "corp", "-out", "out", .. options.Split(' ')]);
        var pem = await File.ReadAllTextAsync(folder["out"], TestContext.Current.CancellationToken);
        var fields = PemEncoding.Find(pem);
        foreach (var file in (byte[][])[Encoding.ASCII.GetBytes(pem), Convert.FromBase64String(pem[fields.Base64Data])])
        {
            var item = Assert.Single((await Reader.ReadAsync(file)).Items);

            Assert.Equal(_root.RawData, item.Der.ToArray());
            Assert.Equal("corp", item.FriendlyName);
            Assert.Equal(expected ?? FindingCode.Unusual, Assert.Single(item.Findings).Code);
        }

        // OpenSSL itself, with this file as its only anchor.
        var (exitCode, output, errors) = await Tool.TryRunAsync(
            folder.Path,
            "openssl",
            "verify",
            "-no-CApath",
            "-no-CAstore",
            "-purpose",
            "sslserver",
            "-CAfile",
            "out",
            "server.pem");
        Assert.True((exitCode == 0) == (expected is null), output + errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inspect_OneOfTwoCopiesIsDistrusted_TheMarkIsOnWhatIsAddedAndIsKept(bool isDistrustedFirst)
    {
        await using var core = await TestCore.StartAsync();
        var marked = $"[p11-kit-object-v1]\nx-distrusted: true\n{Pem}\n[p11-kit-object-v1]\ntrusted: true\n";
        var inspection = await core.InspectAsync(Encoding.UTF8.GetBytes(isDistrustedFirst ? $"{marked}{Pem}\n" : $"{Pem}\n{marked}"));

        Assert.All(inspection.Items, i => Assert.Contains(i.Findings, f => f.Code == FindingCode.Distrusted));
        Assert.Equal([ItemResult.Refused, ItemResult.Duplicate], core.PlanAll(inspection).Items.Select(i => i.Result));
        var plan = core.Changes.PlanAdd(
            inspection,
            [new AddSelection(inspection.Items.First(), CaStore.Root, new HashSet<FindingCode> { FindingCode.Distrusted })]);
        Assert.IsType<ChangeOutcome.Applied>(await core.ApplyAsync(plan, reason: "the distrust is over"));
        Assert.Contains(Assert.Single(await core.ListAsync()).Findings, f => f.Code == FindingCode.Distrusted);
    }

    public void Dispose() => _root.Dispose();
}
