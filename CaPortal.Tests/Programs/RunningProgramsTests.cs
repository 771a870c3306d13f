using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Programs;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>Each program for real, with a list that holds the portal's root and with one that does not.</summary>
public sealed class RunningProgramsTests : ProgramTest
{
    private const string WaitInNode = "setInterval(() => {}, 1000)";
    private const string WaitInPython = "import sys; sys.stdin.read()";
    private const string WaitInJava = "public class Waiting { public static void main(String[] a) throws Exception { System.in.read(); } }";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_NodeWithAList_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await using var node = await StartNodeAsync(holds);

        var seen = await node.SettledAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Node.js", "app.js", Folder["list.pem"]), (seen.Runtime, seen.Name, seen.List));
        Assert.Equal((1, holds ? 0 : 1), (seen.Total, seen.Missing));
        Assert.InRange(seen.StartedAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
        Assert.Equal(holds, !seen.Explanation.Contains("See Node.js below", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Look_NodeWhoseListChanges_NeedsReload()
    {
        await using var node = await StartNodeAsync(holds: true);
        await node.SettledAsync(Trusts);

        await WriteAsync("list.pem", Root, Other);

        var seen = await node.SeenAsync(NeedsReload);
        Assert.Contains("Start it again", seen.Explanation, StringComparison.Ordinal);
        Assert.Equal(0, seen.Missing);
    }

    [Fact]
    public async Task Look_NodeWithItsOwnList_SaysSo()
    {
        await WriteTextAsync("app.js", WaitInNode);
        await using var node = Start([], "node", "--use-bundled-ca", "app.js");

        var seen = await node.SeenAsync(p => p.Name == "app.js");

        Assert.Equal((ReadsAnotherList, null, "the list that is built into Node.js"), (seen.State, seen.List, seen.ListTitle));
    }

    [Fact]
    public async Task Look_NodeWithOpenSslsList_ReadsThatOfTheEnvironment()
    {
        await WriteTextAsync("app.js", WaitInNode);
        await WriteAsync("list.pem", Root);
        await using var node = Start(
            new() { ["NODE_OPTIONS"] = "--max-old-space-size=300 --use-openssl-ca", ["SSL_CERT_FILE"] = Folder["list.pem"] }, "node", "app.js");

        var seen = await node.SeenAsync(Trusts);

        Assert.Equal(Folder["list.pem"], seen.List);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_PythonWithAList_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await using var python = await StartPythonAsync(holds);

        var seen = await python.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Python", "app.py", Folder["list.pem"]), (seen.Runtime, seen.Name, seen.List));
    }

    [Fact]
    public async Task Look_PythonWithAListForRequestsThatLacksTheRoot_ReadsAnotherList()
    {
        await WriteAsync("requests.pem", Other);
        await using var python = await StartPythonAsync(holds: true, new() { ["REQUESTS_CA_BUNDLE"] = "requests.pem" });

        var seen = await python.SeenAsync(ReadsAnotherList);

        Assert.Equal(Folder["requests.pem"], seen.List);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_JavaWithATruststore_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await WriteTextAsync("Waiting.java", WaitInJava);
        await WriteTruststoreAsync(holds ? Root : Other);
        await using var java = Start([], "java", $"-Djavax.net.ssl.trustStore={Folder["list.p12"]}", "Waiting.java");

        var seen = await java.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Java", "Waiting.java", Folder["list.p12"]), (seen.Runtime, seen.Name, seen.List));
    }

    [Fact]
    public async Task Look_JavaWithoutATruststore_ReadsTheRuntimesOwn()
    {
        await WriteTextAsync("Waiting.java", WaitInJava);
        await using var java = Start([], "java", "Waiting.java");

        var seen = await java.SeenAsync(ReadsAnotherList);

        Assert.EndsWith("/lib/security/cacerts", seen.List, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_JavaWhoseTruststoreChanges_SaysWhenJavaReadsIt()
    {
        await WriteTextAsync("Waiting.java", WaitInJava);
        await WriteTruststoreAsync(Root);
        await using var java = Start(
            new() { ["JAVA_TOOL_OPTIONS"] = $"\"-Djavax.net.ssl.trustStore={Folder["list.p12"]}\" -Xmx200m" }, "java", "Waiting.java");
        await java.SettledAsync(Trusts);

        await WriteTruststoreAsync(Root);

        Assert.Contains("first TLS connection", (await java.SeenAsync(NeedsReload)).Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_CurlThatWaits_SeesWhetherItsListHoldsTheRoot(bool holds)
    {
        await using var server = new TcpServer((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await WriteAsync("list.pem", holds ? Root : Other);
        await using var curl = Start([], "curl", "--cacert", "list.pem", $"https://127.0.0.1:{server.Port}/");

        var seen = await curl.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("curl", Folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Fact]
    public async Task Look_CurlWithFoldersBesideItsList_ReadsThoseThatAreThere()
    {
        await using var server = new TcpServer((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await WriteAsync("list.pem", Other);
        Directory.CreateDirectory(Folder["hashed"]);
        await WriteAsync("hashed/0123abcd.0", Root);
        await using var curl = Start([], "curl", "--cacert", "list.pem", "--capath", "missing:hashed", $"https://127.0.0.1:{server.Port}/");

        await curl.SeenAsync(Trusts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_DotNetProgram_SeesWhetherTheStoreOfItsAccountHoldsTheRoot(bool holds)
    {
        var store = Directory.CreateDirectory(Folder[".dotnet/corefx/cryptography/x509stores/root"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(store, "a.pfx"), X509StoreFile.Encode((holds ? Root : Other).RawData), Cancellation);
        await using var program = Start(
            new() { ["HOME"] = Folder.Path, [PrivateHome.GivenHomeVariable] = Folder.Path },
            Environment.ProcessPath!,
            ChildProcess.Switch,
            nameof(TlsClient),
            "1");
        var before = await program.SettledAsync(holds ? Trusts : ReadsAnotherList);
        var combined = Path.Combine(Path.GetDirectoryName(Core.RootsFile)!, "roots+system.pem");
        Assert.Equal(!holds, before.Explanation.EndsWith($"Set SSL_CERT_FILE to {combined} in its environment, and start it again.", StringComparison.Ordinal));

        await File.WriteAllBytesAsync(Path.Combine(store, "b.pfx"), X509StoreFile.Encode(Root.RawData), Cancellation);

        // What changes counts for a program that runs.
        var seen = await program.SeenAsync(Trusts);
        Assert.Equal((".NET", null), (seen.Runtime, seen.List));
        Assert.Contains(store, seen.ListTitle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_PortalItself_IsLeftOutWithWhatItStarted()
    {
        await using var node = await StartNodeAsync(holds: true);
        await node.SeenAsync(Trusts);

        var report = await Core.Get<RunningPrograms>().LookAsync(Cancellation);

        Assert.DoesNotContain(report.Programs, p => p.ProcessId == node.Id || p.ProcessId == Environment.ProcessId);
    }

    [Fact]
    public async Task Look_ProgramAndItsWorkers_AreOneEntry()
    {
        await WriteTextAsync("app.py", $"import os; os.fork(); open('pid-%d' % os.getpid(), 'w'); {WaitInPython}");
        await using var python = Start([], "python3", "app.py");
        while (Directory.GetFiles(Folder.Path, "pid-*").Length < 2)
            await Task.Delay(20, Cancellation);
        await python.SeenAsync(p => p.Name == "app.py");

        var report = await StartedProgram.ProgramsOf(Core).LookAsync(Cancellation);

        var started = Directory.GetFiles(Folder.Path, "pid-*").Select(p => int.Parse(Path.GetFileName(p)[4..])).ToList();
        Assert.Equal(python.Id, Assert.Single(report.Programs, p => started.Contains(p.ProcessId)).ProcessId);
    }

    private async Task<StartedProgram> StartNodeAsync(bool holds)
    {
        await WriteTextAsync("app.js", WaitInNode);
        await WriteAsync("list.pem", holds ? Root : Other);
        return Start(new() { ["NODE_EXTRA_CA_CERTS"] = "list.pem" }, "node", "--use-bundled-ca", "app.js");
    }

    private async Task<StartedProgram> StartPythonAsync(bool holds, Dictionary<string, string?>? environment = null)
    {
        await WriteTextAsync("app.py", WaitInPython);
        await WriteAsync("list.pem", holds ? Root : Other);
        return Start(new(environment ?? []) { ["SSL_CERT_FILE"] = "list.pem" }, "python3", "-u", "app.py");
    }

    private Task WriteTruststoreAsync(X509Certificate2 certificate) => File.WriteAllBytesAsync(
        Folder["list.p12"],
        JavaTruststore.Empty.With([new TrustedCertificate(TestCore.KeyOf(certificate), certificate.RawData, "", default, default)], []).Format("changeit"),
        Cancellation);
}
