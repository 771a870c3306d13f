using System.Text.Json.Nodes;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>What the real process prints, in each of the formats.</summary>
public sealed class LogFormatTests : IDisposable
{
    private const string Token = "a-fixed-token-0123456789";

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_WithDefaults_TellsOnceWhatRunsWithDateAndZoneAndNeverAFixedToken()
    {
        // Where the year is 2569: dates are the same everywhere.
        await using var process = Start(
            OperatingSystem.IsWindows() ? [] : ["env", "LC_ALL=th_TH.UTF-8"],
            "--urls",
            "http://127.0.0.1:0",
            $"--CaPortal:Authentication:BrowserToken={Token}");
        var lines = await UntilStartAsync(process);

        Assert.Matches(
            $@"^Sign in: http://127\.0\.0\.1:\d+/login\?t=TOKEN "
                + @"\(put the value of CaPortal:Authentication:BrowserToken in place of TOKEN; it works any number of times\)$",
            lines[1]);
        Assert.Matches(
            @"^20[2-4]\d-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d info: "
                + @"CaPortal\.Hosting\.StartLine\[1001\] CaPortal \d+\.\d+\.\d+\S* runs: scope User, data directory "
            + @"\S+/data, trust stores pem-bundle, addresses http://127\.0\.0\.1:\d+, database \S+/data/portal\.db, signing in with a link$",
            lines[^1]);
        Assert.DoesNotContain(Token, process.Output + process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AsJson_PrintsAnObjectInEachLine()
    {
        await using var process = Start("--urls", "http://127.0.0.1:0", "--Logging:Console:FormatterName=json");
        var lines = (await UntilStartAsync(process)).Select(l => JsonNode.Parse(l)!.AsObject()).ToList();

        Assert.StartsWith("Now listening on: ", (string)lines[0]["Message"]!, StringComparison.Ordinal);
        Assert.Contains("/login?t=", (string)lines[1]["Message"]!, StringComparison.Ordinal);
        Assert.Equal(
            (1001, "Information", "pem-bundle"),
            ((int)lines[^1]["EventId"]!, (string)lines[^1]["LogLevel"]!, (string)lines[^1]["State"]!["TrustStores"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$", (string)lines[^1]["Timestamp"]!);
    }

    [Fact]
    public async Task Start_ForSystemd_BeginsEachLineWithItsLevel()
    {
        await using var process = Start("--urls", "http://127.0.0.1:0", "--Logging:Console:FormatterName=Systemd");

        Assert.StartsWith("<6>CaPortal.Hosting.StartLine[1001] CaPortal ", (await UntilStartAsync(process))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAFormatThatDoesNotExist_IsRefusedWithTheOthersWrong()
    {
        await using var process = Start("--Logging:Console:FormatterName=jsn", "--CaPortal:RecycleBinDays=0");

        Assert.Equal(78, await process.ExitCodeAsync(Cancellation));
        Assert.Contains(
            "Logging:Console:FormatterName: 'jsn' is no format of the log. Set it to simple, json or systemd.",
            process.ErrorOutput,
            StringComparison.Ordinal);
        Assert.Contains("CaPortal:RecycleBinDays", process.ErrorOutput, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<string>> UntilStartAsync(ProcessUnderTest process)
    {
        List<string> lines = [];
        do
            lines.Add(await process.NextLineAsync(Cancellation));
        while (!lines[^1].Contains("CaPortal.Hosting.StartLine", StringComparison.Ordinal));
        return lines;
    }

    private ProcessUnderTest Start(params string[] arguments) => Start([], arguments);

    private ProcessUnderTest Start(string[] within, params string[] arguments) =>
        new([.. arguments, $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle"], within);
}
