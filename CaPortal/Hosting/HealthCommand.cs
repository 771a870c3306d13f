using System.Net;
using CaPortal.Core;

namespace CaPortal.Hosting;

/// <summary>
/// The command <c>health</c>: asks the portal that runs on the same data directory whether it can do its work. It is for
/// containers and monitors that have no program which asks over HTTP.
/// </summary>
internal static class HealthCommand
{
    public const string Name = "health";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <returns>The exit code of the process: zero where the portal can do its work, also while a trust store is not as it should be.</returns>
    public static Task<int> RunAsync(string[] args) =>
        PortalCommand.RunAsync(Name, args, configuration => AskAsync(DataDirectory.Configured(configuration)));

    private static async Task<(string? Answer, string? Problem)> AskAsync(CoreOptions core)
    {
        var (running, problem) = PortalCommand.Find(core);
        if (running is null)
            return (null, problem);
        if (running.Address is not { } address)
            return (null, "The portal listens on no address that this command can ask.");

        using var client = PortalCommand.CreateClient(Timeout);
        try
        {
            using var response = await client.GetAsync(new Uri($"{address}/health/ready"));
            var text = await response.Content.ReadAsStringAsync();
            return response.StatusCode switch
            {
                HttpStatusCode.OK => (text, null),
                HttpStatusCode.ServiceUnavailable => (null, text),
                // Another program may listen there now.
                _ => (null, PortalCommand.NotRunning(core)),
            };
        }
        catch (HttpRequestException)
        {
            return (null, PortalCommand.NotRunning(core));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException)
        {
            return (null, PortalCommand.Damaged(core));
        }
        catch (OperationCanceledException)
        {
            return (null, $"The portal at {address} does not answer. Look into its log, or start it again.");
        }
    }
}
