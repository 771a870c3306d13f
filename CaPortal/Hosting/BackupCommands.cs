using System.Globalization;
using CaPortal.Core;
using CaPortal.Core.Backups;
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

    public static bool IsAsked(string[] args) => args is [Backup or Restore, ..];

    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length < 2 || args[1].Length == 0 || args[1].StartsWith("--", StringComparison.Ordinal))
            return await DataCommand.FailAsync(NoFile(args[0]), StartErrors.ExitCode);
        return args[0] == Backup
            ? await DataCommand.RunAsync(args[2..], mayBegin: false, services => BackUpAsync(services, args[1]))
            : await DataCommand.RunAsync(args[2..], mayBegin: true, services => DataCommand.WithoutPortalAsync(
                services, "Nothing was changed: a backup is put back while the portal does not run.", () => RestoreAsync(services, args[1])));
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
}
