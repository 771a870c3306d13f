using System.Globalization;
using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// The commands <c>backup FILE</c> and <c>restore FILE</c>: take a backup of the data directory, also while the portal runs, and
/// put one back while it does not. Both read the portal's settings, and work as the account that owns the data directory.
/// </summary>
internal static class BackupCommands
{
    public const string Backup = "backup";
    public const string Restore = "restore";

    private const int Failed = 1;

    public static bool IsAsked(string[] args) => args is [Backup or Restore, ..];

    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            if (args.Length < 2 || args[1].Length == 0 || args[1].StartsWith("--", StringComparison.Ordinal))
                return await FailAsync(NoFile(args[0]), StartErrors.ExitCode);

            var arguments = new StartArguments(args[2..]);
            var builder = PortalProcess.CreateBuilder(arguments);
            builder.Logging.ClearProviders();
            builder.Services.AddCaPortalCore();
            builder.AddPortalSettings(arguments);
            builder.UseConnectionSetting();
            await using var app = builder.Build();
            if (ProblemOf(args[0], DataDirectory.Configured(app.Configuration)) is { } problem)
                return await FailAsync(problem, StartErrors.ExitCode);
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            return args[0] == Backup ? await BackUpAsync(app.Services, args[1]) : await RestoreAsync(app.Services, args[1]);
        }
        catch (BackupException e)
        {
            return await FailAsync($"{e.Message} {e.Advice}", Failed);
        }
        catch (DatabaseException e)
        {
            return await FailAsync($"{e.Message} {e.Advice}", Failed);
        }
        catch (StartRefusedException e)
        {
            return await FailAsync($"Nothing was changed: a backup is put back while the portal does not run. {e.Message}", Failed);
        }
        catch (Exception e) when (StartErrors.Explain(e, null) is { } problems)
        {
            return await FailAsync(string.Join("\n  ", problems), StartErrors.ExitCode);
        }
    }

    private static async Task<int> BackUpAsync(IServiceProvider services, string path)
    {
        var options = services.GetRequiredService<IOptions<CoreOptions>>().Value;
        var passphrase = options.Backup.PassphraseFile == BackupOptions.Ask ? AskTwice() : null;
        var manifest = await services.GetRequiredService<BackupWriter>().WriteAsync(path, passphrase, CancellationToken.None);
        Console.WriteLine($"{Path.GetFullPath(path)}: {Describe(manifest)}.");
        Console.WriteLine(options.Backup.IsEncrypted
            ? "It is encrypted."
            : "It is not encrypted and holds the keys for signing in and of the activity log: keep it as safe as the data directory.");
        return 0;
    }

    private static async Task<int> RestoreAsync(IServiceProvider services, string path)
    {
        using var held = ActivatorUtilities.CreateInstance<RunLock>(services);
        await held.StartAsync(CancellationToken.None);
        var restoration = services.GetRequiredService<Restoration>();
        var secrets = new BackupSecrets
        {
            AskPassphrase = () => SecretPrompt.Ask("Pass phrase of the backup: "),
            AskKeyPassword = () => SecretPrompt.Ask("Password of the private key: "),
        };
        var ready = await restoration.PrepareAsync(path, secrets, Environment.UserName, CancellationToken.None);
        restoration.PutInPlace();
        Console.WriteLine($"Restored the backup of {ready.Manifest.TakenAt:u}, taken on {ready.Manifest.Machine}: {Describe(ready.Manifest)}.");
        if (Directory.EnumerateFiles(restoration.AsideOf(ready)).Any())
            Console.WriteLine($"What was there before is in {restoration.AsideOf(ready)}.");
        if (ready.IsOfAnotherPortal)
            Console.WriteLine("Another portal took it: at the next start its list takes the place of this one's in the trust stores.");
        Console.WriteLine("Start the portal now.");
        if (ready.Unproved is { } unproved)
            Console.WriteLine($"Its activity log is not proved: {unproved}");
        return 0;
    }

    private static string AskTwice()
    {
        var passphrase = SecretPrompt.Ask("Pass phrase for the backup: ");
        return Console.IsInputRedirected || SecretPrompt.Ask("Again: ") == passphrase ? passphrase
            : throw new BackupException("The two pass phrases differ.", "Type it again.");
    }

    private static string Describe(BackupManifest manifest) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"revision {manifest.Revision} of the list with {manifest.Certificates:N0} CA "
                + $"{(manifest.Certificates == 1 ? "certificate" : "certificates")}, {manifest.Entries:N0} entries of the activity log");

    private static string NoFile(string command) =>
        $"The command {command} needs a file. Write it like: {command} /srv/backup/caportal.tar.gz "
            + $"--{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY.";

    /// <summary>Files of another account in the data directory would stop the portal.</summary>
    private static string? ProblemOf(string command, CoreOptions core) =>
        command == Backup && !Directory.Exists(core.ResolvedDataDirectory)
            ? $"There is no data directory {core.ResolvedDataDirectory}. Name that of the portal: "
                + $"--{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY."
        : FolderOwner.Of(core.ResolvedDataDirectory) is { IsOther: true } owner
            ? $"The data directory {core.ResolvedDataDirectory} belongs to {owner.Name}. Run this command as that account, for example with sudo -u."
            : null;

    private static async Task<int> FailAsync(string problem, int code)
    {
        await Console.Error.WriteLineAsync(problem);
        return code;
    }
}
