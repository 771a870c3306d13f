using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Architecture;

/// <summary><c>.ci/run</c> and <c>.ci/stress</c> beside a <c>dotnet</c> that prints what the real one did in recorded runs.</summary>
public sealed class SuiteRunTests : IDisposable
{
    private const string Assembly = "/src/CaPortal.Tests/bin/Debug/net10.0/CaPortal.Tests.dll (net10.0|x64)";

    private readonly TemporaryDirectory _folder = new();

    public SuiteRunTests()
    {
        Directory.CreateDirectory(_folder[".ci"]);
        Directory.CreateDirectory(_folder["bin"]);
        foreach (var script in (string[])["run", "stress"])
            File.Copy(Path.Combine(Repository.Path, ".ci", script), _folder[$".ci/{script}"]);

        // It is there, so that nothing is installed.
        ShellScript.Write(_folder["bin/trust"], "exit 1");
        ShellScript.Write(
            _folder["bin/dotnet"],
            $"""
            [ "$1" != format ] || exit "$(cat '{_folder["layout"]}')"
            echo "$@" >> '{_folder["calls"]}'
            [ "$#" -gt 1 ] || {"{"} cat '{_folder["log"]}'; exit "$(cat '{_folder["status"]}')"; {"}"}
            ! grep -qxF "$4" '{_folder["failing"]}'
            """);
        File.WriteAllText(_folder["layout"], "0");
        Again();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_AllPass_SaysHowManyAndRunsNothingAgain()
    {
        First(0, passed: 1200);

        Assert.Equal((0, "1200 passed, 0 failed"), await LastLineAsync());
        Assert.Equal(["test"], Calls());
    }

    [Fact]
    public async Task Run_OneTestPassesAlone_IsFlakyWithItsFirstFailureAndCountsAsPassed()
    {
        First(2, passed: 1199, Failed("CaPortal.Tests.Api.UploadTests+Inner.Upload_A_B (1s 204ms)", "Expected: 1", "Actual:   2"));

        var (exitCode, output) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.EndsWith(
            "\nflaky: CaPortal.Tests.Api.UploadTests+Inner.Upload_A_B\n  Expected: 1\n  Actual:   2\n"
                + "    at CaPortal.Tests.Some.Method()\n1200 passed, 0 failed\n",
            output,
            StringComparison.Ordinal);
        Assert.Equal(["test", "test --no-build --filter-method CaPortal.Tests.Api.UploadTests+Inner.Upload_A_B"], Calls());
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    public async Task Run_MoreThanThreeAreFlaky_Fails(int flaky, int expected)
    {
        First(2, passed: 100, [.. Enumerable.Range(0, flaky).Select(i => Failed($"CaPortal.Tests.A.Test{i} (3ms)", "It broke."))]);

        var (exitCode, output) = await RunAsync();

        Assert.Equal(expected, exitCode);
        Assert.Equal(flaky, output.Split('\n').Count(l => l.StartsWith("flaky: ", StringComparison.Ordinal)));
        Assert.EndsWith($"\n{100 + flaky} passed, 0 failed\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ATestFailsTwice_Fails()
    {
        First(2, passed: 10, Failed("CaPortal.Tests.A.Broken (3ms)", "It broke."), Failed("CaPortal.Tests.A.Moody (3ms)", "It was moody."));
        Again(failing: "CaPortal.Tests.A.Broken");

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("\nfailed twice: CaPortal.Tests.A.Broken\n  It broke.\n", output, StringComparison.Ordinal);
        Assert.Contains("\nflaky: CaPortal.Tests.A.Moody\n  It was moody.\n", output, StringComparison.Ordinal);
        Assert.EndsWith("\n11 passed, 1 failed\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RowsOfATheoryFail_RunsTheMethodOnceAndCountsTheRows()
    {
        First(
            2, passed: 10,
            Failed("""CaPortal.Tests.A.Rows_A_B(a: "a \"quoted\" (1ms) <text>\n$(x) * line", b: 1) (7ms)""", "Expected: 2"),
            Failed("CaPortal.Tests.A.Rows_A_B(a: null, b: 3) (1m 02s 000ms)", "Expected: 2"),
            Failed("""CaPortal.Tests.A.Generic<String>(a: "x") (58ms)""", "Expected: True"));

        var (exitCode, output) = await RunAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("""flaky: CaPortal.Tests.A.Rows_A_B(a: "a \"quoted\" (1ms) <text>\n$(x) * line", b: 1)""" + "\n", output, StringComparison.Ordinal);
        Assert.EndsWith("\n13 passed, 0 failed\n", output, StringComparison.Ordinal);
        Assert.Equal(
            ["test", "test --no-build --filter-method CaPortal.Tests.A.Rows_A_B", "test --no-build --filter-method CaPortal.Tests.A.Generic"], Calls());
    }

    [Fact]
    public async Task Run_ATestHitsItsTimeLimit_IsRunAgainToo()
    {
        First(2, passed: 10, Failed("(canceled) CaPortal.Tests.A.Slow (2m 00s 110ms)", "Test execution timed out"));

        Assert.Equal((0, "11 passed, 0 failed"), await LastLineAsync());
        Assert.Equal("test --no-build --filter-method CaPortal.Tests.A.Slow", Calls()[^1]);
    }

    [Fact]
    public async Task Run_OutputInColours_IsReadToo()
    {
        First(2, passed: 10, Failed("CaPortal.Tests.A.Moody \u001b[90m(3ms)\u001b[m", "It was moody."));
        File.WriteAllText(
            _folder["log"],
            File.ReadAllText(_folder["log"])
                .Replace("failed CaPortal", "\u001b[31mfailed\u001b[m CaPortal", StringComparison.Ordinal)
                .Replace("  failed: 1", "\u001b[31m  failed: 1\u001b[m", StringComparison.Ordinal));

        Assert.Equal((0, "11 passed, 0 failed"), await LastLineAsync());
        Assert.Equal("test --no-build --filter-method CaPortal.Tests.A.Moody", Calls()[^1]);
    }

    [Fact]
    public async Task Run_WhatIsNoTestFails_FailsTheRun()
    {
        const string Cleanup = "[Test Class Cleanup Failure (CaPortal.Tests.A.Uses)]";
        First(2, passed: 10, Failed(Cleanup, "It did not stop."));
        Again(failing: "[Test Class Cleanup Failure ");

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.EndsWith(
            $"failed twice: {Cleanup}\n  It did not stop.\n    at CaPortal.Tests.Some.Method()\n10 passed, 1 failed\n",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_VeryManyFail_RunsTwentyOfThemAgain()
    {
        First(2, passed: 10, [.. Enumerable.Range(0, 25).Select(i => Failed($"CaPortal.Tests.A.Test{i} (3ms)", "It broke."))]);

        Assert.Equal((1, "30 passed, 5 failed"), await LastLineAsync());
        Assert.Equal(21, Calls().Length);
    }

    [Fact]
    public async Task Run_ProcessOfTheTestsCrashes_FailsWhateverHasPassed()
    {
        First(134, passed: 10, Failed("CaPortal.Tests.A.Moody (3ms)", "It was moody."));

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.EndsWith("\nThe run is not complete: dotnet test ended with 134.\n11 passed, 0 failed\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task Run_NoTestRan_Fails(int status)
    {
        First(status, passed: 0);

        Assert.Equal((1, "0 passed, 0 failed"), await LastLineAsync());
    }

    [Fact]
    public async Task Run_BuildFails_Fails()
    {
        File.WriteAllText(_folder["log"], "/src/A.cs(1,1): error CS1002: ; expected\n\nBuild failed with 1 error(s) in 2.0s\n");
        File.WriteAllText(_folder["status"], "1");

        Assert.Equal((1, "0 passed, 0 failed"), await LastLineAsync());
    }

    [Fact]
    public async Task Run_CodeIsLaidOutOtherwise_Fails()
    {
        First(0, passed: 1200);
        File.WriteAllText(_folder["layout"], "2");

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.EndsWith(
            "\nThe code is not laid out as .editorconfig says: run dotnet format.\n1200 passed, 0 failed\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TestsOfPostgresAreSkipped_Fails()
    {
        First(0, passed: 1200);
        File.WriteAllText(
            _folder["log"], File.ReadAllText(_folder["log"]).Replace("  why\n", $"  from {Assembly}\n  {PostgresServer.Missing}\n", StringComparison.Ordinal));

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.EndsWith(
            "\nTests were skipped because PostgreSQL is not here: install the package postgresql.\n1200 passed, 0 failed\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("failed: 2")]
    [InlineData("summary")]
    public async Task Run_OutputThatIsCut_Fails(string cut)
    {
        First(2, passed: 10, Failed("CaPortal.Tests.A.Moody (3ms)", "It was moody."));
        var log = File.ReadAllText(_folder["log"]);
        File.WriteAllText(
            _folder["log"],
            cut == "summary" ? log[..log.IndexOf("Test run summary", StringComparison.Ordinal)] : log.Replace("failed: 1", cut, StringComparison.Ordinal));

        var (exitCode, output) = await RunAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("The run is not complete", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", 0, "6 of 6 runs passed\n")]
    [InlineData(
        "echo '    A.Moody [FAIL]'; echo '      It was moody.'; mkdir one || exit 0; exit 1",
        1,
        ":\n    A.Moody [FAIL]\n      It was moody.\n5 of 6 runs passed\n")]
    public async Task Stress_OfCopiesAndRounds_FailsWhereOneOfThemDoes(string tests, int expected, string end)
    {
        var program = Directory.CreateDirectory(_folder["CaPortal.Tests/bin/Debug/net10.0"]).FullName;
        ShellScript.Write(Path.Combine(program, "CaPortal.Tests"), tests);

        var (exitCode, output) = await RunAsync("stress", "6", "1");

        Assert.Equal((expected, "build CaPortal.Tests"), (exitCode, Assert.Single(Calls())));
        Assert.EndsWith(end, output, StringComparison.Ordinal);
    }

    /// <summary>A failed test as <c>dotnet test</c> prints it.</summary>
    private static string Failed(string test, params string[] message) =>
        $"failed {test}\n  from {Assembly}\n{string.Concat(message.Select(m => $"  {m}\n"))}    at CaPortal.Tests.Some.Method()\n";

    /// <summary>What the first run prints, and the exit code it ends with.</summary>
    private void First(int status, int passed, params string[] failed)
    {
        File.WriteAllText(
            _folder["log"],
            $"""
            Running tests from {Assembly}
            {string.Concat(failed)}skipped CaPortal.Tests.A.Skipped
              why
            {Assembly} failed with {failed.Length} error(s) (3s 337ms)
            Exit code: {status}

            Test run summary: Failed!
              total: {passed + failed.Length + 1}
              failed: {failed.Length}
              succeeded: {passed}
              skipped: 1
              duration: 4s 208ms

            """);
        File.WriteAllText(_folder["status"], $"{status}");
    }

    /// <summary>The methods that fail alone too.</summary>
    private void Again(params string[] failing) => File.WriteAllLines(_folder["failing"], failing);

    private string[] Calls() => File.ReadAllLines(_folder["calls"]);

    private Task<(int ExitCode, string Output)> RunAsync(string script = "run", params string[] arguments) =>
        Tool.RunAsync(
            "env",
            [$"PATH={_folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}", "bash", _folder[$".ci/{script}"], .. arguments],
            TestContext.Current.CancellationToken);

    private async Task<(int ExitCode, string Line)> LastLineAsync()
    {
        var (exitCode, output) = await RunAsync();
        return (exitCode, output.TrimEnd('\n').Split('\n')[^1]);
    }
}
