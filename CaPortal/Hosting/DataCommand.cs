using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>What the commands share that work on the data directory themselves, as the account that it belongs to.</summary>
internal static class DataCommand
{
    /// <summary>The exit code where it could not be done.</summary>
    public const int Failed = 1;

    /// <summary>Reads all settings, checks them, and does the work. What an administrator can put right is printed in plain words.</summary>
    /// <param name="settings">The arguments of the process that are settings.</param>
    /// <param name="mayBegin">Whether the data directory need not exist.</param>
    /// <param name="work">Does the work, and says the exit code.</param>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] settings, bool mayBegin, Func<IServiceProvider, Task<int>> work)
    {
        try
        {
            var arguments = new StartArguments(settings);
            var builder = PortalProcess.CreateBuilder(arguments);
            builder.Logging.ClearProviders();
            builder.Services.AddCaPortalCore();
            builder.AddPortalSettings(arguments);
            builder.UseConnectionSetting();
            await using var app = builder.Build();
            if (ProblemOf(DataDirectory.Configured(app.Configuration), mayBegin) is { } problem)
                return await FailAsync(problem, StartErrors.ExitCode);
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            return await work(app.Services);
        }
        catch (BackupException e)
        {
            return await FailAsync($"{e.Message} {e.Advice}", Failed);
        }
        catch (DatabaseException e)
        {
            return await FailAsync($"{e.Message} {e.Advice}", Failed);
        }
        catch (Exception e) when (StartErrors.Explain(e, null) is { } problems)
        {
            return await FailAsync(string.Join("\n  ", problems), StartErrors.ExitCode);
        }
    }

    /// <summary>Works while no portal runs on the data directory.</summary>
    /// <param name="services">The services of the command.</param>
    /// <param name="refusal">The beginning of what is printed where one runs.</param>
    /// <param name="work">Does the work, and says the exit code.</param>
    public static async Task<int> WithoutPortalAsync(IServiceProvider services, string refusal, Func<Task<int>> work)
    {
        using var held = ActivatorUtilities.CreateInstance<RunLock>(services);
        try
        {
            await held.StartAsync(CancellationToken.None);
        }
        catch (StartRefusedException e)
        {
            return await FailAsync($"{refusal} {e.Message}", Failed);
        }

        return await work();
    }

    /// <summary>Says why the command ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> FailAsync(string problem, int code)
    {
        await Console.Error.WriteLineAsync(problem);
        return code;
    }

    /// <summary>Files of another account in the data directory would stop the portal.</summary>
    private static string? ProblemOf(CoreOptions core, bool mayBegin) =>
        !mayBegin && !Directory.Exists(core.ResolvedDataDirectory)
            ? $"There is no data directory {core.ResolvedDataDirectory}. Name that of the portal: "
                + $"--{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY."
        : FolderOwner.Of(core.ResolvedDataDirectory) is { IsOther: true } owner
            ? $"The data directory {core.ResolvedDataDirectory} belongs to {owner.Name}. Run this command as that account, for example with sudo -u."
            : null;
}
