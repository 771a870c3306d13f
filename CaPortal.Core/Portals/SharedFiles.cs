using System.Text;
using System.Text.RegularExpressions;
using CaPortal.Core.Access;
using CaPortal.Core.Activity;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Portals;

/// <summary>
/// Files that the data directories of all portals on one database must have alike: the key of the activity log, the keys that protect
/// cookies, and the name that cookies begin with. The database passes them on, encrypted; each portal works with its files.
/// </summary>
public sealed partial class SharedFiles
{
    /// <summary>The file with the identifier that the names of cookies have.</summary>
    public const string InstanceId = "instance-id";

    /// <summary>The folder of the keys that protect cookies.</summary>
    public const string Keys = "keys";

    private const string Prefix = "file/";

    private readonly IPeers _peers;
    private readonly PortalDatabase _database;
    private readonly IDatabaseEngine _engine;
    private readonly ActivityLog _activity;
    private readonly DatabaseWriter _writer;
    private readonly CoreOptions _options;

    internal SharedFiles(
        IPeers peers, PortalDatabase database, IDatabaseEngine engine, ActivityLog activity, DatabaseWriter writer, IOptions<CoreOptions> options) =>
        (_peers, _database, _engine, _activity, _writer, _options) = (peers, database, engine, activity, writer, options.Value);

    private string Folder => _options.ResolvedDataDirectory;

    private string ActivityKey => Path.GetFileName(_options.ActivityKeyFile);

    /// <summary>Brings the files of this portal and of the others together, and makes what nobody has yet, while no other portal does so.</summary>
    /// <param name="makeMissing">Makes it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException">The database cannot be used, or this data directory belongs to another one.</exception>
    public async Task PrepareAsync(Func<Task> makeMissing, CancellationToken cancellationToken)
    {
        if (!_peers.MayExist)
            return;
        await _engine.ExclusivelyAsync(
            async () =>
            {
                await _peers.RequireKeyAsync(Prefix, cancellationToken);
                var isNew = !File.Exists(_options.ActivityEndFilePath) && await _database.RunAsync(
                    db => db.OwnNode.AnyAsync(n => n.SeenAt == null, cancellationToken), cancellationToken);
                await ExchangeAsync(isNew, cancellationToken);
                if (isNew)
                    await JoinAsync(cancellationToken);
                await makeMissing();
                await GiveAsync(await SharedAsync(cancellationToken), cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Takes what other portals have and this one has not, and gives the others what they lack.</summary>
    /// <exception cref="DatabaseException">The database cannot be used, or this data directory belongs to another one.</exception>
    public Task ExchangeAsync(CancellationToken cancellationToken) =>
        _peers.MayExist ? ExchangeAsync(isNew: false, cancellationToken) : Task.CompletedTask;

    /// <summary>Gives the others a file that this portal is about to write.</summary>
    /// <param name="name">Its path in the data directory, with <c>/</c>.</param>
    /// <param name="content">What is in it.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DatabaseException" />
    public Task PutAsync(string name, string content, CancellationToken cancellationToken) => _peers.MayExist
        ? _peers.PutAsync($"{Prefix}{name}", Encoding.UTF8.GetBytes(content), null, cancellationToken)
        : Task.CompletedTask;

    [GeneratedRegex(@"^keys/[A-Za-z0-9_-]+\.xml\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyName { get; }

    private async Task ExchangeAsync(bool isNew, CancellationToken cancellationToken)
    {
        try
        {
            var shared = await SharedAsync(cancellationToken);
            Take(shared);
            if (isNew)
                ForgetKeysBut(shared);
            await GiveAsync(shared, cancellationToken);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not DatabaseException))
        {
            throw new DatabaseException(
                $"The files of the data directory {Folder} cannot be used: {e.Message}",
                $"See to it that the account '{Environment.UserName}' can write there, and that the disk is not full.",
                e);
        }
    }

    private async Task JoinAsync(CancellationToken cancellationToken)
    {
        await _database.RunAsync(
            async db =>
            {
                await _activity.JoinAsync(db, cancellationToken);
                return true;
            },
            cancellationToken);

        // So the log is never empty, and each portal knows from the beginning where it ends.
        var portal = Actor.Portal;
        await _writer.RecordAsync(new ActivityDraft(
            portal.Name, portal.Role.ToString(), portal.Source, ActivityActions.PortalJoined, null, null, null, new { Machine = Environment.MachineName }));
    }

    private async Task<Dictionary<string, ReadOnlyMemory<byte>>> SharedAsync(CancellationToken cancellationToken) =>
        (await _peers.ListAsync(Prefix, cancellationToken))
            .Select(i => (Name: i.Name[Prefix.Length..], i.Value))
            .Where(i => i.Name == ActivityKey || i.Name == InstanceId || KeyName.IsMatch(i.Name))
            .ToDictionary(i => i.Name, i => i.Value);

    private void Take(Dictionary<string, ReadOnlyMemory<byte>> shared)
    {
        foreach (var (name, content) in shared)
        {
            var path = PathOf(name);
            if (!File.Exists(path))
                PrivateDirectory.Create(Path.GetDirectoryName(path)!);
            else if (RegularFile.Read(path).AsSpan().SequenceEqual(content.Span))
                continue;
            else if (name == ActivityKey)
                throw OtherDatabase();
            AtomicFile.Write(path, content, AtomicFile.OwnerOnly);
        }
    }

    /// <summary>What this portal protected before it came to the others is of no use, and its keys must not protect anything new.</summary>
    private void ForgetKeysBut(Dictionary<string, ReadOnlyMemory<byte>> shared)
    {
        if (shared.Keys.Any(KeyName.IsMatch))
            foreach (var name in OwnKeys().Where(n => !shared.ContainsKey(n)))
                File.Delete(PathOf(name));
    }

    private async Task GiveAsync(Dictionary<string, ReadOnlyMemory<byte>> shared, CancellationToken cancellationToken)
    {
        string[] own = [ActivityKey, InstanceId, .. OwnKeys()];
        foreach (var name in own.Where(n => !shared.ContainsKey(n) && File.Exists(PathOf(n))))
            await _peers.PutAsync($"{Prefix}{name}", RegularFile.Read(PathOf(name)), null, cancellationToken);
    }

    private List<string> OwnKeys() => Directory.Exists(PathOf(Keys))
        ? [.. Directory.EnumerateFiles(PathOf(Keys), "*.xml").Select(f => $"{Keys}/{Path.GetFileName(f)}").Where(n => KeyName.IsMatch(n))]
        : [];

    private string PathOf(string name) => Path.Combine(Folder, name);

    private DatabaseException OtherDatabase() => new(
        $"The data directory {Folder} belongs to another database than {_engine.Location}: each has an activity log with a key of its own.",
        "Set CaPortal:DataDirectory to a new folder for a portal that joins others, or name the right database in ConnectionStrings:CaPortal.");
}
