using CaPortal.Tests.Backups;
using CaPortal.Tests.Browser;
using CaPortal.Tests.Changes;
using CaPortal.Tests.Formats;
using CaPortal.Tests.Hosting;
using CaPortal.Tests.Nodes;
using CaPortal.Tests.Packaging;
using CaPortal.Tests.TrustStores;
using Xunit.Sdk;
using Xunit.v3;

// More than there are cores: many tests wait for other processes, disks and locks.
[assembly: Parallelization(MaxThreads = 6)]
[assembly: TestCollectionOrderer(typeof(CaPortal.Tests.Testing.LongestFirst))]

namespace CaPortal.Tests.Testing;

/// <summary>
/// Begins with the classes that take longest, one test after another, so that none is left when the rest has ended. The others come
/// in any order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly HashSet<string> Longest =
    [
        .. new[]
        {
            typeof(DebianPackageTests),
            typeof(ProxiedIdleTests),
            typeof(HostilePartsTests),
            typeof(EncryptedBackupTests),
            typeof(StartTests),
            typeof(MaintenanceTests),
            typeof(ReverseProxyTests),
            typeof(CrashTests),
            typeof(KilledPortalTests),
            typeof(PublishedPortalTests),
            typeof(LogFormatTests),
            typeof(BackupCommandTests),
        }.Select(t => t.FullName!),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
    {
        TTestCollection[] collections = [.. testCollections];
        Random.Shared.Shuffle(collections);
        return [.. collections.OrderByDescending(c => c.TestCollectionDisplayName.Split(' ').Any(Longest.Contains))];
    }
}
