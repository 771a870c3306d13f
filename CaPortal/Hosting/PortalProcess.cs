using System.Net.Sockets;
using CaPortal.Core.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>The process around the web application: where it starts from and how it ends.</summary>
internal static class PortalProcess
{
    /// <summary>A builder that finds its files beside the program, whatever the current directory.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // Static files are found also where the program runs from its build folder, in any environment.
        builder.WebHost.UseStaticWebAssets();
        return builder;
    }

    /// <summary>Builds and runs the application. What an administrator can put right is told in plain words on the error stream.</summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            try
            {
                await app.StartAsync();
            }
            catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // Asked to end before it was up, which is no failure. What had been started ends with it.
                await app.StopAsync();
                return 0;
            }
            catch
            {
                // A failed start leaves running what had been started, and disposing takes away what it works with.
                await app.StopAsync();
                throw;
            }

            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (Explain(exception) is { } problems)
        {
            await Console.Error.WriteLineAsync("CaPortal cannot start:");
            foreach (var problem in problems)
                await Console.Error.WriteLineAsync($"  {problem}");
            return 1;
        }
    }

    private static IReadOnlyList<string>? Explain(Exception exception) => exception switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several when several.InnerExceptions.All(e => e is OptionsValidationException) =>
            [.. several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(e => e.Failures)],
        DatabaseException unusable => [unusable.Message, unusable.Advice],
        IOException { InnerException: AddressInUseException } =>
            ["The address is in use by another program. End that program, or choose another address with --urls, for example --urls http://127.0.0.1:5081."],
        SocketException refused => [$"The address cannot be listened on ({refused.SocketErrorCode}). Choose another one with --urls, for example --urls http://127.0.0.1:5081."],
        _ => null,
    };
}
