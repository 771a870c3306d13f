using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

[assembly: AssemblyFixture(typeof(CaPortal.Tests.Testing.PostgresServer.Shared))]

namespace CaPortal.Tests.Testing;

/// <summary>
/// A PostgreSQL server of its own on loopback: found on the machine, else installed where the tests may. Its order of texts is
/// that of a language, which the portal must not depend on. It ends with the process of the tests, however that ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Why tests are skipped.</summary>
    public const string Missing = "PostgreSQL 15 or later is not installed: install the package postgresql, then run the tests again.";

    private const string User = "postgres";

    private const int OldestVersion = 15;

    // Ends the server when the pipe breaks, so that tests that are killed leave none behind.
    private const string UntilInputEnds = """ "$@" & server=$!; read -r _; kill -INT $server; wait $server """;

    // Of Debian and Ubuntu, and of Homebrew; each version has a folder of its own there.
    private static readonly string[] Folders = ["/usr/lib/postgresql", "/opt/homebrew/opt"];

    // Once for all tests: two installations at a time would hinder each other.
    private static readonly Lazy<Task<string?>> Programs = new(FindProgramsAsync);

    private readonly string _folder;
    private readonly ClosedPort _port = new();
    private readonly string _programs;
    private readonly string[] _settings;
    private Process? _process;

    private PostgresServer(string programs, string? folder, string[] settings) =>
        (_programs, _folder, _settings) = (programs, folder ?? Directory.CreateTempSubdirectory("caportal-postgres-").FullName, settings);

    /// <summary>Where it listens.</summary>
    public int Port => _port.Number;

    private static bool IsRoot => Environment.UserName == "root";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "data");

    private string[] Connection => ["-h", "127.0.0.1", "-p", $"{Port}", "-U", User];

    /// <summary>Starts one. Skips the test where there is none and none can be installed.</summary>
    /// <param name="settings">Further settings, such as <c>max_connections=5</c>.</param>
    public static Task<PostgresServer> StartAsync(params string[] settings) => StartOnAsync(null, settings);

    /// <summary>As <see cref="StartAsync"/>, with its files on a disk of their own where there is one.</summary>
    public static async Task<PostgresServer> StartOnAsync(SmallDisk? disk, params string[] settings)
    {
        var programs = await Programs.Value;
        Assert.SkipWhen(programs is null, Missing);
        var server = new PostgresServer(programs!, disk?.FolderForAnybody("server"), settings);
        await server.OwnFolderAsync();
        await RunAsync([
            .. server.CommandOf("initdb"), "-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US",
        ]);
        await server.GoOnAsync();
        return server;
    }

    /// <summary>Starts a replica of it, which takes no changes and follows those that are made here.</summary>
    public async Task<PostgresServer> StartReplicaAsync()
    {
        var replica = new PostgresServer(_programs, null, _settings);
        await replica.OwnFolderAsync();
        await RunAsync([
            .. CommandOf("pg_basebackup"), .. Connection, "-D", replica.Data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
        ]);
        await replica.GoOnAsync();
        return replica;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task GoOnAsync()
    {
        string[] settings =
        [
            $"port={Port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off", "max_connections=400",
            "shared_buffers=64MB", "lc_messages=C", .. _settings,
        ];
        string[] command = [.. CommandOf("postgres"), "-D", Data, .. settings.SelectMany(s => new[] { "-c", s })];
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new StringBuilder();
        _process = Process.Start(new ProcessStartInfo("sh", ["-c", UntilInputEnds, "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        })!;
        _process.ErrorDataReceived += (_, e) =>
        {
            log.AppendLine(e.Data);
            if (e.Data is null)
                ready.TrySetException(new InvalidOperationException($"PostgreSQL has ended:\n{log}"));
            else if (e.Data.Contains("ready to accept ", StringComparison.Ordinal))
                ready.TrySetResult();
        };
        _process.BeginErrorReadLine();
        await ready.Task.WaitAsync(Cancellation);
    }

    /// <summary>Stops it without waiting for anybody.</summary>
    public async Task StopAsync()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Kills all its processes, as the machine does when it has no memory left.</summary>
    public async Task KillAsync()
    {
        using (var server = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture)))
            server.Kill(entireProcessTree: true);
        await StopAsync();
    }

    /// <summary>Writes a dump of a database into a file, as docs/operations.md says.</summary>
    public Task DumpAsync(string database, string file) => RunAsync([Path.Combine(_programs, "pg_dump"), .. Connection, "-Fc", "-f", file, database]);

    /// <summary>Makes a database anew of a dump.</summary>
    public async Task RestoreAsync(string database, string file)
    {
        await ExecuteAsync(User, $"DROP DATABASE {database} WITH (FORCE)");
        await ExecuteAsync(User, $"CREATE DATABASE {database} ENCODING 'UTF8' TEMPLATE template0");
        await RunAsync([Path.Combine(_programs, "pg_restore"), .. Connection, "-d", database, file]);
    }

    /// <summary>How the portal connects to one of its databases.</summary>
    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username={User}";

    /// <summary>Carries out a statement as the server's administrator.</summary>
    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>The first value of the first row as text.</summary>
    public async Task<string?> ScalarAsync(string database, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(Cancellation), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _port.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task OwnFolderAsync() => IsRoot ? RunAsync("chown", User, _folder) : Task.CompletedTask;

    private async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection($"{ConnectionString(database)};Pooling=false");
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    // PostgreSQL refuses to run as root.
    private string[] CommandOf(string program) =>
        [.. IsRoot ? ["setpriv", $"--reuid={User}", $"--regid={User}", "--init-groups"] : Array.Empty<string>(), Path.Combine(_programs, program)];

    private static async Task<string?> FindProgramsAsync() =>
        Find() ?? (IsRoot && File.Exists("/usr/bin/apt-get") && await TryRunAsync("apt-get", "update")
            && await TryRunAsync("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends", "postgresql") ? Find() : null);

    private static string? Find() =>
        Folders.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Where(f => VersionOf(f) >= OldestVersion).OrderBy(VersionOf)
            .Select(f => Path.Combine(f, "bin")).LastOrDefault(f => File.Exists(Path.Combine(f, "initdb")));

    // The folder is 15 on Debian, and postgresql@15 of Homebrew.
    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder).Split('@')[^1], out var version) ? version : 0;

    private static async Task RunAsync(params string[] command) =>
        Assert.True(await TryRunAsync(command), $"{string.Join(' ', command)} failed.");

    private static async Task<bool> TryRunAsync(params string[] command)
    {
        var (exitCode, output) = await Tool.RunAsync(command[0], command[1..], CancellationToken.None);
        if (exitCode != 0)
            TestContext.Current.SendDiagnosticMessage("{0}: {1}", string.Join(' ', command), output);
        return exitCode == 0;
    }

    /// <summary>The one server that most tests share, each in a database of its own.</summary>
    public sealed class Shared : IAsyncDisposable
    {
        private static readonly SemaphoreSlim Gate = new(1, 1);
        private static readonly HashSet<string> Databases = [];
        private static readonly Lazy<Task<PostgresServer>> Server = new(() => StartAsync());

        /// <summary>The server.</summary>
        public static Task<PostgresServer> GetAsync() => Server.Value;

        /// <summary>The connection to the database that belongs to a data directory. It is made at the first call.</summary>
        public static async Task<string> ConnectionStringForAsync(string dataDirectory, Func<string, Task> makeTemplate)
        {
            const string template = "empty";
            var server = await GetAsync();
            var name = $"t{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataDirectory)))[..20]}";
            await Gate.WaitAsync(Cancellation);
            try
            {
                if (Databases.Add(template))
                {
                    await server.ExecuteAsync(User, $"CREATE DATABASE {template}");
                    await makeTemplate(server.ConnectionString(template));
                }

                // Copying the files takes half as long as the log of what is in them.
                if (Databases.Add(name))
                    await server.ExecuteAsync(User, $"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
            }
            finally
            {
                Gate.Release();
            }

            return server.ConnectionString(name);
        }

        /// <summary>Has the server refuse connections to a database, and end those that there are; disposing the result lets them in again.</summary>
        public static IDisposable Without(string connectionString) => new Closed(new NpgsqlConnectionStringBuilder(connectionString));

        public async ValueTask DisposeAsync()
        {
            if (Server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await Server.Value).DisposeAsync();
        }

        private sealed class Closed : IDisposable
        {
            private readonly string _server;
            private readonly string _database;

            public Closed(NpgsqlConnectionStringBuilder connection)
            {
                _database = connection.Database!;
                _server = new NpgsqlConnectionStringBuilder(connection.ToString()) { Database = User, Pooling = false }.ToString();
                Execute($"ALTER DATABASE {_database} ALLOW_CONNECTIONS false");
                Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_database}'");
            }

            public void Dispose() => Execute($"ALTER DATABASE {_database} ALLOW_CONNECTIONS true");

            private void Execute(string sql)
            {
                using var connection = new NpgsqlConnection(_server);
                connection.Open();
                using var command = new NpgsqlCommand(sql, connection);
                command.ExecuteNonQuery();
            }
        }
    }
}
