using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Programs;
using CaPortal.Core.TrustStores;
using CaPortal.Core.TrustStores.Java;
using CaPortal.Core.TrustStores.X509;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>Each program for real, with a list that holds the portal's root and with one that does not.</summary>
public sealed class RunningProgramsTests : IAsyncLifetime, IDisposable
{
    private const string WaitInNode = "setInterval(() => {}, 1000)";
    private const string WaitInPython = "import sys; sys.stdin.read()";
    private const string WaitInJava = "public class Waiting { public static void main(String[] a) throws Exception { System.in.read(); } }";

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root("Wanted Root");
    private readonly X509Certificate2 _other = TestCertificates.Root("Other Root");
    private TestCore? _core;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestCore Core => _core!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux.");
        _core = await TestCore.StartAsync();
        await _core.AddAsync(_root);
    }

    public async ValueTask DisposeAsync()
    {
        if (_core is not null)
            await _core.DisposeAsync();
        Dispose();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _root.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_NodeWithAList_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await using var node = await StartNodeAsync(holds);

        var seen = await node.SettledAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Node.js", "app.js", _folder["list.pem"]), (seen.Runtime, seen.Name, seen.List));
        Assert.Equal((1, holds ? 0 : 1), (seen.Total, seen.Missing));
        Assert.InRange(seen.StartedAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
        Assert.Equal(holds, !seen.Explanation.Contains("are below", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Look_NodeWhoseListChanges_NeedsReload()
    {
        await using var node = await StartNodeAsync(holds: true);
        await node.SettledAsync(Trusts);

        await WriteAsync("list.pem", _root, _other);

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
        await WriteAsync("list.pem", _root);
        await using var node = Start(
            new() { ["NODE_OPTIONS"] = "--max-old-space-size=300 --use-openssl-ca", ["SSL_CERT_FILE"] = _folder["list.pem"] }, "node", "app.js");

        var seen = await node.SeenAsync(Trusts);

        Assert.Equal(_folder["list.pem"], seen.List);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_PythonWithAList_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await using var python = await StartPythonAsync(holds);

        var seen = await python.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Python", "app.py", _folder["list.pem"]), (seen.Runtime, seen.Name, seen.List));
    }

    [Fact]
    public async Task Look_PythonWithAListForRequestsThatLacksTheRoot_ReadsAnotherList()
    {
        await WriteAsync("requests.pem", _other);
        await using var python = await StartPythonAsync(holds: true, new() { ["REQUESTS_CA_BUNDLE"] = "requests.pem" });

        var seen = await python.SeenAsync(ReadsAnotherList);

        Assert.Equal(_folder["requests.pem"], seen.List);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_JavaWithATruststore_SeesWhetherItHoldsTheRoot(bool holds)
    {
        await WriteTextAsync("Waiting.java", WaitInJava);
        await WriteTruststoreAsync(holds ? _root : _other);
        await using var java = Start([], "java", $"-Djavax.net.ssl.trustStore={_folder["list.p12"]}", "Waiting.java");

        var seen = await java.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("Java", "Waiting.java", _folder["list.p12"]), (seen.Runtime, seen.Name, seen.List));
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
        await WriteTruststoreAsync(_root);
        await using var java = Start(
            new() { ["JAVA_TOOL_OPTIONS"] = $"\"-Djavax.net.ssl.trustStore={_folder["list.p12"]}\" -Xmx200m" }, "java", "Waiting.java");
        await java.SettledAsync(Trusts);

        await WriteTruststoreAsync(_root);

        Assert.Contains("first TLS connection", (await java.SeenAsync(NeedsReload)).Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_CurlThatWaits_SeesWhetherItsListHoldsTheRoot(bool holds)
    {
        await using var server = new TcpServer((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, stop));
        await WriteAsync("list.pem", holds ? _root : _other);
        await using var curl = Start([], "curl", "--cacert", "list.pem", $"https://127.0.0.1:{server.Port}/");

        var seen = await curl.SeenAsync(holds ? Trusts : ReadsAnotherList);

        Assert.Equal(("curl", _folder["list.pem"]), (seen.Runtime, seen.List));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Look_DotNetProgram_SeesWhetherTheStoreOfItsAccountHoldsTheRoot(bool holds)
    {
        var store = Directory.CreateDirectory(_folder[".dotnet/corefx/cryptography/x509stores/root"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(store, "a.pfx"), X509StoreFile.Encode((holds ? _root : _other).RawData), Cancellation);
        await using var program = Start(
            new() { ["HOME"] = _folder.Path, [PrivateHome.GivenHomeVariable] = _folder.Path },
            Environment.ProcessPath!,
            ChildProcess.Switch,
            nameof(TlsClient),
            "1");
        await program.SettledAsync(holds ? Trusts : ReadsAnotherList);

        await File.WriteAllBytesAsync(Path.Combine(store, "b.pfx"), X509StoreFile.Encode(_root.RawData), Cancellation);

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
        while (Directory.GetFiles(_folder.Path, "pid-*").Length < 2)
            await Task.Delay(20, Cancellation);
        await python.SeenAsync(p => p.Name == "app.py");

        var report = await StartedProgram.ProgramsOf(Core).LookAsync(Cancellation);

        var started = Directory.GetFiles(_folder.Path, "pid-*").Select(p => int.Parse(Path.GetFileName(p)[4..])).ToList();
        Assert.Equal(python.Id, Assert.Single(report.Programs, p => started.Contains(p.ProcessId)).ProcessId);
    }

    private StartedProgram Start(Dictionary<string, string?> environment, params string[] command) =>
        StartedProgram.Start(Core, _folder.Path, environment, command);

    private async Task<StartedProgram> StartNodeAsync(bool holds)
    {
        await WriteTextAsync("app.js", WaitInNode);
        await WriteAsync("list.pem", holds ? _root : _other);
        return Start(new() { ["NODE_EXTRA_CA_CERTS"] = "list.pem" }, "node", "--use-bundled-ca", "app.js");
    }

    private async Task<StartedProgram> StartPythonAsync(bool holds, Dictionary<string, string?>? environment = null)
    {
        await WriteTextAsync("app.py", WaitInPython);
        await WriteAsync("list.pem", holds ? _root : _other);
        return Start(new(environment ?? []) { ["SSL_CERT_FILE"] = "list.pem" }, "python3", "-u", "app.py");
    }

    private Task WriteTextAsync(string name, string text) => File.WriteAllTextAsync(_folder[name], text, Cancellation);

    private Task WriteAsync(string name, params X509Certificate2[] certificates) =>
        File.WriteAllBytesAsync(_folder[name], TestFiles.Pem(certificates), Cancellation);

    private Task WriteTruststoreAsync(X509Certificate2 certificate) => File.WriteAllBytesAsync(
        _folder["list.p12"],
        JavaTruststore.Empty.With([new TrustedCertificate(TestCore.KeyOf(certificate), certificate.RawData, "", default, default)], []).Format("changeit"),
        Cancellation);
}
