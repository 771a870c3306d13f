using CaPortal.Hosting;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Hosting;

/// <summary>The real process, as an administrator starts it.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_WithDefaults_PrintsAddressThenSignInLinkAndNothingElseAndKeepsItsDataForTheOwnerAlone()
    {
        await using var process = Start("--urls", "http://127.0.0.1:0");
        var address = await process.NextLineAsync(Cancellation);
        var link = await process.NextLineAsync(Cancellation);

        Assert.Matches(@"^Now listening on: http://127\.0\.0\.1:\d+$", address);
        Assert.Matches($@"^Sign in: {address["Now listening on: ".Length..]}/login\?t=[\w-]{{43}} \(works once, until \d\d:\d\d:\d\d\)$", link);
        using var client = new HttpClient();
        Assert.Contains("Sign in", await client.GetStringAsync(link.Split(' ')[2], Cancellation), StringComparison.Ordinal);
        Assert.Equal("", process.ErrorOutput);
        AssertForTheOwnerAlone();
    }

    [Fact]
    public async Task Start_WithSeveralWrongSettings_NamesEachAndEnds()
    {
        await using var process = Start(
            "--CaPortal:RecycleBinDays=soon", "--CaPortal:Scope=Galaxy", "--CaPortal:Authentication:AttemptsPerMinute=0",
            "--CaPortal:Authentication:AllowRemote=perhaps", "--CaPortal:Proxy:Trusted:0=proxy", "--urls", "http://0.0.0.0:0");
        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));

        foreach (var key in new[]
            {
                "CaPortal:RecycleBinDays",
                "CaPortal:Scope",
                "CaPortal:Authentication:AttemptsPerMinute",
                "CaPortal:Authentication:AllowRemote",
                "CaPortal:Proxy:Trusted",
                "http://0.0.0.0:0",
            })
            Assert.Contains(key, process.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("Now listening", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithNamesThatNothingReads_NamesEachAndEnds()
    {
        await using var process = Start(
            "serve", "--CaPortal:Scop=a-secret", "--sope=a-secret", "--CaPortal:Proxy:Trusted=10.0.0.0/40", "--Logging:LogLevel:Default=Informatio",
            "--ConnectionStrings:CaPortal=Host=db;Password=a-secret", "--urls", "http://127.0.0.1:0;ftp://127.0.0.1");

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        foreach (var problem in (string[])[
            "'serve' is neither a command nor a setting", "--CaPortal:Scop is no setting of the portal. Did you mean --CaPortal:Scope?", "--sope is no setting",
            "10.0.0.0/40", "Did you mean Information?", "ConnectionStrings:CaPortal is no connection string of SQLite", "'ftp://127.0.0.1' is no address"])
            Assert.Contains(problem, process.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", process.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal("", process.Output);
    }

    [Theory]
    [InlineData(
        "http://0.0.0.0:1 http://*:2 http://[::]:3 http://portal.example:4 http://0.0.0.0:5",
        "--urls=http://0.0.0.0:1;http://*:2;http://127.0.0.1:0;http://[::]:3;http://portal.example:4",
        "--Kestrel:Endpoints:Web:Url=http://0.0.0.0:5")]
    [InlineData("http://*:0", "--http_ports=0")]
    public async Task Start_ReachableByOthersWithOnlyALink_IsRefused(string addresses, params string[] arguments)
    {
        await using var process = Start(arguments);

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        Assert.All(addresses.Split(' '), a => Assert.Contains($"'{a}' can be reached from other machines", process.ErrorOutput, StringComparison.Ordinal));
        Assert.DoesNotContain("127.0.0.1:0", process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ReachableByOthersAndAllowed_Listens()
    {
        await using var process = Start("--urls", "http://0.0.0.0:0", "--CaPortal:Authentication:AllowRemote=true");

        Assert.StartsWith("Now listening on: http://0.0.0.0:", await process.NextLineAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("http://localhost:", await process.NextLineAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("common", "http://login.example/", "portal", "")]
    [InlineData("organizations", "https://login.microsoftonline.com/", "", "a-secret-that-must-not-be-shown")]
    public async Task Start_WithUnsafeEntraSettings_NamesEachKey(string tenant, string instance, string client, string secret)
    {
        await using var process = Start(
            $"--AzureAd:TenantId={tenant}", $"--AzureAd:Instance={instance}", $"--AzureAd:ClientId={client}", $"--AzureAd:ClientSecret={secret}",
            "--urls", "http://127.0.0.1:0");

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        foreach (var key in (string[])["TenantId", "ClientId"])
            Assert.Contains($"AzureAd:{key}", process.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(secret.Length == 0, process.ErrorOutput.Contains("AzureAd:ClientSecret", StringComparison.Ordinal));
        Assert.Equal(instance.StartsWith("http:", StringComparison.Ordinal), process.ErrorOutput.Contains("AzureAd:Instance", StringComparison.Ordinal));
        Assert.DoesNotContain("must-not-be-shown", process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_EntraSettingThatItsLibraryCannotRead_SaysSoAtOnce()
    {
        await using var process = Start(
            $"--AzureAd:TenantId={Guid.NewGuid()}",
            "--AzureAd:Instance=https://login.example/",
            $"--AzureAd:ClientId={Guid.NewGuid()}",
            "--AzureAd:ClientSecret=secret",
            "--AzureAd:CallbackPath=not-a-path",
            "--urls",
            "http://127.0.0.1:0");

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        Assert.Contains("'not-a-path' at 'AzureAd:CallbackPath'", process.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FourEyesWithoutEntra_IsRefused()
    {
        await using var process = Start("--CaPortal:FourEyes:Enabled=true", "--CaPortal:FourEyes:Lifetime=00:01:00", "--urls", "http://127.0.0.1:0");

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        Assert.Contains("CaPortal:FourEyes:Enabled needs people who can be told apart", process.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("CaPortal:FourEyes:Lifetime", process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AddressInUse_SaysWhatToDo()
    {
        await using var first = new TcpServer((_, _) => Task.CompletedTask);
        await using var second = Start("--urls", $"http://127.0.0.1:{first.Port}");

        Assert.Equal(StartErrors.ExitCode, await second.ExitCodeAsync(Cancellation));
        Assert.Contains("--urls", second.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal("", second.Output);
    }

    [Fact]
    public async Task Start_DataDirectoryThatIsAFile_NamesTheKey()
    {
        await File.WriteAllTextAsync(_folder["data"], "", Cancellation);
        await using var process = Start("--urls", "http://127.0.0.1:0");

        Assert.Equal(StartErrors.ExitCode, await process.ExitCodeAsync(Cancellation));
        Assert.Contains("CaPortal:DataDirectory", process.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Again_KeepsCookieNameAndKeys()
    {
        async Task<string> CookieAsync()
        {
            await using var process = Start("--urls", "http://127.0.0.1:0");
            await process.NextLineAsync(Cancellation);
            using var client = new HttpClient();
            using var page = await client.GetAsync((await process.NextLineAsync(Cancellation)).Split(' ')[2], Cancellation);
            return page.Headers.GetValues("Set-Cookie").Single().Split('=')[0];
        }

        Assert.Equal(await CookieAsync(), await CookieAsync());
        Assert.Single(Directory.GetFiles(_folder["data/keys"], "*.xml"));
    }

    private void AssertForTheOwnerAlone()
    {
        // Windows has no file modes.
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode others =
            UnixFileMode.GroupRead
            | UnixFileMode.GroupWrite
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        var data = new DirectoryInfo(_folder["data"]);
        Assert.Equal(UnixFileMode.None, data.UnixFileMode & others);
        Assert.NotEmpty(data.GetFiles("keys/*.xml"));
        Assert.All(data.GetFileSystemInfos("*", SearchOption.AllDirectories).Where(f => f.Name is "keys" or "instance-id" || f.Extension == ".xml"),
            f => Assert.Equal(UnixFileMode.None, f.UnixFileMode & others));
    }

    private ProcessUnderTest Start(params string[] arguments) =>
        new([.. arguments, $"--CaPortal:DataDirectory={_folder["data"]}", "--CaPortal:TrustStores:0=pem-bundle"]);
}
