using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CaPortal.Core.Backups;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using CaPortal.Tests.Transfer;

namespace CaPortal.Tests.Hosting;

/// <summary>The command <c>database copy</c>, as the real process that an administrator starts.</summary>
public sealed class DatabaseCommandTests : TransferTest
{
    private string[] Settings => [$"--CaPortal:DataDirectory={DataDirectory}", "--CaPortal:TrustStores:0=pem-bundle"];

    private string[] Portal => [.. Settings, "--urls=http://127.0.0.1:0"];

    private string[] OnTheServer => [.. Portal, "--CaPortal:Database:Provider=PostgreSql", $"--ConnectionStrings:CaPortal={To}"];

    [Fact]
    public async Task Copy_OnceThePortalHasEnded_GivesThePortalTheSameListOnTheServer()
    {
        var key = await FillAsync();
        await using (var portal = new ProcessUnderTest(Portal))
        {
            await portal.NextLineAsync("Sign in", Cancellation);

            var refused = await RunAsync("database", "copy", "--to", To);
            Assert.Equal((1, ""), (refused.Code, refused.Output));
            Assert.StartsWith(
                $"Nothing was copied: the list is copied while the portal does not run. Another portal (process {portal.Id}, ",
                refused.Errors,
                StringComparison.Ordinal);
            Assert.Equal("0", await TablesOnServerAsync());
        }

        var before = Files();
        var copied = await RunAsync("database", "copy", "--to", To);

        Assert.Equal((0, ""), (copied.Code, copied.Errors));
        Assert.StartsWith(
            $"Copied revision 2 of the list from {DatabaseFile} to 127.0.0.1:{Server.Port}/{Database} in ", copied.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +3 CA certificates in list and recycle bin$", copied.Output);
        Assert.Matches(@"(?m)^ +2 back-ends$", copied.Output);
        Assert.Matches(@"(?m)^ +1 API key$", copied.Output);
        Assert.Contains("set CaPortal:Database:Provider to PostgreSql", copied.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", copied.Output, StringComparison.Ordinal);
        var after = Files();
        Assert.True(before.Remove("running.json"));
        Assert.Equal(before, after);

        await using var moved = new ProcessUnderTest(OnTheServer);
        var link = new Uri((await moved.NextLineAsync("Sign in", Cancellation)).Split(' ')[2]);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var signedIn = await browser.SubmitFormAsync(link, Cancellation);
        Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.StatusCode, signedIn.Headers.Location?.OriginalString));
        using var program = new HttpClient { BaseAddress = new Uri(link, "/api/v1/") };
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var list = await program.GetStringAsync(new Uri("ca-certificates", UriKind.Relative), Cancellation);
        Assert.Contains("Test Intermediate", list, StringComparison.Ordinal);
        var proof = await program.GetFromJsonAsync<JsonElement>(new Uri("activity/verify", UriKind.Relative), Cancellation);
        Assert.True(proof.GetProperty("intact").GetBoolean(), proof.ToString());
    }

    [Fact]
    public async Task Copy_ConnectionStringFromAPipe_IsNotOnTheCommandLine()
    {
        await FillAsync();

        await using var process = new ProcessUnderTest(
            ["database", "copy", "--to", "-", .. Settings], "sh", "-c", """printf '%s\n' "$0" | "$@" """, To);

        Assert.Equal((0, ""), (await process.ExitCodeAsync(Cancellation), process.ErrorOutput));
        Assert.StartsWith("Copied revision 2 ", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The command database has two uses: database migrate and database copy.", "")]
    [InlineData("The command database has two uses: database migrate and database copy.", "cpoy", "--to", "Host=h;Password=hunter2")]
    [InlineData("The command database copy needs --to, the database to copy to.", "copy")]
    [InlineData("--to has no value.", "copy", "--to")]
    [InlineData("--to has no value.", "copy", "--to=")]
    [InlineData("--to is there more than once.", "copy", "--to=Host=h", "--to=Host=i;Password=hunter2")]
    [InlineData("Behind --to and its value is something", "copy", "--to", "Host=h;Password=my", "hunter2")]
    [InlineData("What --to says is no connection string of PostgreSQL.", "copy", "--to", "postgres://caportal:hunter2@db/caportal")]
    [InlineData("What --to says is no connection string of PostgreSQL.", "copy", "--to", "Database=caportal;Password=hunter2")]
    public async Task Copy_WrongArguments_SaysHowToWriteThem(string problem, params string[] arguments)
    {
        Directory.CreateDirectory(DataDirectory);

        var refused = await RunAsync(["database", .. arguments.Where(a => a.Length > 0)]);

        Assert.Equal((StartErrors.ExitCode, ""), (refused.Code, refused.Output));
        Assert.StartsWith(problem, refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_BackupThatIsReady_IsRefused()
    {
        await FillAsync();
        await using (var core = await StartAsync())
        {
            var backup = Folder["caportal.tar.gz"];
            await core.Get<BackupWriter>().WriteAsync(backup, null, Cancellation);
            await core.Get<Restoration>().PrepareAsync(backup, BackupSecrets.FromSettings, "anna", Cancellation);
        }

        var refused = await RunAsync("database", "copy", "--to", To);

        Assert.Equal(1, refused.Code);
        Assert.StartsWith("Nothing was copied: a backup is ready", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("0", await TablesOnServerAsync());
    }

    [Fact]
    public async Task Copy_NoDataDirectoryOrNoServer_SaysSo()
    {
        var noData = await RunAsync("database", "copy", "--to", To);
        Assert.False(Directory.Exists(DataDirectory));
        await FillAsync();

        var noServer = await RunAsync("database", "copy", "--to", $"{To};Port=1");

        Assert.Equal(StartErrors.ExitCode, noData.Code);
        Assert.StartsWith($"There is no data directory {DataDirectory}.", noData.Errors, StringComparison.Ordinal);
        Assert.Equal(1, noServer.Code);
        Assert.StartsWith($"The database server of 127.0.0.1:1/{Database} does not answer.", noServer.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", noServer.Errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] command)
    {
        await using var process = new ProcessUnderTest([.. command, .. Settings]);
        var code = await process.ExitCodeAsync(Cancellation);
        return (code, process.Output, process.ErrorOutput);
    }
}
