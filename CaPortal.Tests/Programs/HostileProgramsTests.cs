using System.Runtime.Versioning;
using System.Text.Json;
using CaPortal.Core.Files;
using CaPortal.Tests.Testing;
using static CaPortal.Core.Programs.RunningProgramState;

namespace CaPortal.Tests.Programs;

/// <summary>Programs decide what the system tells of them: nothing of that stops a look, and nothing secret is in the report.</summary>
public sealed class HostileProgramsTests : ProgramTest
{
    private const string Secret = "S3cretOfTheProgram";
    private const string Wait = "import sys; sys.stdin.read()";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await WriteTextAsync("app.py", Wait);
        await WriteAsync("list.pem", Root);
    }

    [Fact]
    public async Task Look_ProgramsWithSecrets_KeepsNoneOfThem()
    {
        await File.WriteAllTextAsync(
            Folder["Waiting.java"], "public class Waiting { public static void main(String[] a) throws Exception { System.in.read(); } }", Cancellation);
        var environment = new Dictionary<string, string?>
        {
            ["DB_PASSWORD"] = Secret,
            ["SSL_CERT_FILE"] = Folder["list.pem"],
            ["JAVA_TOOL_OPTIONS"] = $"-Ddb.password={Secret} \"-Djavax.net.ssl.trustStorePassword={Secret}\" -Djavax.net.ssl.keyStorePassword={Secret}",
            ["NODE_OPTIONS"] = $"--title={Secret} --use-openssl-ca",
        };
        await using var python = Start(environment, "python3", "app.py", "--password", Secret, $"--token={Secret}", Secret);
        await using var code = Start(environment, "python3", "-c", $"{Wait}; '{Secret}'");
        await using var java = Start(environment, "java", $"-Djavax.net.ssl.trustStorePassword={Secret}", $"-Dpassword={Secret}", "Waiting.java", Secret);
        await using var node = Start(environment, "node", "-e", $"setInterval(() => '{Secret}', 1000)", Secret);
        await python.SeenAsync(p => p.Name == "app.py");
        await code.SeenAsync(p => p.Runtime == "Python");
        await java.SeenAsync(p => p.Name == "Waiting.java");
        await node.SeenAsync(p => p.Runtime == "Node.js" && p.State == Trusts);

        var report = await StartedProgram.ProgramsOf(Core).LookAsync(Cancellation);

        var text = JsonSerializer.Serialize(report);
        Assert.Contains("app.py", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Look_ProgramWithJavaInItAndASecretArgument_ShowsItsOwnNameAlone()
    {
        // Of a class's name, as far as one can tell.
        await using var tool = Start([], "keytool", "-importcert", "-storepass", Secret, "-keystore", "new.p12");

        var seen = await tool.SeenAsync(p => p.Runtime == "Java");

        Assert.Equal("keytool", seen.Name);
        Assert.DoesNotContain(Secret, JsonSerializer.Serialize(await StartedProgram.ProgramsOf(Core).LookAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_ProgramWhoseConfigurationHasNoPath_IsUnknownAndHidesNoOther()
    {
        // What bash runs is the configuration of what is called nginx.
        File.Copy("/bin/bash", Folder["nginx"]);
        await File.WriteAllTextAsync(Folder["read -r x"], "include /tmp/x\0*;\n", Cancellation);
        await using var nginx = Start([], Folder["nginx"], "-c", "read -r x");
        await using var python = Start([], "python3", "app.py");

        await nginx.SeenAsync(p => p is { Runtime: "nginx", State: Unknown });
        await python.SeenAsync(p => p.Name == "app.py");
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task OpenFileOfOthers_OfAPipe_DoesNotOpenIt()
    {
        var pipe = Folder["pipe"];
        await Tool.RunAsync(Folder.Path, "mkfifo", "pipe");
        var writing = Task.Run(() => File.Open(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite).Dispose(), Cancellation);

        for (var i = 0; i < 1000; i++)
            Assert.Throws<UnfitFileException>(() => NativeFiles.OpenFileOfOthers(pipe));

        // Who writes waits until somebody opens it.
        Assert.False(writing.IsCompleted);
        await using (File.Open(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            await writing;
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("huge")]
    [InlineData("loop")]
    [InlineData("/dev/zero")]
    public async Task Look_ListThatIsNoFileToRead_IsUnknownAtOnce(string list)
    {
        await Tool.RunAsync(Folder.Path, "mkfifo", "pipe");
        await Tool.RunAsync(Folder.Path, "ln", "-s", "loop", "loop");
        await using (var huge = File.Create(Folder["huge"]))
            huge.SetLength(10L * 1024 * 1024 * 1024);
        await using var python = Start(new() { ["SSL_CERT_FILE"] = list }, "python3", "app.py");

        var seen = await python.SeenAsync(Unknown);

        Assert.Contains("no ordinary file, or longer", seen.Explanation, StringComparison.Ordinal);
        Assert.Null(seen.Missing);
    }

    [Fact]
    public async Task Look_HugeListBesideAGoodOne_HidesNoOther()
    {
        await using (var huge = File.Create(Folder["huge"]))
            huge.SetLength(10L * 1024 * 1024 * 1024);
        File.Copy(Folder["app.py"], Folder["good.py"]);
        await using var bad = Start(new() { ["SSL_CERT_FILE"] = "huge" }, "python3", "app.py");
        await bad.SeenAsync(Unknown);
        await using var good = Start(new() { ["SSL_CERT_FILE"] = "list.pem" }, "python3", "good.py");

        await good.SettledAsync(Trusts);
    }

    [Fact]
    public async Task Look_ConfigurationOfEndlessPatterns_IsUnknownAndHidesNoOther()
    {
        for (var i = 0; i < 100; i++)
            Directory.CreateDirectory(Folder[$"folder{i}"]);
        File.Copy("/bin/bash", Folder["nginx"]);
        await File.WriteAllTextAsync(
            Folder["read -r x"], string.Concat(Enumerable.Repeat("include folder*/*/*/*;\n", 40_000)), Cancellation);
        await using var nginx = Start([], Folder["nginx"], "-c", "read -r x");
        await using var python = Start(new() { ["SSL_CERT_FILE"] = "list.pem" }, "python3", "app.py");

        var seen = await nginx.SeenAsync(p => p is { Runtime: "nginx", State: Unknown });

        Assert.Contains("more than 1000 folders", seen.Explanation, StringComparison.Ordinal);
        await python.SeenAsync(Trusts);
    }

    [Fact]
    public async Task Look_ListThatDoesNotExist_SaysSo()
    {
        await using var python = Start(new() { ["SSL_CERT_FILE"] = "none\u001b[31m.pem" }, "python3", "app.py");

        var seen = await python.SeenAsync(ReadsAnotherList);

        Assert.Contains("none\\u{001B}[31m.pem does not exist", seen.Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", seen.List, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_ProgramWithAnEndlessCommandLineAndAStrangeName_IsSeen()
    {
        const string Name = "bad\u202e\nname.py";
        File.Copy(Folder["app.py"], Folder[Name]);
        string[] many = [.. Enumerable.Repeat(new string('x', 100_000), 15)];
        await using var python = Start(new() { ["SSL_CERT_FILE"] = "list.pem" }, ["python3", Name, .. many]);

        var seen = await python.SeenAsync(Trusts);

        Assert.Equal("bad\\u{202E}\\u{000A}name.py", seen.Name);
    }

    [Fact]
    public async Task Look_ProgramThatSeesOtherFiles_ReadsThose()
    {
        await File.WriteAllTextAsync(Folder["empty.pem"], "", Cancellation);
        Tool.Require("unshare");
        var (exitCode, _, _) = await Tool.TryRunAsync(Folder.Path, "unshare", "--mount", "true");
        Assert.SkipUnless(exitCode == 0, "This account may not make a mount namespace.");
        await using var python = Start(
            new() { ["SSL_CERT_FILE"] = Folder["empty.pem"] },
            "unshare",
            "--mount",
            "sh",
            "-c",
            $"mount --bind '{Folder["list.pem"]}' '{Folder["empty.pem"]}' && exec python3 app.py");

        var seen = await python.SeenAsync(Trusts);

        Assert.Equal(Folder["empty.pem"], seen.List);
    }

    [Fact]
    public async Task Look_ProcessesThatComeAndGo_DoNotStopIt()
    {
        await using var restless = Start([], "sh", "-c", "while true; do python3 -c pass; done");
        var programs = StartedProgram.ProgramsOf(Core);
        for (var i = 0; i < 20; i++)
            Assert.All((await programs.LookAsync(Cancellation)).Programs, p => Assert.NotEmpty(p.Explanation));
    }

    [Fact]
    public async Task Look_ProcessOfAnotherAccount_IsCounted()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can act as another account.");
        Tool.Require("setpriv");
        await using var python = Start([], "python3", "app.py");
        await python.SeenAsync(p => p.Name == "app.py");

        var output = await Tool.RunAsync(
            "/",
            "setpriv",
            "--reuid=12345",
            "--regid=12345",
            "--clear-groups",
            Environment.ProcessPath!,
            ChildProcess.Switch,
            nameof(Onlooker),
            $"{python.Id}");

        Assert.Matches("^not seen, [1-9][0-9]* inaccessible$", output.Trim());
    }
}
