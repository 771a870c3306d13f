using System.Text.Json.Nodes;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Activity.Forwarding;

public class FileForwardingTests : ForwardingTest
{
    private string LogFile => Folder["activity.jsonl"];

    [Fact]
    public async Task Forward_Entries_AreLinesOfAFileForTheOwnerAlone()
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "first", "line \r\n break \u2028 \u0085 \u202E and \0");
        await ForwardAsync(core);

        var text = await File.ReadAllTextAsync(LogFile, Cancellation);
        Assert.Equal(2, text.Count(c => c == '\n'));
        Assert.All(text, c => Assert.True(c is '\n' or >= ' ' and <= '~'));
        Assert.Equal(["first", "line \r\n break \u2028 \u0085 \u202E and \0"], Read(Lines()));
        var entry = JsonNode.Parse(Lines()[0])!;
        Assert.Equal(
            (1, TestCore.Anna.Name, "Administrator", TestCore.Anna.Source, "SignIn", "SignIn", ""),
            ((int)entry["sequence"]!, (string)entry["actor"]!, (string)entry["role"]!, (string)entry["source"]!, (string)entry["action"]!,
                (string)entry["category"]!, (string)entry["previousHash"]!));
        Assert.Equal(DateTimeKind.Utc, ((DateTime)entry["at"]!).Kind);
        foreach (var file in new[] { LogFile, PositionFile })
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Forward_AfterARestart_GoesOnWithoutRepeatingOrLosing()
    {
        await using (var core = await StartAsync())
        {
            await RecordAsync(core, "1", "2");
            await ForwardAsync(core);
            await ForwardAsync(core);
            await RecordAsync(core, "3");
        }

        await using var again = await StartAsync();
        await RecordAsync(again, "4");
        await ForwardAsync(again);

        Assert.Equal(["1", "2", "3", "4"], Read(Lines()));
    }

    [Fact]
    public async Task Forward_MoreThanOneBatch_SendsAllInOrder()
    {
        await using var core = await StartAsync();
        var many = Enumerable.Range(0, 120).Select(i => $"{i}").ToArray();
        await RecordAsync(core, many);

        await ForwardAsync(core);

        Assert.Equal(many, Read(Lines()));
    }

    [Fact]
    public async Task Forward_FileRenamedEmptiedOrDeleted_GoesOnInTheNewOne()
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "1");
        await ForwardAsync(core);

        File.Move(LogFile, Folder["activity.jsonl.1"]);
        await RecordAsync(core, "2");
        await ForwardAsync(core);
        Assert.Equal(["2"], Read(Lines()));
        Assert.Equal(["1"], Read(await File.ReadAllLinesAsync(Folder["activity.jsonl.1"], Cancellation)));

        await File.WriteAllTextAsync(LogFile, "", Cancellation);
        await RecordAsync(core, "3");
        await ForwardAsync(core);
        Assert.Equal(["3"], Read(Lines()));

        File.Delete(LogFile);
        await RecordAsync(core, "4");
        await ForwardAsync(core);
        Assert.Equal(["4"], Read(Lines()));
    }

    [Fact]
    public async Task Forward_LineThatWasBroken_StaysALineOfItsOwn()
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "1");
        await File.WriteAllTextAsync(LogFile, "{\"sequence\":0,", Cancellation);

        await ForwardAsync(core);

        Assert.Equal("{\"sequence\":0,", Lines()[0]);
        Assert.Equal(["1"], Read(Lines().Skip(1)));
    }

    [Fact]
    public async Task Forward_FolderMissing_IsToldAndNothingIsLost()
    {
        await using var core = await StartAsync(Folder["later/activity.jsonl"]);
        await RecordAsync(core, "1");
        var failure = await Assert.ThrowsAsync<ActivitySinkException>(() => ForwardAsync(core));
        Assert.Contains(Folder["later/activity.jsonl"], failure.Message, StringComparison.Ordinal);

        Directory.CreateDirectory(Folder["later"]);
        await RecordAsync(core, "2");
        await ForwardAsync(core);

        Assert.Equal(["1", "2"], Read(await File.ReadAllLinesAsync(Folder["later/activity.jsonl"], Cancellation)));
    }

    [Fact]
    public async Task Forward_PositionThatCannotBeKept_RepeatsNothingOnceItCan()
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "1");
        Directory.CreateDirectory(PositionFile);
        await Assert.ThrowsAsync<ActivitySinkException>(() => ForwardAsync(core));

        Directory.Delete(PositionFile);
        await RecordAsync(core, "2");
        await ForwardAsync(core);

        Assert.Equal(["1", "2"], Read(Lines()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"sequence\":1,\"hash\":\"of another log\"}")]
    [InlineData("{\"sequence\":99,\"hash\":\"of another log\"}")]
    public async Task Forward_PositionOfAnotherLog_BeginsAnew(string position)
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "1", "2");
        await File.WriteAllTextAsync(PositionFile, position, Cancellation);

        await ForwardAsync(core);

        Assert.Equal(["1", "2"], Read(Lines()));
    }

    [Fact]
    public async Task Forward_DetailsThatSomebodyChanged_StayOneLine()
    {
        await using var core = await StartAsync();
        await RecordAsync(core, "1", "2");
        await core.TamperAsync(
            "UPDATE activity SET details = '{\n\"what\": \"forged\"}' WHERE sequence = 1; UPDATE activity SET details = 'no\njson' WHERE sequence = 2");

        await ForwardAsync(core);

        Assert.Equal(["forged", "\"no\\njson\""], Read(Lines()));
    }

    [Fact]
    public async Task Forward_ToAPipe_IsRefusedAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are made with a command of Linux.");
        await Tool.RunAsync("mkfifo", [LogFile], Cancellation);
        await using var core = await StartAsync();
        await RecordAsync(core, "1");

        Assert.Contains("pipe", (await Assert.ThrowsAsync<ActivitySinkException>(() => ForwardAsync(core))).Message, StringComparison.Ordinal);
    }

    private string PositionFile => Path.Combine(Folder["data"], "activity-file.position");

    private Task<TestCore> StartAsync(string? file = null) => StartAsync(o => o.File = file ?? LogFile);

    private string[] Lines() => File.ReadAllLines(LogFile);
}

/// <inheritdoc/>
[OnPostgres]
public sealed class FileForwardingTestsOnPostgres : FileForwardingTests;
