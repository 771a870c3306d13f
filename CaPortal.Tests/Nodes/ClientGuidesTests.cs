using CaPortal.Core.Certificates;
using CaPortal.Core.Nodes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Nodes;

public sealed class TrustConsumersTests
{
    private const string Bundle = "/srv/trust/roots.pem";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx", "proxy_ssl_trusted_certificate /srv/trust/roots.pem;")]
    [InlineData("Envoy", "trusted_ca: { filename: \"/srv/trust/roots.pem\" }")]
    [InlineData("HAProxy", "ssl verify required ca-file /srv/trust/roots.pem")]
    [InlineData("curl", "export CURL_CA_BUNDLE=/srv/trust/roots.pem")]
    [InlineData("Node.js", "export NODE_EXTRA_CA_CERTS=/srv/trust/roots.pem")]
    [InlineData("Python", "export REQUESTS_CA_BUNDLE=/srv/trust/roots.pem")]
    [InlineData(".NET", "export SSL_CERT_FILE=/srv/trust/roots.pem")]
    [InlineData("Go", "export SSL_CERT_FILE=/srv/trust/roots.pem")]
    public void Guide_WithPemBundlesAlone_NamesTheFile(string consumer, string line)
    {
        SkipOnWindows();
        var guide = Guide(consumer, Store("pem-bundle", Bundle));

        Assert.Equal(ConsumerSupport.Configuration, guide.Support);
        Assert.Contains(line, guide.Configuration, StringComparison.Ordinal);
        Assert.EndsWith(".", guide.Remark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curl", "linux-anchors", ConsumerSupport.Nothing)]
    [InlineData("Go", "linux-anchors", ConsumerSupport.Nothing)]
    [InlineData(".NET", "linux-anchors", ConsumerSupport.Nothing)]
    [InlineData("Java", "linux-anchors", ConsumerSupport.Nothing)]
    [InlineData(".NET", "x509", ConsumerSupport.Nothing)]
    [InlineData("nginx", "linux-anchors", ConsumerSupport.Configuration)]
    [InlineData("Node.js", "linux-anchors", ConsumerSupport.Configuration)]
    [InlineData("Python", "linux-anchors", ConsumerSupport.Configuration)]
    [InlineData("Java", "java-truststore", ConsumerSupport.Configuration)]
    [InlineData("nginx", "x509", ConsumerSupport.None)]
    [InlineData("Java", "pem-bundle", ConsumerSupport.None)]
    public void Guide_ForEachTrustStore_SaysWhetherThereIsAnythingToDo(string consumer, string store, ConsumerSupport support)
    {
        SkipOnWindows();
        var guide = Guide(consumer, Store(store, "/etc/trust/file"));

        Assert.Equal(support, guide.Support);
        Assert.Equal(support == ConsumerSupport.Configuration, guide.Configuration?.Contains("/etc/trust/file", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Guide_ForPythonWithTheSystemsAnchorsAndPemBundles_LeavesItsOwnSslModuleToTheSystem()
    {
        SkipOnWindows();
        var guide = Guide("Python", Store("pem-bundle", Bundle), Store("linux-anchors", "/etc/ssl/all.crt", hasSystemRoots: true));

        Assert.StartsWith("Python's own ssl module reads the system's anchors by itself, and needs no setting.", guide.Remark, StringComparison.Ordinal);
        Assert.Equal("export REQUESTS_CA_BUNDLE=/etc/ssl/all.crt", guide.Configuration);
        Assert.False(guide.ReplacesSystemRoots);
    }

    [Fact]
    public void Guide_ForJavaWithTheSystemsAnchorsAndATruststore_SaysWhichJavaNeedsTheLine()
    {
        SkipOnWindows();
        var anchors = Store("linux-anchors", "/etc/ssl/all.crt", hasSystemRoots: true);
        var guide = Guide("Java", Store("java-truststore", "/srv/trust.p12"), anchors);

        Assert.StartsWith(
            "The distribution's own Java reads a keystore that is made from the system's anchors, and needs no setting. The line is for a Java from elsewhere",
            guide.Remark,
            StringComparison.Ordinal);
        Assert.Contains("-Djavax.net.ssl.trustStore=/srv/trust.p12", guide.Configuration, StringComparison.Ordinal);

        var withoutTruststore = Guide("Java", Store("java-truststore", "/srv/trust.p12") with { Condition = TrustStoreCondition.NotInUse }, anchors);
        Assert.Equal((ConsumerSupport.Nothing, null), (withoutTruststore.Support, withoutTruststore.Configuration));
        Assert.DoesNotContain("The distribution's", Guide("Java", Store("java-truststore", "/srv/trust.p12")).Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Guide_WithATruststoreThatHasAPassword_GivesItToJava()
    {
        SkipOnWindows();
        var store = Store("java-truststore", "/srv/trust.p12") with { File = new ProgramFile("/srv/trust.p12", false, Password: "changeit") };

        Assert.Equal(
            "-Djavax.net.ssl.trustStore=/srv/trust.p12 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit",
            Guide("Java", store).Configuration);
    }

    [Fact]
    public void Guide_WithoutATrustStoreThatServesIt_NamesTheOneToTurnOn()
    {
        var guide = Guide(
            "Java",
            Store("pem-bundle", Bundle),
            Store("java-truststore", "/srv/trust/roots.p12") with
            {
                Condition = TrustStoreCondition.NotInUse,
            });

        Assert.Equal(ConsumerSupport.None, guide.Support);
        Assert.Contains("Turn on java-truststore.", guide.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void Guide_WithATrustStoreThatCannotBeUsed_DoesNotSendProgramsThere()
    {
        var guide = Guide(
            "nginx",
            Store("pem-bundle", Bundle) with
            {
                Condition = TrustStoreCondition.Unusable,
                State = new TrustStoreState(false, "No.", "Do."),
            });

        Assert.Equal(ConsumerSupport.None, guide.Support);
        Assert.Null(guide.Configuration);
    }

    [Theory]
    [InlineData("curl", false, true)]
    [InlineData("curl", true, false)]
    [InlineData("Node.js", false, false)]
    public void Guide_WithAFileInPlaceOfTheProgramsOwnList_SaysSo(string consumer, bool hasSystemRoots, bool replaces)
    {
        SkipOnWindows();
        Assert.Equal(replaces, Guide(consumer, Store("pem-bundle", Bundle, hasSystemRoots)).ReplacesSystemRoots);
    }

    [Theory]
    [InlineData("curl", "CURL_CA_BUNDLE", "--cacert @ --capath /nonexistent ")]
    [InlineData("Python", "REQUESTS_CA_BUNDLE", "export SSL_CERT_FILE=@\nexport SSL_CERT_DIR=/nonexistent\nexport REQUESTS_CA_BUNDLE=@")]
    [InlineData(".NET", "SSL_CERT_FILE", "export SSL_CERT_FILE=@\nexport SSL_CERT_DIR=/nonexistent")]
    [InlineData("Go", "SSL_CERT_FILE", "export SSL_CERT_FILE=@\nexport SSL_CERT_DIR=/nonexistent")]
    public void Guide_WithAFileBesideThatHasTheSystemsRootsToo_TakesThatAndHasTheOtherAsAChoice(string consumer, string variable, string bare)
    {
        SkipOnWindows();
        var store = Store("pem-bundle", Bundle) with { File = new ProgramFile(Bundle, false) { Combined = "/srv/trust/roots+system.pem" } };

        var guide = Guide(consumer, store);

        Assert.Contains($"export {variable}=/srv/trust/roots+system.pem", guide.Configuration, StringComparison.Ordinal);
        Assert.Contains(bare.Replace("@", Bundle, StringComparison.Ordinal), guide.BareConfiguration, StringComparison.Ordinal);
        Assert.False(guide.ReplacesSystemRoots);
        Assert.Null(Guide("nginx", store).BareConfiguration);
        Assert.Contains($"{Bundle};", Guide("nginx", store).Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_WithATrustStoreThatLeavesSomeOut_NamesIt()
    {
        var store = Store("pem-bundle", Bundle) with { Counts = new TrustStoreCounts(3, 2, 1, 0, 0, []) };

        Assert.Equal(["pem-bundle"], ClientGuides.SummaryOf(new TrustStoreOverview(TrustScope.User, false, [store])).LeavingOut);
        Assert.Empty(ClientGuides.SummaryOf(new TrustStoreOverview(TrustScope.User, false, [Store("pem-bundle", Bundle)])).LeavingOut);
    }

    [Theory]
    [InlineData("x509", TrustScope.User, true)]
    [InlineData("x509", TrustScope.Machine, false)]
    [InlineData("linux-anchors", TrustScope.User, false)]
    public void Summary_OfTheScope_SaysWhosePrograms(string store, TrustScope scope, bool isOfOneAccount)
    {
        SkipOnWindows();
        var summary = ClientGuides.SummaryOf(new TrustStoreOverview(scope, false, [Store(store, "/etc/trust/file")]));

        Assert.Contains(".NET", summary.ByThemselves);
        Assert.Equal(isOfOneAccount ? Environment.UserName : null, summary.Account);
        Assert.Equal(9, summary.ByThemselves.Concat(summary.AfterASetting).Concat(summary.NotServed).Distinct().Count());
    }

    [Theory]
    [InlineData("curl", "curl --silent --show-error https://localhost:PORT/")]
    [InlineData("Python", "python3 -c \"import urllib.request; urllib.request.urlopen('https://localhost:PORT/')\"")]
    [InlineData("Node.js", "node -e \"require('https').get('https://localhost:PORT/', r => r.resume()).on('error', e => { throw e })\"")]
    public async Task Lines_InAShellAtAPathWithBlanksAndQuotes_MakeTheProgramTrust(string consumer, string command)
    {
        SkipOnWindows();
        Tool.Require(command.Split(' ')[0]);
        using var root = TestCertificates.Root();
        using var certificate = TestCertificates.Server(root);
        await using var server = new TlsServer(certificate);
        using var folder = new TemporaryDirectory();
        var path = folder[@"it's a ""file"" of $HOME.pem"];
        await File.WriteAllBytesAsync(path, TestFiles.Pem(root), Cancellation);
        var lines = Guide(consumer, Store("pem-bundle", path)).Configuration!.Split("\n#")[0];
        command = command.Replace("PORT", $"{server.Port}", StringComparison.Ordinal);

        var (refused, _) = await Tool.RunAsync("sh", ["-c", command], Cancellation);
        var (accepted, output) = await Tool.RunAsync("sh", ["-c", $"{lines}\n{command}"], Cancellation);
        Assert.NotEqual(0, refused);
        Assert.True(accepted == 0, output);
    }

    [Theory]
    [InlineData("curl", "true")]
    [InlineData("Python", "python3 -c \"import urllib.request; urllib.request.urlopen('https://localhost:PORT/')\"")]
    public async Task BareLines_WhereTheDefaultFolderHoldsTheRoot_MakeTheProgramRefuse(string consumer, string command)
    {
        SkipOnWindows();
        foreach (var tool in new[] { "unshare", "openssl", "curl", "python3" })
            Tool.Require(tool);
        using var root = TestCertificates.Root();
        using var other = TestCertificates.Root("Other");
        using var certificate = TestCertificates.Server(root);
        await using var server = new TlsServer(certificate);
        using var folder = new TemporaryDirectory();
        await File.WriteAllBytesAsync(folder["root.pem"], TestFiles.Pem(root), Cancellation);
        await File.WriteAllBytesAsync(folder["other.pem"], TestFiles.Pem(other), Cancellation);
        var (isAllowed, _) = await Tool.RunAsync("unshare", ["--mount", "true"], Cancellation);
        Assert.SkipUnless(isAllowed == 0 && Directory.Exists("/etc/ssl/certs"), "This account may not make a mount namespace, or there is no folder.");
        var store = Store("pem-bundle", folder["other.pem"]) with { File = new ProgramFile(folder["other.pem"], false) { Combined = folder["other.pem"] } };
        var guide = Guide(consumer, store);

        // The file alone does not keep it from the folder.
        var (withFolder, _) = await RunAsync(consumer == "curl" ? $"curl --cacert {folder["other.pem"]} https://back-end.example/" : guide.Configuration!);
        var (bare, output) = await RunAsync(guide.BareConfiguration!);

        Assert.Equal(0, withFolder);
        Assert.NotEqual(0, bare);
        Assert.Contains("certificate", output, StringComparison.Ordinal);

        Task<(int ExitCode, string Output)> RunAsync(string lines)
        {
            lines = lines.Replace("https://back-end.example/", $"-sS -o /dev/null https://localhost:{server.Port}/", StringComparison.Ordinal);
            return Tool.RunAsync(
                "unshare",
                [
                    "--mount",
                    "sh",
                    "-ec",
                    $"""
                    unset SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE REQUESTS_CA_BUNDLE
                    mount -t tmpfs none /etc/ssl/certs
                    cp {folder["root.pem"]} "/etc/ssl/certs/$(openssl x509 -noout -hash -in {folder["root.pem"]}).0"
                    {lines}
                    {command.Replace("PORT", $"{server.Port}", StringComparison.Ordinal)}
                    """,
                ],
                Cancellation);
        }
    }

    [Theory]
    [InlineData("nginx", @"proxy_ssl_trusted_certificate ""/srv/my \""trust\""/roots.pem"";")]
    [InlineData("Envoy", @"filename: ""/srv/my \""trust\""/roots.pem""")]
    [InlineData("HAProxy", @"ca-file '/srv/my ""trust""/roots.pem'")]
    public void Lines_WithAPathThatNeedsQuotes_AreQuotedAsTheProgramReadsThem(string consumer, string line)
    {
        SkipOnWindows();
        Assert.Contains(line, Guide(consumer, Store("pem-bundle", @"/srv/my ""trust""/roots.pem")).Configuration, StringComparison.Ordinal);
    }

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "There the lines are those of PowerShell.");

    private static ConsumerGuide Guide(string consumer, params TrustStoreView[] stores) =>
        ClientGuides.GuidesFor(new TrustStoreOverview(TrustScope.User, false, stores)).Single(g => g.Consumer == consumer);

    private static TrustStoreView Store(string name, string path, bool hasSystemRoots = false) => new()
    {
        Name = name,
        Title = name,
        Condition = TrustStoreCondition.Installed,
        State = TrustStoreState.Enabled,
        Scopes = [TrustScope.User],
        Places = [new TrustStorePlace(CaStore.Root, path)],
        File = name == "x509" ? null : new ProgramFile(path, hasSystemRoots),
    };
}
