using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using CaPortal.Core.Certificates;
using CaPortal.Core.TrustStores;
using Microsoft.Extensions.DependencyInjection;

namespace CaPortal.Tests.Testing;

/// <summary>
/// A trust store that a test fills as somebody else would. It can do what others of its kind do only on other systems.
/// </summary>
public sealed class MemoryTrustStore : ITrustStore
{
    private readonly ConcurrentDictionary<CaCertificateKey, ReadOnlyMemory<byte>> _content = new();
    private int _loads;

    public string Name => "memory";

    public string Title => "Memory";

    public bool IsShared => false;

    public bool FeedsOperatingSystem { get; init; }

    public bool ShowsOperatingSystem { get; init; }

    /// <summary>Why nothing can be removed.</summary>
    public string? Fixed { get; set; }

    /// <summary>What cannot be removed; all the rest of a change is made before that is said.</summary>
    public CaCertificateKey? Stuck { get; set; }

    /// <summary>A file that somebody else wrote and that has the same content too.</summary>
    public string? FileOfOthers { get; set; }

    /// <summary>Why it cannot be read.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What is not there after it was written, without a word.</summary>
    public CaCertificateKey? Forgotten { get; set; }

    /// <summary>Called when it is written.</summary>
    public Action? Written { get; set; }

    /// <summary>How often certificates were loaded.</summary>
    public int Loads => _loads;

    /// <summary>How often it was asked to read everything for real.</summary>
    public int RealReads { get; private set; }

    public void Forget() => RealReads++;

    public bool Holds(CaStore store) => true;

    public string Location(CaStore store) => $"memory:{store}";

    /// <summary>Whether it can be used.</summary>
    public TrustStoreState State { get; set; } = TrustStoreState.Enabled;

    public TrustStoreState GetState() => State;

    public void Put(X509Certificate2 certificate, CaStore store = CaStore.Root) => _content[TestCore.KeyOf(certificate, store)] = certificate.RawData;

    public void Take(X509Certificate2 certificate, CaStore store = CaStore.Root) => _content.TryRemove(TestCore.KeyOf(certificate, store), out _);

    public bool Has(CaCertificateKey key) => _content.ContainsKey(key);

    public Task<TrustStoreSnapshot> ReadAsync(CancellationToken cancellationToken) =>
        Failure is { } failure ? throw failure : Task.FromResult(new TrustStoreSnapshot(_content.Keys.ToHashSet(), [])
        {
            FilesOfOthers = _content.Keys.Where(_ => FileOfOthers is not null).ToLookup(k => k, _ => FileOfOthers!),
        });

    public Task<IReadOnlyList<FoundCertificate>> LoadAsync(IReadOnlySet<CaCertificateKey> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _loads);
        return Task.FromResult<IReadOnlyList<FoundCertificate>>(
            [.. _content.Where(c => keys.Contains(c.Key)).Select(c => new FoundCertificate(c.Key, c.Value, Location(c.Key.Store), Fixed))]);
    }

    public Task ApplyAsync(TrustStoreChange change, CancellationToken cancellationToken)
    {
        Written?.Invoke();
        foreach (var added in change.Add.Where(c => c.Key != Forgotten))
            _content[added.Key] = added.Der;
        foreach (var removed in change.Remove.Where(k => k != Stuck))
            _content.TryRemove(removed, out _);
        return change.Remove.Any(k => k == Stuck) ? throw new TrustStoreException("It is stuck.", "Take it out by hand.") : Task.CompletedTask;
    }

    /// <summary>Starts Core with it beside the PEM bundles, or unused by the settings.</summary>
    /// <param name="isEnabled">The settings name it.</param>
    /// <param name="systemRoots">A file in place of the operating system's list.</param>
    public Task<TestCore> StartCoreAsync(bool isEnabled = true, string? systemRoots = null) => TestCore.StartAsync(
        configure: o =>
        {
            if (isEnabled)
                o.TrustStores.Add(Name);
        },
        register: services =>
        {
            services.AddSingleton(new TrustStoreKind(Name, [])).AddSingleton<ITrustStore>(this);
            if (systemRoots is not null)
                services.AddSingleton(provider => new OperatingSystemRoots(provider.GetRequiredService<TimeProvider>(), systemRoots));
        });
}
