using System.Globalization;
using CaPortal.Core.Programs;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>What is easily judged wrong: defaults beside what is named, rights of accounts, and what a program shows of itself.</summary>
public sealed class ProgramVerdictsTests : ProgramTest
{
    private const string Wait = "import sys; sys.stdin.read()";

    [Fact]
    public async Task Look_NamedListLacksTheRootAndTheDefaultFolderHoldsIt_TrustsAlsoAfterAChange()
    {
        await RequireUnshareAsync();
        Tool.Require("openssl");
        Assert.SkipUnless(Directory.Exists("/etc/ssl/certs"), "Only with the default folder of Debian.");
        await WriteAsync("list.pem", Other);
        await WriteAsync("root.pem", Root);
        await WriteTextAsync("app.py", Wait);
        await using var python = Start(
            new() { ["SSL_CERT_FILE"] = Folder["list.pem"] },
            "unshare",
            "--mount",
            "sh",
            "-ec",
            "mount -t tmpfs none /etc/ssl/certs; cp root.pem /etc/ssl/certs/$(openssl x509 -noout -hash -in root.pem).0; exec python3 app.py");

        var seen = await python.SettledAsync(Trusts);
        Assert.Equal((Folder["list.pem"], "/etc/ssl/certs", 0), (seen.List, seen.Beside, seen.Missing));
        await WriteAsync("list.pem", Other, Root);

        // OpenSSL looks into the folder at each connection.
        Assert.Contains("at each connection", (await python.SeenAsync(Trusts)).Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("644", "755", true)]
    [InlineData("600", "755", false)]
    [InlineData("644", "700", false)]
    public async Task Look_ListOfAnotherAccount_SeesWhetherTheProgramMayReadIt(string mode, string folder, bool mayRead)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/python3"), "Only root can act as another account.");
        await WriteAsync("list.pem", Root);
        await Tool.RunAsync(Folder.Path, "chmod", mode, "list.pem");
        await Tool.RunAsync(Folder.Path, "chmod", folder, ".");
        await using var python = Start(
            new() { ["SSL_CERT_FILE"] = Folder["list.pem"] },
            "setpriv",
            "--reuid=12345",
            "--regid=12345",
            "--clear-groups",
            "/usr/bin/python3",
            "-c",
            Wait);

        var seen = await python.SeenAsync(p => p.Runtime == "Python" && p.Account == "12345");

        Assert.Equal(mayRead ? Trusts : ReadsAnotherList, seen.State);
        Assert.Equal(!mayRead, seen.Explanation.StartsWith($"The account of the program may not read {Folder["list.pem"]}.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Look_WithoutCertificates_SaysThatThereIsNothingToTrust()
    {
        await using var empty = await TestCore.StartAsync();
        await WriteTextAsync("app.py", Wait);
        await using var python = StartedProgram.Start(empty, Folder.Path, new() { ["SSL_CERT_FILE"] = "absent.pem" }, "python3", "app.py");

        var seen = await python.SeenAsync(p => p.Name == "app.py");

        Assert.Equal((NothingToTrust, "CaPortal manages no trusted root certificate yet."), (seen.State, seen.Explanation));
    }

    [Fact]
    public async Task Look_NodeWithAModuleThatLoadsOpenSsl_ReadsTheListThatIsBuiltIn()
    {
        var library = (await Tool.RunAsync("/", "sh", "-c", "find /usr/lib -name libcrypto.so.3 | head -1")).Trim();
        Assert.SkipWhen(library.Length == 0, "OpenSSL 3 is not installed.");
        Tool.Require("node");
        var libraries = await Tool.RunAsync("/", "sh", "-c", "ldd $(command -v node)");
        Assert.SkipWhen(libraries.Contains("libcrypto", StringComparison.Ordinal), "This Node.js uses the system's.");
        await WriteTextAsync("app.js", "setInterval(() => {}, 1000)");
        await using var node = Start(new() { ["LD_PRELOAD"] = library }, "node", "app.js");

        var seen = await node.SeenAsync(p => p.Name == "app.js");

        Assert.Equal("the list that is built into Node.js", seen.ListTitle);
    }

    [Fact]
    public async Task Look_NodeThatRewritesItsCommandLine_IsUnknown()
    {
        // Debian's Node.js reads this list by default, so that it must lack the root.
        await WriteAsync("list.pem", Other);
        await WriteTextAsync("app.js", "process.title = 'web'; setInterval(() => {}, 1000)");
        await using var node = Start(new() { ["SSL_CERT_FILE"] = "list.pem" }, "node", "--use-openssl-ca", "app.js");

        var seen = await node.SeenAsync(Unknown);

        Assert.Contains("Its options may name another list", seen.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_WhereTheSystemHidesItsUptime_KnowsWhenAProgramWasStarted()
    {
        await RequireUnshareAsync();
        await WriteTextAsync("app.py", Wait);
        await WriteTextAsync("uptime", "3.00 1.00\n");
        var before = TimeProvider.System.GetUtcNow();
        await using var python = Start([], "python3", "app.py");
        await python.SeenAsync(p => p.Name == "app.py");

        var output = await Tool.RunAsync(
            Folder.Path,
            "unshare",
            "--mount",
            "sh",
            "-ec",
            $"mount --bind uptime /proc/uptime; exec '{Environment.ProcessPath}' {ChildProcess.Switch} {nameof(Onlooker)} {python.Id}");

        var since = DateTimeOffset.Parse(output.Split(["since ", ","], StringSplitOptions.None)[1], CultureInfo.InvariantCulture);
        Assert.InRange(since, before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public void Find_ListOfCaPortal_KnowsWhatItLeavesOut()
    {
        var hash = TestCore.KeyOf(Root).Sha256;
        var leftOut = new[] { ("pem-bundle", hash) }.ToLookup(l => l.Item1, l => l.Item2);
        var lists = new ManagedLists(Core.Get<TrustStoreSelection>(), Core.Get<OperatingSystemRoots>(), new HashSet<string> { hash }, leftOut);

        Assert.Equal((true, true), lists.Find(Core.RootsFile, [hash]));
        Assert.Equal((true, false), lists.Find(Core.RootsFile, [hash, TestCore.KeyOf(Other).Sha256]));
        Assert.Equal((false, false), lists.Find("/etc/other.pem", [hash]));
    }

    [Fact]
    public async Task Look_ByManyAtOnce_IsOneAtATimeAndShared()
    {
        var programs = StartedProgram.ProgramsOf(Core);

        var reports = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => programs.LookAsync(Cancellation)));

        Assert.InRange(programs.Looks, 1, 2);
        Assert.InRange(reports.Distinct().Count(), 1, 2);
        await programs.LookAsync(Cancellation);
        Assert.InRange(programs.Looks, 2, 3);
    }

    [Fact]
    public async Task Look_WithoutTime_SaysWhatItDidNotLookAt()
    {
        var hasty = await StartedProgram.ProgramsOf(Core, longestLook: TimeSpan.Zero).LookAsync(Cancellation);
        var impatient = await StartedProgram.ProgramsOf(Core, longestWait: TimeSpan.Zero).LookAsync(Cancellation);

        Assert.Empty(hasty.Programs);
        Assert.True(hasty.Skipped > 0);
        Assert.Null(impatient.Skipped);
    }

    private static async Task RequireUnshareAsync()
    {
        Tool.Require("unshare");
        var (exitCode, _, _) = await Tool.TryRunAsync("/", "unshare", "--mount", "true");
        Assert.SkipUnless(exitCode == 0, "This account may not make a mount namespace.");
    }
}
