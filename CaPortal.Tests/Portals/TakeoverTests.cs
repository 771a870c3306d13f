using System.Diagnostics;

namespace CaPortal.Tests.Portals;

/// <summary>Portals as processes of their own, of which one dies or freezes.</summary>
public sealed class TakeoverTests
{
    /// <summary>Until another has taken over.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    [InlineData("TERM")]
    public async Task Lead_OfAPortalThatIsSentASignal_IsTakenOverInTime(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var portals = await PortalProcesses.StartAsync();
        var (one, two) = (portals.One, portals.Two);

        var sent = Stopwatch.GetTimestamp();
        await PortalProcesses.SendAsync(signal, one);
        await two.NextLineAsync(PortalProcesses.Leads, Cancellation).WaitAsync(Limit, Cancellation);
        TestContext.Current.SendDiagnosticMessage("{0}: taken over after {1}", signal, Stopwatch.GetElapsedTime(sent));

        if (signal == "STOP")
        {
            // It goes on, and knows that it does not lead any more.
            await PortalProcesses.SendAsync("CONT", one);
            await one.NextLineAsync("Another portal has taken over", Cancellation);
        }
    }
}
