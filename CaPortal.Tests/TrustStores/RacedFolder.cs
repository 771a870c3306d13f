using System.Runtime.Versioning;
using System.Text;
using CaPortal.Core;
using CaPortal.Core.Activity.Forwarding;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using Microsoft.Extensions.Options;

namespace CaPortal.Tests.TrustStores;

/// <summary>
/// A process of root that works in a folder whose owner swaps names meanwhile, on a disk in memory that it alone sees. It
/// prints how often it was overtaken, and then what was touched or read outside the folder.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RacedFolder
{
    public const string Write = "write";
    public const string CreateFolder = "create-folder";
    public const string Lock = "lock";
    public const string Read = "read";
    public const string ActivityFile = "activity-file";
    public const string Bundle = "bundle";

    private const string Secret = "-----BEGIN PRIVATE KEY-----\nnot for others\n-----END PRIVATE KEY-----\n";
    private const int NotPermitted = 77;
    private const string Script = """mount -t tmpfs -o mode=755,size=64m tmpfs "$1" || exit 77; shift; exec "$@" """;
    private const UnixFileMode OwnerOnlyFolder = AtomicFile.OwnerOnly | UnixFileMode.UserExecute;

    // Long enough to be overtaken between the creation of a file and its renaming, even on a busy machine.
    private static readonly byte[] LongContent = new byte[2 * 1024 * 1024];

    private static readonly Dictionary<string, Race> Races = new()
    {
        [Write] = new(Racer.NewFiles, "", "outside/secret", Enough: 20, Most: 200, r => r.WriteAsync()),
        [CreateFolder] = new(Racer.NewFolder, "new", "outside", Enough: 500, Most: 3000, r => r.CreateFolderAsync()),
        [Lock] = new(Racer.Name, ".caportal.lock", "outside/created", Enough: 1000, Most: 10_000, r => r.LockAsync()),
        [Read] = new(Racer.Name, "roots.pem", "outside/secret", Enough: 1000, Most: 10_000, r => r.ReadAsync()),
        [ActivityFile] = new(Racer.Name, "activity.jsonl", "outside/secret", Enough: 500, Most: 5000, r => r.AppendAsync(), IsShared: true),
        [Bundle] = new(Racer.Name, "sub", "outside", Enough: 200, Most: 200, r => r.AddAsync()),
    };

    private static readonly ActivityEntry Entry = new()
    {
        Sequence = 1,
        At = DateTime.UnixEpoch,
        Actor = "anna",
        Role = "Administrator",
        Source = "::1",
        Action = "any",
        Details = "{}",
        PreviousHash = "",
        Hash = "",
    };

    private readonly string _disk;
    private readonly HashSet<string> _faults = [];
    private readonly Lazy<ActivityFileSink> _sink;
    private readonly Lazy<(ITrustStore Store, TrustStoreChange Change)> _bundle;

    private bool _wasLink;

    private RacedFolder(string disk)
    {
        _disk = disk;
        Directory.CreateDirectory(Outside, OwnerOnlyFolder);
        File.WriteAllText(SecretFile, Secret);
        File.SetUnixFileMode(SecretFile, AtomicFile.OwnerOnly);
        Directory.CreateDirectory(Theirs);
        _sink = new(() => new ActivityFileSink(Options.Create(new CoreOptions { Activity = { File = At("activity.jsonl") } })));
        _bundle = new(() =>
        {
            using var root = TestCertificates.Root();
            return (TestTrustStores.Bundle(At("sub/trust")), new TrustStoreChange([TestTrustStores.Trusted(root)], []));
        });
    }

    private string Theirs => Path.Combine(_disk, "theirs");

    private string Outside => Path.Combine(_disk, "outside");

    private string SecretFile => Path.Combine(Outside, "secret");

    /// <summary>Runs one of the races.</summary>
    /// <returns>How often root was overtaken, and what was touched outside.</returns>
    public static async Task<(int Overtaken, string[] Faults)> StartAsync(string race)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux can work in the folders of others.");
        Tool.Require("unshare");
        using var disk = new TemporaryDirectory();
        var (exitCode, output, errors) = await Tool.TryRunAsync(
            disk.Path,
            "unshare",
            "--mount",
            "sh",
            "-c",
            Script,
            "sh",
            disk.Path,
            Environment.ProcessPath!,
            ChildProcess.Switch,
            nameof(RacedFolder),
            disk.Path,
            race);
        Assert.SkipWhen(exitCode == NotPermitted || errors.StartsWith("unshare:", StringComparison.Ordinal), $"A private disk is not permitted here: {errors}");
        Assert.True(exitCode == 0, output + errors);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.SkipUnless(int.TryParse(lines[0], out var overtaken), lines[0]);
        return (overtaken, lines[1..]);
    }

    public static async Task RunAsync(string[] arguments)
    {
        var race = Races[arguments[1]];
        var folder = new RacedFolder(arguments[0]);
        GiveFolder(folder.Theirs, race.IsShared);
        using var racer = ChildProcess.Start(nameof(Racer), folder._disk, race.Way, folder.Theirs, race.Name, Path.Combine(folder._disk, race.Target));
        var line = await racer.ReadLineAsync(CancellationToken.None) ?? throw new InvalidOperationException("The racer has ended.");
        if (line != Racer.Ready)
        {
            Console.WriteLine(line);
            return;
        }

        var overtaken = 0;
        for (var i = 0; i < race.Most && overtaken < race.Enough; i++)
            overtaken += await race.Round(folder) ? 1 : 0;
        await racer.KillAsync(CancellationToken.None);

        folder.LookOutside();
        Console.WriteLine(overtaken);
        foreach (var fault in folder._faults)
            Console.WriteLine(fault);
    }

    private static void GiveFolder(string folder, bool isShared)
    {
        File.SetUnixFileMode(folder, AtomicFile.PublicFolder | UnixFileMode.GroupWrite);
        using var handle = NativeFiles.OpenFolder(folder, followLinks: false);
        Require(NativeFiles.TryGiveTo(handle, (isShared ? 0 : Racer.Account, Racer.Account)));
    }

    private static void Require(bool isDone)
    {
        if (!isDone)
            throw new IOException("A file could not be given to the racer.");
    }

    // Over a file of the racer, whose owner the new one gets.
    private Task<bool> WriteAsync()
    {
        var prepared = Path.Combine(_disk, "prepared");
        using (var file = File.OpenHandle(prepared, FileMode.CreateNew, FileAccess.Write))
            Require(NativeFiles.TryGiveTo(file, (Racer.Account, Racer.Account)));
        File.Move(prepared, At("roots.pem"), overwrite: true);

        AtomicFile.Write(At("roots.pem"), LongContent, AtomicFile.Public);
        return Task.FromResult(new FileInfo(At("roots.pem")).LinkTarget is not null);
    }

    private Task<bool> CreateFolderAsync()
    {
        // Whether it is a link or a folder at the moment.
        try
        {
            Directory.Delete(At("new"));
        }
        catch (IOException)
        {
            // It is swapped, or there is none yet.
        }

        try
        {
            AtomicFile.CreateFolder(At("new"), AtomicFile.PublicFolder);
            return Task.FromResult(false);
        }
        catch (IOException)
        {
            return Task.FromResult(true);
        }
    }

    private async Task<bool> LockAsync()
    {
        try
        {
            (await FileLock.AcquireAsync(At(".caportal.lock"), FileLock.DefaultTimeout, CancellationToken.None)).Dispose();
            return HasTurned(toLink: false);
        }
        catch (UnfitFileException)
        {
            return HasTurned(toLink: true);
        }
    }

    private Task<bool> ReadAsync()
    {
        try
        {
            if (RegularFile.IsThere(At("roots.pem"))
                && RegularFile.Read(At("roots.pem")) is var content
                && Encoding.ASCII.GetString(content) is not Racer.Theirs)
                _faults.Add("What a link leads to was read.");
            return Task.FromResult(HasTurned(toLink: false));
        }
        catch (UnfitFileException)
        {
            return Task.FromResult(HasTurned(toLink: true));
        }
    }

    private async Task<bool> AppendAsync()
    {
        try
        {
            await _sink.Value.SendAsync([Entry], CancellationToken.None);
            return HasTurned(toLink: false);
        }
        catch (ActivitySinkException exception) when (exception.InnerException is UnfitFileException)
        {
            return HasTurned(toLink: true);
        }
    }

    private async Task<bool> AddAsync()
    {
        try
        {
            await _bundle.Value.Store.ApplyAsync(_bundle.Value.Change, CancellationToken.None);
            _faults.Add("Root wrote to the folder of another account.");
            return false;
        }
        catch (TrustStoreException exception)
            when (exception.Message == $"'{Theirs}' can be written by user {Racer.Account}, so root does not write to '{At("sub/trust")}'.")
        {
            return true;
        }
        catch (TrustStoreException exception)
        {
            _faults.Add(exception.Message);
            return false;
        }
    }

    // Counted are the turns: where both run by turns on a busy machine, many rounds in a row find the same.
    private bool HasTurned(bool toLink)
    {
        var hasTurned = toLink && !_wasLink;
        _wasLink = toLink;
        return hasTurned;
    }

    private void LookOutside()
    {
        foreach (var found in Directory.GetFileSystemEntries(Outside).Where(f => f != SecretFile))
            _faults.Add($"'{found}' was created.");
        if (NativeFiles.OwnerOf(SecretFile) is not (0, 0) || NativeFiles.OwnerOf(Outside) is not (0, 0))
            _faults.Add("It was given to another account.");
        if (File.GetUnixFileMode(SecretFile) != AtomicFile.OwnerOnly || File.GetUnixFileMode(Outside) != OwnerOnlyFolder)
            _faults.Add("It was opened to others.");
        if (File.ReadAllText(SecretFile) != Secret)
            _faults.Add("Its content was changed.");
    }

    private string At(string name) => Path.Combine(Theirs, name);

    /// <summary>A way of being overtaken.</summary>
    /// <param name="Way">What the racer does.</param>
    /// <param name="Name">The name that it swaps.</param>
    /// <param name="Target">What its links lead to.</param>
    /// <param name="Enough">After how many overtakings it ends.</param>
    /// <param name="Most">After how many rounds it ends at the latest.</param>
    /// <param name="Round">What root does; whether it was overtaken.</param>
    /// <param name="IsShared">Whether the folder is root's and the racer is in its group.</param>
    private sealed record Race(string Way, string Name, string Target, int Enough, int Most, Func<RacedFolder, Task<bool>> Round, bool IsShared = false);
}
