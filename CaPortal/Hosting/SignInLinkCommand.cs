using System.Net;
using CaPortal.Authentication;
using CaPortal.Core;

namespace CaPortal.Hosting;

/// <summary>
/// The command <c>sign-in-link</c>: asks the portal that runs on the same data directory for a link, and prints it. Only
/// the account that the portal runs as can read the secret that it needs.
/// </summary>
internal static class SignInLinkCommand
{
    public const string Name = "sign-in-link";

    /// <summary>For a portal that has much else to do.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <returns>The exit code of the process.</returns>
    public static Task<int> RunAsync(string[] args) => PortalCommand.RunAsync(Name, args, async configuration =>
        EntraOptions.IsConfigured(configuration) ? (null, NoLink) : await AskAsync(DataDirectory.Configured(configuration)));

    private const string NoLink = "People sign in with Microsoft Entra ID (AzureAd:*), so there is no sign-in link. Open the portal's address in a browser.";

    private static async Task<(string? Link, string? Problem)> AskAsync(CoreOptions core)
    {
        var (running, problem) = PortalCommand.Find(core);
        return running switch
        {
            null => (null, problem),
            { HasEntra: true } => (null, NoLink),
            { Address: null } => (null, "The portal listens on no address that a browser can open, so there is no sign-in link."),
            _ => await AskAsync(running.Address, running.Secret, core),
        };
    }

    private static async Task<(string? Link, string? Problem)> AskAsync(string address, string secret, CoreOptions core)
    {
        using var client = PortalCommand.CreateClient(Timeout);
        try
        {
            var request = LinkExchange.Ask(secret);
            client.DefaultRequestHeaders.Add(LinkExchange.Header, request);
            using var answer = await client.PostAsync(new Uri($"{address}{SignInPaths.LinkForCommand}"), null);

            // Another program may listen there now.
            var link = answer.StatusCode == HttpStatusCode.OK ? LinkExchange.Open(await answer.Content.ReadAsStringAsync(), request, secret) : null;
            return link is null ? (null, PortalCommand.NotRunning(core)) : (link, null);
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
