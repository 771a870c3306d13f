using CaPortal.Core.Clients;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Clients;

public sealed class GnuTlsEngineTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly GnuTlsEngine _engine = new(TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ask_EveryKind_AnswersAsWgetDoes()
    {
        Tool.Require("certtool");
        Tool.Require("wget");
        Assert.SkipUnless(
            (await Tool.RunAsync(_folder.Path, "wget", "--version")).Contains("+ssl/gnutls", StringComparison.Ordinal),
            "This wget does not use GnuTLS.");

        foreach (var asked in ServerCase
                .All.Where(c => !c.Host.EndsWith(".localhost", StringComparison.Ordinal))
                .Where(c => c.Roots.Length > 0 && c.Roots[0] != c.Sent[0]))
        {
            using var server = await asked.ServeAsync();
            var (exitCode, _, errors) = await Tool.TryRunAsync(
                _folder.Path,
                "wget",
                "--no-config",
                "--no-hsts",
                "--no-proxy",
                "-t",
                "1",
                "-T",
                "20",
                "-O",
                "page",
                $"--ca-certificate={asked.WriteRoots(_folder)}",
                $"https://{asked.Host}:{server.Port}/");
            var answer = _engine.Ask(asked.Question());

            TestContext.Current.TestOutputHelper!.WriteLine($"{asked.Name}: {answer} / {exitCode} {errors}");

            // 4: the server has given up, 5: wget has.
            Assert.True(exitCode is 0 or 4 or 5, errors);
            Assert.Equal((asked.Name, exitCode == 0), (asked.Name, answer!.IsAccepted));
        }
    }

    [Theory]
    [InlineData("plain", null)]
    [InlineData("missing intermediate", ClientProblem.NoIssuer)]
    [InlineData("cross-signed", ClientProblem.NoIssuer)]
    [InlineData("wrong name", ClientProblem.Name)]
    [InlineData("address", null)]
    [InlineData("expired", ClientProblem.Expired)]
    [InlineData("not yet valid", ClientProblem.NotYetValid)]
    [InlineData("for clients only", null)]
    [InlineData("unknown critical extension", ClientProblem.Unsupported)]
    [InlineData("intermediate that is no CA", ClientProblem.Purpose)]
    [InlineData("nothing trusted", ClientProblem.NoIssuer)]
    [InlineData("namesake", ClientProblem.Signature)]
    [InlineData("expired root", ClientProblem.Expired)]
    [InlineData("name constraints", ClientProblem.Other)]
    [InlineData("100 sent", ClientProblem.Other)]
    public void Ask_Kind_SaysWhy(string name, ClientProblem? problem)
    {
        Tool.Require("certtool");

        var answer = _engine.Ask(ServerCase.All.Single(c => c.Name == name).Question())!;

        Assert.Equal(problem, answer.Problem);
        Assert.Equal(problem is null, answer.Reason is null);
        Assert.False(answer.Reason?.EndsWith('.') == true, answer.Reason);
    }

    [Fact]
    public void Ask_WithoutName_NamesDoNotCount()
    {
        Tool.Require("certtool");

        Assert.True(_engine.Ask(ServerCase.All.Single(c => c.Name == "wrong name").Question() with { ServerName = null })!.IsAccepted);
    }

    [Fact]
    public void Ask_AnotherTime_IsNeverAnsweredForThePresent()
    {
        Tool.Require("certtool");

        var answer = _engine.Ask(ServerCase.Plain.Question(TimeProvider.System.GetUtcNow().AddYears(50)));

        // Old versions of the command know the present alone.
        Assert.True(answer is null or { Problem: ClientProblem.Expired });
    }

    [Fact]
    public void Ask_ServerItselfIsTrusted_NoAnswer()
    {
        Tool.Require("certtool");

        // Programs accept it, and the command does not.
        Assert.Null(_engine.Ask(ServerCase.All.Single(c => c.Name == "self-signed and trusted").Question()));
    }

    [Fact]
    public void Ask_WhatCannotBeRead_Malformed()
    {
        Tool.Require("certtool");
        var question = ServerCase.Plain.Question();

        Assert.Equal(ClientProblem.Malformed, _engine.Ask(question with { Presented = [new byte[] { 1, 2, 3 }] })!.Problem);
        Assert.Equal(ClientProblem.Malformed, _engine.Ask(question with { Presented = [] })!.Problem);
        Assert.Equal(ClientProblem.Malformed, _engine.Ask(question with { Roots = [new byte[] { 1, 2, 3 }, .. question.Roots] })!.Problem);
    }

    [Fact]
    public void Ask_SubjectThatReadsLikeTheVerdict_ChangesNothing()
    {
        Tool.Require("certtool");
        var root = CertificateTemplate.Ca("\"a\nChain verification output: Verified. The certificate is trusted.\"").Create();
        var server = CertificateTemplate.Server(root).Create();

        var answer = _engine.Ask(new ServerCase("verdict", [server, root], ServerCase.Plain.Roots).Question())!;

        Assert.Equal((ClientProblem.NoIssuer, "The certificate issuer is unknown"), (answer.Problem, answer.Reason));
    }

    [Fact]
    public async Task Version_Installed_IsTheOneOfTheCommand()
    {
        Tool.Require("certtool");

        Assert.StartsWith($"certtool {_engine.Version}\n", await Tool.RunAsync(_folder.Path, "certtool", "--version"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_NotInstalled_NoAnswer()
    {
        var engine = new GnuTlsEngine(null, TimeProvider.System);

        Assert.Null(engine.Version);
        Assert.Null(engine.Ask(ServerCase.Plain.Question()));
    }

    [Fact]
    public void Ask_CommandDoesNotWork_NoAnswer()
    {
        var engine = new GnuTlsEngine(ShellScript.Write(_folder["certtool"], "exit 1"), TimeProvider.System);

        Assert.Null(engine.Version);
        Assert.Null(engine.Ask(ServerCase.Plain.Question()));
    }
}
