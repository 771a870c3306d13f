using System.Diagnostics;
using System.Globalization;
using CaPortal.Core.Processes;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Time.Testing;

namespace CaPortal.Tests.Processes;

/// <summary>Workers are small shell commands; <c>cat</c> answers each question with the question itself.</summary>
public sealed class PipeWorkerTests : IDisposable
{
    private const string Echo = "exec cat";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = FakeTime.FromNow();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ask_AgainAndAgain_OneProcessAnswers()
    {
        using var worker = Worker(Echo);

        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal([(byte)i, 7], worker.Ask([(byte)i, 7])));
        Assert.Single(Started());
    }

    [Fact]
    public async Task Ask_ByManyAtOnce_EachGetsItsOwnAnswer()
    {
        using var worker = Worker(Echo);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => worker.Ask([(byte)i]), TestContext.Current.CancellationToken)));

        Assert.Equal(Enumerable.Range(0, 50), answers.Select(a => (int)Assert.Single(a!)));
        Assert.Single(Started());
    }

    [Fact]
    public void Ask_QuestionAndErrorsLargerThanAnyPipe_AreCarried()
    {
        // It reads the whole question before it answers, as a worker has to.
        using var worker = Worker($"head -c 1000000 /dev/zero >&2; head -c 1000004 > {_folder["question"]}; cat {_folder["question"]}");
        var question = new byte[1_000_000];
        Random.Shared.NextBytes(question);

        Assert.Equal(question, worker.Ask(question));
    }

    [Fact]
    public async Task Ask_WorkerWasKilledMeanwhile_ANewOneAnswersAtOnce()
    {
        using var worker = Worker(Echo);
        worker.Ask([1]);
        using (var process = Process.GetProcessById(Started().Single()))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal([2], worker.Ask([2]));
        Assert.Equal(2, Started().Count);
    }

    [Fact]
    public void Ask_WorkerEndsInsteadOfAnswering_NoAnswerAndANewOneForTheNextQuestion()
    {
        using var worker = Worker($"[ -e {_folder["once"]} ] || {{ : > {_folder["once"]}; head -c 1 > /dev/null; exit 1; }}; exec cat");

        Assert.Null(worker.Ask([1]));
        Assert.Equal([2], worker.Ask([2]));
    }

    [Fact]
    public async Task Ask_TooSlow_NoAnswerAndTheProcessIsGone()
    {
        using var worker = Worker("exec sleep 1000", TimeSpan.FromMilliseconds(500));

        Assert.Null(worker.Ask([1]));
        await AssertEndsAsync(Started().Single());
    }

    [Theory]
    [InlineData(@"\377\377\377\377")]
    [InlineData(@"\177\377\377\377")]
    [InlineData(@"\000\000\000\011short")]
    public void Ask_AnswerIsNoFrame_NoAnswer(string answer)
    {
        using var worker = Worker($"head -c 5 > /dev/null; printf '{answer}'");

        Assert.Null(worker.Ask([1]));
    }

    [Fact]
    public void Ask_FailsTwice_RestsForAWhile()
    {
        using var worker = Worker("exit 1");
        Assert.Null(worker.Ask([1]));
        Assert.Null(worker.Ask([1]));

        Assert.Null(worker.Ask([1]));
        Assert.Equal(2, Started().Count);

        _time.Advance(PipeWorker.Rest);
        Assert.Null(worker.Ask([1]));
        Assert.Null(worker.Ask([1]));
        Assert.Equal(3, Started().Count);
    }

    [Fact]
    public void Ask_CommandIsMissing_NoAnswer()
    {
        using var worker = new PipeWorker(() => new ProcessStartInfo(_folder["missing"]), Long, _time);

        Assert.Null(worker.Ask([1]));
    }

    [Fact]
    public async Task Idle_NobodyAsks_TheProcessEndsAndTheNextQuestionStartsOne()
    {
        using var worker = Worker(Echo);
        worker.Ask([1]);
        _time.Advance(PipeWorker.Idle / 2);
        worker.Ask([2]);
        _time.Advance(PipeWorker.Idle / 2);
        worker.Ask([3]);
        Assert.Single(Started());

        _time.Advance(PipeWorker.Idle);
        await AssertEndsAsync(Started().Single());

        Assert.Equal([4], worker.Ask([4]));
        Assert.Equal(2, Started().Count);
    }

    [Fact]
    public async Task Dispose_WhileItIsAsked_KillsTheProcessWithoutWaitingForTheAnswer()
    {
        using var worker = Worker($"echo asked > {_folder["asked"]}; exec sleep 1000");
        var asking = Task.Run(() => worker.Ask([1]), TestContext.Current.CancellationToken);
        while (!File.Exists(_folder["asked"]))
            await Task.Yield();

        worker.Dispose();

        Assert.Null(await asking);
        await AssertEndsAsync(Started().Single());
        Assert.Null(worker.Ask([1]));
        Assert.Single(Started());
    }

    [Fact]
    public void Ask_OwnSettingsInTheEnvironment_AreNotPassedOn()
    {
        using var worker = new PipeWorker(
            () => new ProcessStartInfo("sh", ["-c", "head -c 5 > /dev/null; printf '\\000\\000\\000\\001'; env | grep -c '^CaPortal__' | tr -d "
                + "'\\n'"])
            { Environment = { ["CaPortal__Secret"] = "x" } }, Long, _time);

        Assert.Equal("0"u8.ToArray(), worker.Ask([1]));
    }

    // Each start notes its process id: exec keeps it.
    private PipeWorker Worker(string command, TimeSpan? timeout = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The workers are shell commands.");
        return new PipeWorker(() => new ProcessStartInfo("sh", ["-c", $"echo $$ >> {_folder["started"]}; {command}"]), timeout ?? Long, _time);
    }

    private List<int> Started() => [.. File.ReadAllLines(_folder["started"]).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    private static async Task AssertEndsAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
    }
}
