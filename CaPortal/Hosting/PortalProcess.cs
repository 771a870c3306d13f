namespace CaPortal.Hosting;

/// <summary>The process around the web application: where it starts from and how it ends.</summary>
internal static class PortalProcess
{
    /// <summary>A builder that finds its files beside the program, in any current directory.</summary>
    public static WebApplicationBuilder CreateBuilder(StartArguments arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments.Settings, ContentRootPath = AppContext.BaseDirectory });
        // Static files are found also where the program runs from its build folder, in any environment.
        builder.WebHost.UseStaticWebAssets();
        return builder;
    }

    /// <summary>
    /// Builds and runs the application. What an administrator can put right is reported in plain words on the error stream.
    /// </summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        using var hangup = new HangupSignal();
        IConfiguration? configuration = null;
        try
        {
            await using var app = build();
            configuration = app.Configuration;
            hangup.Follow(app);
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
                await StopStartedAsync(app);
                throw;
            }

            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (StartErrors.Explain(exception, configuration) is { } problems)
        {
            return await RefuseAsync(problems);
        }
    }

    /// <summary>Says why the process ends.</summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RefuseAsync(IEnumerable<string> problems)
    {
        await Console.Error.WriteLineAsync("CaPortal cannot start:");
        foreach (var problem in problems)
            await Console.Error.WriteLineAsync($"  {problem}");
        return StartErrors.ExitCode;
    }

    /// <summary>A failed start leaves running what had been started, and disposing takes away what it works with.</summary>
    private static async Task StopStartedAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync();
        }
        catch (Exception)
        {
            // It fails where the services could not even be made. Why the start failed is what matters.
        }
    }
}
