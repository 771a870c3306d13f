using CaPortal.Core;

namespace CaPortal.Hosting;

/// <summary>What the commands share that ask the portal which runs on the same data directory.</summary>
internal static class PortalCommand
{
    /// <summary>The names of all commands that the portal has.</summary>
    public static readonly IReadOnlyCollection<string> Names =
        [SignInLinkCommand.Name, HealthCommand.Name, BackupCommands.Backup, BackupCommands.Restore, DatabaseCommands.Name];

    /// <summary>Whether the process is started for a command. A word behind a setting without a value of its own is that value.</summary>
    public static bool IsAsked(string name, string[] args) => IndexOf(name, args) >= 0;

    /// <summary>Reads the settings, asks, and prints the answer.</summary>
    /// <param name="name">The command.</param>
    /// <param name="args">The arguments of the process.</param>
    /// <param name="ask">Asks: the answer, or why there is none.</param>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string name, string[] args, Func<IConfiguration, Task<(string? Answer, string? Problem)>> ask)
    {
        ConfigurationManager configuration;
        try
        {
            var index = IndexOf(name, args);
            var arguments = new StartArguments([.. args[..index], .. args[(index + 1)..]]);
            configuration = PortalProcess.CreateBuilder(arguments).Configuration;
            if (PortalSettings.UnknownNames(arguments, configuration) is { Count: > 0 } problems)
                return await PortalProcess.RefuseAsync(problems);
        }
        catch (Exception e) when (StartErrors.Explain(e, null) is { } problems)
        {
            return await PortalProcess.RefuseAsync(problems);
        }

        // The data directory alone: what values other settings have does not matter here.
        var (answer, problem) = await ask(configuration);
        if (answer is not null)
        {
            Console.WriteLine(answer);
            return 0;
        }

        await Console.Error.WriteLineAsync(problem);
        return 1;
    }

    /// <summary>The portal that runs, or why it cannot be asked.</summary>
    public static (RunningPortal? Running, string? Problem) Find(CoreOptions core)
    {
        try
        {
            return RunFile.Read(core) is { } running ? (running, null) : (null, NotRunning(core));
        }
        catch (UnauthorizedAccessException)
        {
            return (null, $"The data directory {core.ResolvedDataDirectory} belongs to another account. "
                + "Run this command as the account that the portal runs as.");
        }
    }

    /// <summary>Asks the portal itself. Nothing depends on its certificate, which need not be one that this account trusts: see LinkExchange.</summary>
    public static HttpClient CreateClient(TimeSpan timeout) => new(new HttpClientHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
    })
    {
        Timeout = timeout,
    };

    public static string NotRunning(CoreOptions core) =>
        $"No portal runs on the data directory {core.ResolvedDataDirectory}. Start it, or name the directory "
        + $"of the one that runs: --{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY.";

    public static string Damaged(CoreOptions core) =>
        $"The file that tells where the portal runs is damaged. Start the portal on {core.ResolvedDataDirectory} again, which prints a link too.";

    private static int IndexOf(string name, string[] args) => Enumerable.Range(0, args.Length).FirstOrDefault(
        i => args[i] == name && (i == 0 || !args[i - 1].StartsWith("--", StringComparison.Ordinal) || args[i - 1].Contains('=', StringComparison.Ordinal)), -1);
}
