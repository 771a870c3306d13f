using System.Security.Cryptography;
using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

public sealed class JavaEngineTests(JavaFixture java) : IClassFixture<JavaFixture>, IDisposable
{
    private static readonly Dictionary<string, ClientProblem?> Expected = new()
    {
        ["plain"] = null,
        ["missing intermediate"] = ClientProblem.NoIssuer,
        ["cross-signed"] = null,
        ["common name only"] = null,
        ["wrong name"] = ClientProblem.Name,
        ["wrong common name only"] = ClientProblem.Name,
        ["address"] = null,
        ["address as a DNS name"] = ClientProblem.Name,
        ["expired"] = ClientProblem.Expired,
        ["not yet valid"] = ClientProblem.NotYetValid,
        ["expired intermediate"] = ClientProblem.Expired,
        ["expired root"] = null,
        ["name constraints"] = ClientProblem.NameConstraint,
        ["path length"] = ClientProblem.PathLength,
        ["unknown critical extension"] = ClientProblem.Unsupported,
        ["for clients only"] = ClientProblem.Purpose,
        ["for any purpose"] = null,
        ["root that is no CA"] = ClientProblem.Purpose,
        ["root without basic constraints"] = ClientProblem.Purpose,
        ["intermediate that is no CA"] = ClientProblem.Purpose,
        ["wrong key identifier"] = null,
        ["wrong key identifier of the root"] = ClientProblem.NoIssuer,
        ["namesake"] = ClientProblem.Signature,
        ["self-signed and trusted"] = null,
        ["self-signed"] = ClientProblem.NoIssuer,
        ["nothing trusted"] = ClientProblem.NoIssuer,
        ["100 sent"] = ClientProblem.TooLong,
        ["64 KB"] = ClientProblem.TooLong,
    };

    private readonly TemporaryDirectory _folder = new();
    private readonly JavaEngine _engine = java.Engine;

    public static TheoryData<string> Cases => [.. ServerCase.All.Select(c => c.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Ask_ServerOfEachKind_AnswersAsTheRealClientDoes(string name)
    {
        Tool.Require("javac");
        var said = (await java.RealAsync())[name];
        var answer = _engine.Ask(ServerCase.All.Single(c => c.Name == name).Question())!;
        TestContext.Current.TestOutputHelper!.WriteLine($"{answer} / {said}");
        Assert.Equal(said == TlsClient.Trusted, answer.IsAccepted);

        // The sizes of what was sent differ by a few bytes of TLS 1.3, and a server that gives up first leaves no reason.
        if (!said.Contains("handshake_failure", StringComparison.Ordinal) && answer.Reason?.Contains("handshake message", StringComparison.Ordinal) != true)
            Assert.Contains(answer.Reason ?? "", said, StringComparison.Ordinal);
        if (Expected.TryGetValue(name, out var problem))
            Assert.Equal(problem, answer.Problem);
    }

    [Fact]
    public void Ask_AnotherTime_JudgesForThatTime()
    {
        Tool.Require("java");
        var leaf = ServerCase.Plain.Sent[0];

        var later = _engine.Ask(ServerCase.Plain.Question(leaf.NotAfter.AddDays(1)))!;
        var earlier = _engine.Ask(ServerCase.Plain.Question(leaf.NotBefore.AddDays(-1)))!;

        Assert.Equal((ClientProblem.Expired, leaf.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()), (later.Problem, later.Sha256));
        Assert.Equal(ClientProblem.NotYetValid, earlier.Problem);
        Assert.Same(ClientAnswer.Accepted, _engine.Ask(ServerCase.Plain.Question()));
    }

    [Fact]
    public void Ask_ManySetsOfRoots_EachIsJudgedByItsOwn()
    {
        Tool.Require("java");
        var roots = Enumerable.Range(0, 6).Select(i => CertificateTemplate.Ca($"Root {i}").Create()).ToList();
        var cases = roots.Select(r => new ServerCase("one of many", [CertificateTemplate.Server(r).Create()], r)).ToList();

        for (var round = 0; round < 2; round++)
        {
            Assert.All(cases, c => Assert.True(_engine.Ask(c.Question())!.IsAccepted));
            Assert.All(cases, c => Assert.False(_engine.Ask((c with { Roots = [roots.First(r => r != c.Roots[0])] }).Question())!.IsAccepted));
        }
    }

    [Fact]
    public async Task Ask_ByManyAtOnce_AllAreAnswered()
    {
        Tool.Require("java");

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    Task.Run(
                        () => _engine.Ask((ServerCase.Plain with { Host = i % 2 == 0 ? "localhost" : "other.example" }).Question()),
                        TestContext.Current.CancellationToken)));

        Assert.All(answers, (answer, i) => Assert.Equal(i % 2 == 0 ? (ClientProblem?)null : ClientProblem.Name, answer!.Problem));
    }

    [Fact]
    public void Ask_WithoutName_NamesDoNotCount()
    {
        Tool.Require("java");
        var other = ServerCase.All.Single(c => c.Name == "wrong name").Question();

        Assert.True(_engine.Ask(other with { ServerName = null })!.IsAccepted);
    }

    [Fact]
    public void Ask_RootsThatJavaCannotRead_TheOthersRemain()
    {
        Tool.Require("java");
        var question = ServerCase.Plain.Question();
        var odd = MalformedCertificates.ByDefect.Values.Select(d => (ReadOnlyMemory<byte>)d);

        Assert.True(_engine.Ask(question with { Roots = [new byte[] { 1, 2, 3 }, .. odd, .. question.Roots] })!.IsAccepted);
    }

    [Fact]
    public void Ask_ServerSendsWhatCannotBeRead_Malformed()
    {
        Tool.Require("java");
        var question = ServerCase.Plain.Question();
        ReadOnlyMemory<byte>[] garbage = [new byte[] { 1, 2, 3 }, new byte[20_000], Array.Empty<byte>()];

        Assert.All(garbage, g => Assert.Equal(ClientProblem.Malformed, _engine.Ask(question with { Presented = [g, .. question.Presented] })!.Problem));
        Assert.Equal(ClientProblem.Malformed, _engine.Ask(question with { Presented = [] })!.Problem);
        Assert.All(MalformedCertificates.ByDefect.Values, d => Assert.False(_engine.Ask(question with { Presented = [d] })!.IsAccepted));
        Assert.True(_engine.Ask(question)!.IsAccepted);
    }

    [Fact]
    public void Ask_CertificateWithTextForTheReader_ReasonHasNoneOfIt()
    {
        Tool.Require("java");
        var issuer = CertificateTemplate.Ca("accepted by the administrator").Create();
        var weak = (CertificateTemplate.Server(issuer) with { Key = () => RSA.Create(512) }).Create();

        var answer = _engine.Ask(new ServerCase("text", [weak, issuer], issuer).Question())!;

        Assert.Equal(ClientProblem.WeakKey, answer.Problem);
        Assert.DoesNotContain("localhost", answer.Reason!, StringComparison.Ordinal);
        Assert.DoesNotContain("administrator", answer.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_OptionsForOtherJavaPrograms_ChangeNothing()
    {
        Tool.Require("java");
        var script = ShellScript.Write(_folder["java"], "[ -z \"$JAVA_TOOL_OPTIONS$_JAVA_OPTIONS$JDK_JAVA_OPTIONS\" ] && exec java \"$@\"");
        using var engine = new JavaEngine(script, TimeProvider.System);

        Assert.True(engine.Ask(ServerCase.Plain.Question())!.IsAccepted);
    }

    [Fact]
    public void Dispose_AfterAnAnswer_FolderIsGone()
    {
        Tool.Require("java");
        using var engine = new JavaEngine(TimeProvider.System);
        engine.Ask(ServerCase.Plain.Question());
        var folder = engine.Folder!;
        var mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(folder);
        Assert.True(File.Exists(Path.Combine(folder, "ClientWorker.class")));

        engine.Dispose();

        Assert.False(Directory.Exists(folder));
        Assert.True(OperatingSystem.IsWindows() || mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.Null(engine.Ask(ServerCase.Plain.Question()));
    }

    [Fact]
    public async Task Version_Installed_IsTheOneOfTheCommand()
    {
        Tool.Require("java");

        Assert.Contains($"\"{_engine.Version}\"", (await Tool.TryRunAsync(_folder.Path, "java", "-version")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_NotInstalled_NoAnswer()
    {
        using var engine = new JavaEngine(null, TimeProvider.System);

        Assert.Null(engine.Version);
        Assert.Null(engine.Ask(ServerCase.Plain.Question()));
    }

    [Fact]
    public async Task Program_ThatIsShipped_IsTheCompiledSource()
    {
        Tool.Require("javac");
        var compiler = await Tool.RunAsync(_folder.Path, "javac", "-version");
        Assert.SkipUnless(compiler.StartsWith("javac 17.", StringComparison.Ordinal), "Other versions of the compiler write other bytes.");
        var source = Path.Combine(Repository.Path, "CaPortal.Core", "Clients", "Java", "ClientWorker.java");

        await Tool.RunAsync(_folder.Path, "javac", "--release", "8", "-g:none", "-Xlint:all", "-d", _folder.Path, source);

        Assert.Equal(["ClientWorker.class"], Directory.GetFiles(_folder.Path, "*.class").Select(Path.GetFileName));
        using var shipped = new MemoryStream();
        await typeof(JavaEngine).Assembly.GetManifestResourceStream("ClientWorker.class")!.CopyToAsync(shipped, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllBytesAsync(_folder["ClientWorker.class"], TestContext.Current.CancellationToken), shipped.ToArray());
    }
}
