using System.Diagnostics;
using CaPortal.Tests.Testing;

namespace CaPortal.Tests.Portals;

/// <summary>Portals as processes of their own, of which one dies or stands still.</summary>
public sealed class TakeoverTests : IAsyncLifetime
{
    private const string Leads = "This portal tests back-ends, sends alerts and forwards the activity log now";

    /// <summary>Until another has taken over.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly TemporaryDirectory _folder = new();
    private readonly List<ProcessUnderTest> _portals = [];
    private string _database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestCore.NewPostgresDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in _portals)
            await portal.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    [InlineData("TERM")]
    public async Task Lead_OfAPortalThatIsSentASignal_IsTakenOverInTime(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        var one = Start("one");
        await one.NextLineAsync(Leads, Cancellation);
        File.Copy(Path.Combine(Directory.CreateDirectory(_folder["one"]).FullName, "database.key"),
            Path.Combine(Directory.CreateDirectory(_folder["two"]).FullName, "database.key"));
        var two = Start("two");
        await two.NextLineAsync("Now listening on", Cancellation);

        var sent = Stopwatch.GetTimestamp();
        await SendAsync(signal, one);
        await two.NextLineAsync(Leads, Cancellation).WaitAsync(Limit, Cancellation);
        TestContext.Current.SendDiagnosticMessage("{0}: taken over after {1}", signal, Stopwatch.GetElapsedTime(sent));

        if (signal == "STOP")
        {
            // It goes on, and knows that it does not lead any more.
            await SendAsync("CONT", one);
            await one.NextLineAsync("Another portal has taken over", Cancellation);
        }
    }

    private ProcessUnderTest Start(string directory)
    {
        var portal = new ProcessUnderTest(
        [
            "--urls=http://127.0.0.1:0",
            $"--CaPortal:DataDirectory={_folder[directory]}",
            "--CaPortal:TrustStores:0=pem-bundle",
            "--CaPortal:Database:Provider=PostgreSql",
            $"--ConnectionStrings:CaPortal={_database}",
        ]);
        _portals.Add(portal);
        return portal;
    }

    private static async Task SendAsync(string signal, ProcessUnderTest portal) =>
        Assert.Equal(0, (await Tool.RunAsync("kill", ["-s", signal, $"{portal.Id}"], Cancellation)).ExitCode);
}
