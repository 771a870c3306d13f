using System.Text.Encodings.Web;
using System.Text.Json;
using CaPortal.Authentication;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Logging.Console;

namespace CaPortal.Hosting;

/// <summary>What the portal prints for the person who started it: where it listens and how to sign in.</summary>
/// <param name="output">Where that is printed.</param>
/// <param name="server">Says where it listens.</param>
/// <param name="links">The sign-in links; null if there are none.</param>
/// <param name="isJson">Whether each line is an object, as those of the log around it are.</param>
/// <param name="publicUrl">Where people open the portal; null if no setting says it.</param>
internal sealed class PortalConsole(TextWriter output, IServer server, SignInLinks? links, bool isJson = false, Uri? publicUrl = null)
{
    /// <summary>Prints the addresses, then the way in.</summary>
    public async Task PrintStartedAsync(CancellationToken cancellationToken)
    {
        foreach (var address in ListenAddresses.Bound(server))
            Print($"Now listening on: {address}");
        await PrintLinkAsync(cancellationToken);
    }

    /// <summary>Prints a sign-in link that works now.</summary>
    public async Task PrintLinkAsync(CancellationToken cancellationToken)
    {
        if (await NewLinkAsync(cancellationToken) is not { } text)
            return;
        Print(text);
        output.Flush();
    }

    /// <summary>A sign-in link that works now, in the words in which it is printed; null if there is none. A fixed token is not in it.</summary>
    public async Task<string?> NewLinkAsync(CancellationToken cancellationToken)
    {
        var bound = ListenAddresses.Bound(server);
        if (links is null || bound.Count == 0)
            return null;

        // Over plain http the token would be there for others to read.
        var address = publicUrl?.AbsoluteUri.TrimEnd('/') ?? ListenAddresses.Browsable(bound.FirstOrDefault(ListenAddresses.IsHttps) ?? bound[0]);
        var (token, validity) = await links.IssueAsync(cancellationToken);
        return $"Sign in: {address}{SignInPaths.SignIn}?t={token ?? "TOKEN"} ({validity})";
    }

    private void Print(string text) => output.WriteLine(isJson ? JsonSerializer.Serialize(new { Message = text }, Json) : text);

    // For a console, not for a page: an address must be readable as it is.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

internal static class PortalConsoleServices
{
    public static void AddPortalConsole(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseSetting(WebHostDefaults.SuppressStatusMessagesKey, bool.TrueString);
        builder.Services.Configure<ConsoleLifetimeOptions>(o => o.SuppressStatusMessages = true);
        builder.AddLogFormat();
        // Its one warning is that keys are not encrypted: they are protected by the mode of their folder.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        // PortalProcess reports why the start failed; what stops the portal later is critical.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // At any level in the settings: these would write down typed passwords and the token of the sign-in link.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.Information);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);

        builder.Services.AddSingleton(p => new PortalConsole(
            Console.Out,
            p.GetRequiredService<IServer>(),
            p.GetService<SignInLinks>(),
            LogFormat.Of(builder.Configuration) == ConsoleFormatterNames.Json,
            p.GetRequiredService<PublicAddress>().Url));
        builder.Services.AddSingleton<StartLine>();
        builder.Services.AddSingleton<RunFile>();
        builder.Services.AddHostedService<StartedMessage>();
    }

    private sealed class StartedMessage(PortalConsole console, RunFile runFile, StartLine startLine) : IHostedLifecycleService
    {
        public async Task StartedAsync(CancellationToken cancellationToken)
        {
            // First, so that a person who has read the message can use the command at once.
            runFile.Write();
            await console.PrintStartedAsync(cancellationToken);
            startLine.Write();
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppingAsync(CancellationToken cancellationToken)
        {
            runFile.Delete();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StoppedAsync(CancellationToken cancellationToken)
        {
            startLine.WriteEnd();
            return Task.CompletedTask;
        }
    }
}
