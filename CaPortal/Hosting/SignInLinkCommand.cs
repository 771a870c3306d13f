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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static bool IsAsked(string[] args) => args.Contains(Name, StringComparer.Ordinal);

    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        ConfigurationManager configuration;
        try
        {
            var arguments = new StartArguments([.. args.Where(a => a != Name)]);
            var builder = PortalProcess.CreateBuilder(arguments);
            configuration = builder.Configuration;
            if (PortalSettings.UnknownNames(arguments, configuration) is { Count: > 0 } problems)
                return await PortalProcess.RefuseAsync(problems);
        }
        catch (Exception e) when (StartErrors.Explain(e, null) is { } problems)
        {
            return await PortalProcess.RefuseAsync(problems);
        }

        // One setting alone: what values others have does not matter here.
        var core = DataDirectory.Configured(configuration);
        var (link, problem) = EntraOptions.IsConfigured(configuration) ? (null, NoLink) : await AskAsync(core);
        if (link is not null)
        {
            Console.WriteLine(link);
            return 0;
        }

        await Console.Error.WriteLineAsync(problem);
        return 1;
    }

    private const string NoLink = "People sign in with Microsoft Entra ID (AzureAd:*), so there is no sign-in link. Open the portal's address in a browser.";

    private static async Task<(string? Link, string? Problem)> AskAsync(CoreOptions core)
    {
        RunningPortal? running;
        try
        {
            running = RunFile.Read(core);
        }
        catch (UnauthorizedAccessException)
        {
            return (null, $"The data directory {core.ResolvedDataDirectory} belongs to another account. Run this command as the account that the portal runs as.");
        }

        return running switch
        {
            null => (null, NotRunning(core)),
            { HasEntra: true } => (null, NoLink),
            { Address: null } => (null, "The portal listens on no address that a browser can open, so there is no sign-in link."),
            _ => await AskAsync(running.Address, running.Secret, core),
        };
    }

    private static async Task<(string? Link, string? Problem)> AskAsync(string address, string secret, CoreOptions core)
    {
        // Nothing depends on the certificate, which need not be one that this account trusts: see LinkExchange.
        using var handler = new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false, ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler) { Timeout = Patience };
        try
        {
            var request = LinkExchange.Ask(secret);
            client.DefaultRequestHeaders.Add(LinkExchange.Header, request);
            using var answer = await client.PostAsync(new Uri($"{address}{SignInPaths.LinkForCommand}"), null);

            // Another program may listen there now.
            var link = answer.StatusCode == HttpStatusCode.OK ? LinkExchange.Open(await answer.Content.ReadAsStringAsync(), request, secret) : null;
            return link is null ? (null, NotRunning(core)) : (link, null);
        }
        catch (HttpRequestException)
        {
            return (null, NotRunning(core));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException)
        {
            return (null, $"The file that tells where the portal runs is damaged. Start the portal on {core.ResolvedDataDirectory} again, which prints a link too.");
        }
        catch (OperationCanceledException)
        {
            return (null, $"The portal at {address} does not answer. Look into its log, or start it again.");
        }
    }

    private static string NotRunning(CoreOptions core) =>
        $"No portal runs on the data directory {core.ResolvedDataDirectory}. Start it, which prints a link too, or name the directory of the one that runs: --{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY.";
}
