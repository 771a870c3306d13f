using System.Globalization;
using System.Runtime.InteropServices;
using CaPortal.Core;
using CaPortal.Core.Backups;
using CaPortal.Core.Data;
using CaPortal.Core.Transfer;
using Microsoft.Extensions.Options;

namespace CaPortal.Hosting;

/// <summary>
/// The commands <c>database migrate</c>, which makes the tables on a server ready for this version, and <c>database copy --to
/// CONNECTION</c>, which copies the list from the file of a portal that does not run to an empty database on a server. They read the
/// settings of the portal, and work as the account that owns the data directory.
/// </summary>
internal static class DatabaseCommands
{
    public const string Name = "database";

    private const string Copy = "copy";
    private const string Migrate = "migrate";
    private const string To = "--to";

    /// <summary>The value of <see cref="To"/> that has the connection string asked for, or read from a pipe: others can see a command line.</summary>
    private const string Ask = "-";

    private const string HowToWrite =
        $"Write it like: {Name} {Copy} {To} {Ask} --{CoreOptions.Section}:{nameof(CoreOptions.DataDirectory)}=DIRECTORY, and type the connection "
            + "string when it is asked for: Host=db.example.org;Database=caportal;Username=caportal;Password=...";

    // The tables that people know things of, in the order in which they are printed. The others belong to these.
    private static readonly (string Table, string One, string Several)[] Things =
    [
        ("ca_certificate", "CA certificate in list and recycle bin", "CA certificates in list and recycle bin"),
        ("desired_revision", "revision of the list", "revisions of the list"),
        ("snapshot", "snapshot", "snapshots"),
        ("back_end", "back-end", "back-ends"),
        ("alert", "alert", "alerts"),
        ("api_key", "API key", "API keys"),
        ("proposed_change", "proposed change", "proposed changes"),
        ("activity", "entry of the activity log", "entries of the activity log"),
    ];

    public static bool IsAsked(string[] args) => args is [Name, ..];

    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [_, Migrate, .. var own])
            return await DataCommand.RunAsync(own, mayBegin: true, MigrateAsync);
        var (to, settings, problem) = Parse(args);
        return problem is not null
            ? await DataCommand.FailAsync(problem, StartErrors.ExitCode)
            : await DataCommand.RunAsync(settings, mayBegin: false, services => DataCommand.WithoutPortalAsync(
                services, "Nothing was copied: the list is copied while the portal does not run.", () => CopyAsync(services, to)));
    }

    private static (string To, string[] Settings, string? Problem) Parse(string[] args)
    {
        if (args is not [_, Copy, ..])
            return Wrong($"The command {Name} has two uses: {Name} {Migrate} and {Name} {Copy}. {HowToWrite}");

        var (to, settings) = ("", new List<string>());
        for (var i = 2; i < args.Length; i++)
        {
            var isTo = args[i] == To;
            if (!isTo && !args[i].StartsWith($"{To}=", StringComparison.Ordinal))
            {
                settings.Add(args[i]);
                continue;
            }

            if (to.Length > 0)
                return Wrong($"{To} is there more than once. {HowToWrite}");
            to = !isTo ? args[i][(To.Length + 1)..] : i + 1 < args.Length ? args[++i] : "";
            if (to.Length == 0 || to.StartsWith("--", StringComparison.Ordinal))
                return Wrong($"{To} has no value. {HowToWrite}");

            // It may be a part of a password: it is not repeated.
            if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                return Wrong($"Behind {To} and its value is something that does not begin with --. Put a connection string with spaces into quotation marks.");
        }

        return to.Length > 0 ? (to, [.. settings], null) : Wrong($"The command {Name} {Copy} needs {To}, the database to copy to. {HowToWrite}");

        static (string, string[], string?) Wrong(string problem) => ("", [], problem);
    }

    private static async Task<int> MigrateAsync(IServiceProvider services)
    {
        var database = services.GetRequiredService<PortalDatabase>();
        if (database.IsOneFile)
        {
            return await DataCommand.FailAsync(
                $"The command {Name} {Migrate} is for a database on a server. The next start brings the file {database.Location} up to date.",
                StartErrors.ExitCode);
        }

        var steps = await database.UpgradeAsync(CancellationToken.None);
        Console.WriteLine(steps == 0
            ? $"The database {database.Location} is ready for this version. Nothing was left to do."
            : $"The database {database.Location} is ready for this version now.");
        return 0;
    }

    private static async Task<int> CopyAsync(IServiceProvider services, string to)
    {
        if (services.GetRequiredService<Restoration>().Waiting is not null)
        {
            return await DataCommand.FailAsync(
                "Nothing was copied: a backup is ready, and takes the place of the list at the next start. Start the portal once, then stop it and try again.",
                DataCommand.Failed);
        }

        var transfer = services.GetRequiredService<DatabaseTransfer>();
        if (to == Ask)
            to = SecretPrompt.Ask("Connection string: ");
        if (!transfer.IsConnectionString(to))
        {
            return await DataCommand.FailAsync(
                $"What {To} says is no connection string of PostgreSQL. Write it like Host=db.example.org;Database=caportal;Username=caportal;Password=...",
                StartErrors.ExitCode);
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            Print(await transfer.CopyAsync(to, stop.Token), services.GetRequiredService<IOptions<CoreOptions>>().Value);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return await DataCommand.FailAsync("Nothing was copied: the command was ended.", DataCommand.Failed);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void Print(TransferResult result, CoreOptions options)
    {
        Write($"Copied revision {result.Revision} of the list from {result.From} to {result.To} in {result.Took.TotalSeconds:0.0} s:");
        foreach (var (table, one, several) in Things)
            Write($"{result.Rows[table],12:N0} {(result.Rows[table] == 1 ? one : several)}");
        Write($"{result.Rows.Values.Sum(),12:N0} rows in all, with what belongs to these");
        Write($"The copy was compared with the file, and its activity log is intact. The file is as it was.");
        Write($"Now set {CoreOptions.Section}:{nameof(CoreOptions.Database)}:{nameof(DatabaseOptions.Provider)} to {DatabaseProvider.PostgreSql}");
        Write($"and ConnectionStrings:CaPortal to the connection string, and start the portal with the same data directory,");
        Write($"{options.ResolvedDataDirectory}: it has the keys of the activity log and for signing in.");
        Write($"Do not start a portal on the file again: it does not know what is changed from now on. Keep it until you trust the copy.");

        static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
    }
}
