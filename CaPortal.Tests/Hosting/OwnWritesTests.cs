using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Changes;
using CaPortal.Core.TrustStores;
using CaPortal.Tests.Testing;
using CaPortal.Tests.TrustStores.LinuxAnchors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CaPortal.Tests.Hosting;

/// <summary>
/// The portal looks again whenever a watched file changes, and it writes such files itself. A look that finds all as the last
/// one left it must change none of them. Otherwise it would cause the next look, for ever.
/// </summary>
public sealed class OwnWritesTests : IDisposable
{
    private const int Rounds = 5;

    private readonly TemporaryDirectory _folder = new();
    private readonly X509Certificate2 _root = TestCertificates.Root();
    private ExtractedSandbox? _extracted;

    public static TheoryData<string> Cases =>
    [
        "pem-bundle",
        "pem-bundle with system roots",
        "pem-bundle beside the database",
        "pem-bundle that cannot be written",
        "java-truststore",
        "java-truststore that cannot be read",
        "x509",
        "linux-anchors of a command",
        "linux-anchors of a command that fails",
        "linux-anchors of a command that refuses it",
        "linux-anchors of Debian",
        "linux-anchors of Debian whose command fails",
        "linux-anchors of Debian whose command does nothing",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _extracted?.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Maintain_NothingIsNew_ChangesNoWatchedFile(string kind)
    {
        await using var core = await StartAsync(kind);
        var added = Assert.IsType<ChangeOutcome.Applied>(await core.AddAsync(_root));
        await added.FollowUps;
        await MaintainAsync(core);
        var changes = new ConcurrentQueue<string>();
        var watcher = core.Get<TrustStoreWatcher>();
        var folders = core.Get<TrustStoreSelection>()
            .Enabled.SelectMany(s => s.WatchedPaths)
            .Select(p => Directory.Exists(p) ? p : Path.GetDirectoryName(p)!)
            .Distinct()
            .ToList();
        var all = folders.ConvertAll(f => new AllChanges(f, name => changes.Enqueue($"{watcher.Counts(f, name)} {f}/{name}")));

        for (var i = 0; i < Rounds; i++)
            await MaintainAsync(core);

        foreach (var folder in all)
        {
            await folder.EndAsync();
            folder.Dispose();
        }

        Assert.DoesNotContain(changes, c => c.StartsWith("True", StringComparison.Ordinal) && IsOurs(kind, c));
    }

    // The stores of .NET are one for all tests.
    private bool IsOurs(string kind, string change) => kind != "x509" || change.Contains(_root.Thumbprint, StringComparison.OrdinalIgnoreCase);

    private static async Task MaintainAsync(TestCore core)
    {
        await core.MaintainAsync();
        await core.Machine.FollowUpsAsync(Cancellation);
    }

    private async Task<TestCore> StartAsync(string kind)
    {
        var name = kind.Split(' ')[0];
        var store = name == "linux-anchors" ? await AnchorsAsync(kind) : null;
        Directory.CreateDirectory(_folder["data"]);
        switch (kind)
        {
            case "pem-bundle that cannot be written":
                Directory.CreateDirectory(_folder["data/trust/.caportal.lock"]);
                break;
            case "java-truststore that cannot be read":
                Directory.CreateDirectory(_folder["data/trust"]);
                await File.WriteAllTextAsync(_folder["data/trust/truststore.p12"], "no keystore", Cancellation);
                break;
        }

        return await TestCore.StartAsync(
            _folder["data"],
            configure: o =>
            {
                o.TrustStores.Clear();
                o.TrustStores.Add(name);
                o.PemBundle.IncludeSystemRoots = kind.EndsWith("system roots", StringComparison.Ordinal);
                o.PemBundle.Directory = kind.EndsWith("database", StringComparison.Ordinal) ? _folder["data"] : "";
            },
            register: services =>
            {
                if (store is not null)
                    services.RemoveAll<ITrustStore>().AddSingleton(store);
            });
    }

    private async Task<ITrustStore> AnchorsAsync(string kind)
    {
        if (kind.Contains("Debian", StringComparison.Ordinal))
        {
            var debian = new DebianSandbox(_folder["machine"]);
            await debian.FillAsync();
            return kind.EndsWith("fails", StringComparison.Ordinal) ? debian.StoreWithTool($": > {debian.Bundle}")
                : kind.EndsWith("nothing", StringComparison.Ordinal) ? debian.StoreWithTool("exit 0")
                : debian.Store;
        }

        _extracted = new ExtractedSandbox();
        if (kind.EndsWith("fails", StringComparison.Ordinal))
            _extracted.UseTool(ExtractedSandbox.Empty);
        if (kind.EndsWith("refuses it", StringComparison.Ordinal))
            await File.WriteAllBytesAsync(Path.Combine(_extracted.BlockFolder, "root.pem"), TestFiles.Pem(_root), Cancellation);
        return _extracted.Store;
    }

    /// <summary>Reports each change in a folder, in their order.</summary>
    private sealed class AllChanges : IDisposable
    {
        private readonly string _mark = Guid.NewGuid().ToString("N");
        private readonly TaskCompletionSource _ended = new();
        private readonly FileSystemWatcher _watcher;

        public AllChanges(string folder, Action<string?> changed)
        {
            _watcher = new FileSystemWatcher(folder);
            _watcher.NotifyFilter |= NotifyFilters.Size | NotifyFilters.Security;
            _watcher.Changed += (_, e) => Tell(e.Name);
            _watcher.Created += (_, e) => Tell(e.Name);
            _watcher.Deleted += (_, e) => Tell(e.Name);
            _watcher.Renamed += (_, e) => Tell(e.Name);
            _watcher.EnableRaisingEvents = true;

            void Tell(string? name)
            {
                if (name == _mark)
                    _ended.TrySetResult();
                else
                    changed(name);
            }
        }

        /// <summary>Waits until all changes up to now have been reported.</summary>
        public async Task EndAsync()
        {
            await File.WriteAllTextAsync(Path.Combine(_watcher.Path, _mark), "", Cancellation);
            await _ended.Task.WaitAsync(Cancellation);
            File.Delete(Path.Combine(_watcher.Path, _mark));
        }

        public void Dispose() => _watcher.Dispose();
    }
}
