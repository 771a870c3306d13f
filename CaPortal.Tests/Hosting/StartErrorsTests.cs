using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Hosting;
using CaPortal.Tests.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace CaPortal.Tests.Hosting;

/// <summary>The web server of the portal in this process, with settings with which it cannot start.</summary>
public sealed class StartErrorsTests : IDisposable
{
    private const string Path = "--Kestrel:Certificates:Default:Path";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http", "127.0.0.1")]
    [InlineData("http", "localhost")]
    [InlineData("https", "127.0.0.1")]
    public async Task Explain_PortInUse_NamesTheAddressAndOffersOneOfTheSameScheme(string scheme, string host)
    {
        await using var other = new TcpServer((_, _) => Task.CompletedTask);
        var problem = await RefusalAsync(
            "--urls",
            $"{scheme}://{host}:{other.Port}",
            $"{Path}={Certificate()}",
            "--Kestrel:Certificates:Default:Password=right");

        Assert.Contains($":{other.Port}: address already in use.", problem, StringComparison.Ordinal);
        Assert.EndsWith($"for example --urls {scheme}://127.0.0.1:5081.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_PortOfIPv6InUse_NamesTheAddress()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        using var other = new TcpListener(IPAddress.IPv6Loopback, 0);
        other.Start();
        var address = $"http://[::1]:{((IPEndPoint)other.LocalEndpoint).Port}";

        Assert.Contains($"{address}: address already in use.", await RefusalAsync("--urls", address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_SocketThatExists_NamesIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Sockets of that kind are tested on Unix.");
        File.WriteAllText(_folder["socket"], "");

        Assert.Contains("already in use", await RefusalAsync("--urls", $"http://unix:{_folder["socket"]}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://192.0.2.7:0", "http://192.0.2.7:0 cannot be listened on: this machine does not have that address")]
    [InlineData("http://unix:/nowhere/at/all", "the folder of the socket does not exist")]
    [InlineData(
        "http://unix:/a-very-long-path-a-very-long-path-a-very-long-path-a-very-long-path-a-very-long-path-a-very-long-path-a-very-long-path",
        "The web server cannot start")]
    public async Task Explain_AddressThatCannotBeHad_SaysWhy(string address, string problem) =>
        Assert.Contains(problem, await RefusalAsync("--urls", address), StringComparison.Ordinal);

    [Fact]
    public async Task Explain_PortThatNeedsPrivileges_SaysSo()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess || !OperatingSystem.IsLinux(), "Needs an account without privileges on Linux.");

        Assert.Contains("ports below 1024", await RefusalAsync("--urls", "http://127.0.0.1:1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_CertificateThatIsMissingLockedOrWithoutKey_SaysWhichAndWhatToSet()
    {
        var file = Certificate();
        File.WriteAllBytes(_folder["no-key.cer"], X509CertificateLoader.LoadPkcs12FromFile(file, "right").RawData);
        foreach (var (path, problem) in new[]
        {
            (_folder["missing.pfx"], $"cannot be read: Could not find file '{_folder["missing.pfx"]}'."),
            (_folder["no-folder/missing.pfx"], "cannot be read: Could not find a part of the path"),
            (file, "cannot be used: "), (_folder["no-key.cer"], "has no private key."),
        })
        {
            var refusal = await RefusalAsync("--urls", "https://127.0.0.1:0", $"{Path}={path}", "--Kestrel:Certificates:Default:Password=wrong");
            Assert.StartsWith($"The certificate for https {problem}", refusal, StringComparison.Ordinal);
            Assert.Contains(" Set Kestrel:Certificates:Default:Path to a PKCS#12 file and :Password to its password, ", refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--urls", "https://127.0.0.1:0", "The address https://127.0.0.1:0 is for https, and there is no certificate for it.")]
    [InlineData("--Kestrel:Endpoints:Web:Url", "https://127.0.0.1:0", "The address https://127.0.0.1:0 is for https, and there is no certificate for it.")]
    [InlineData("--Kestrel:Endpoints:Web:Ur", "http://127.0.0.1:0", "The endpoint Web is missing the required 'Url' parameter.")]
    [InlineData(
        "--Logging:Console:LogToStandardErrorThreshold",
        "nope",
        "A setting cannot be read. Failed to convert configuration value 'nope' at 'LogToStandardErrorThreshold'")]
    public async Task Explain_SettingThatALibraryRefuses_SaysWhatItSays(string key, string value, string problem) =>
        Assert.Contains(problem, await RefusalAsync(key, value), StringComparison.Ordinal);

    [Theory]
    [InlineData("{ \"CaPortal\": { \"Scope\": \"User\" ")]
    [InlineData("{ \"CaPortal\": { \"Scope\": 'User' } }")]
    [InlineData("{ \"CaPortal\": { \"Scope\": \"User\", \"scope\": \"Machine\" } }")]
    [InlineData("")]
    public async Task Explain_FileOfSettingsThatCannotBeRead_NamesItAndTheFault(string json)
    {
        File.WriteAllText(_folder["appsettings.json"], json);
        var problem = await RefusalAsync(b => b.Configuration.AddJsonFile(_folder["appsettings.json"]));

        Assert.StartsWith($"Failed to load configuration from file '{_folder["appsettings.json"]}'. ", problem, StringComparison.Ordinal);
        Assert.EndsWith("Correct the file.", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_FaultOfTheProgram_IsNotExplainedAway() =>
        Assert.Null(StartErrors.Explain(Assert.Throws<InvalidOperationException>(void () => throw new InvalidOperationException("A fault.")), null));

    private static Task<string> RefusalAsync(params string[] arguments) => RefusalAsync(_ => { }, arguments);

    /// <summary>The one line that the start is refused with.</summary>
    private static async Task<string> RefusalAsync(Action<WebApplicationBuilder> configure, params string[] arguments)
    {
        IConfiguration? configuration = null;
        try
        {
            var builder = PortalProcess.CreateBuilder(new StartArguments(
                [.. arguments, "--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft=None"]));
            configure(builder);
            await using var app = builder.Build();
            configuration = app.Configuration;
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch (Exception exception)
        {
            var problem = Assert.Single(StartErrors.Explain(exception, configuration) ?? throw new InvalidOperationException("Not explained.", exception));
            Assert.DoesNotContain('\n', problem);
            return problem;
        }

        throw new InvalidOperationException("It has started.");
    }

    private string Certificate()
    {
        var file = _folder["portal.pfx"];
        using var certificate = CertificateTemplate.Server(null).Create();
        File.WriteAllBytes(file, certificate.ExportPkcs12(Pkcs12ExportPbeParameters.Default, "right"));
        return file;
    }
}
