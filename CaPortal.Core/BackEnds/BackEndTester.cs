using System.Collections.Concurrent;
using System.Threading.Channels;
using CaPortal.Core.Access;
using CaPortal.Core.Data;
using CaPortal.Core.Probing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.BackEnds;

/// <summary>On whose behalf back-ends are tested, and which of that goes into the activity log.</summary>
internal enum TestLogging
{
    /// <summary>Every test: a person asked for it.</summary>
    All,

    /// <summary>Those that found another verdict than before.</summary>
    Changes,

    /// <summary>None: the caller logs them itself.</summary>
    None,
}

/// <summary>A test whose result is stored.</summary>
/// <param name="BackEnd">What the list shows of it.</param>
/// <param name="Before">The verdict before.</param>
internal sealed record StoredTest(BackEndSummary BackEnd, TrustVerdict? Before);

/// <summary>
/// Tests back-ends: several at once, but each host only once at a time, regardless of who asks. Each result is stored as it
/// comes. If one test fails, or its back-end is deleted meanwhile, the others go on.
/// </summary>
internal sealed class BackEndTester(
    PortalDatabase database, BackEndProbe probe, TestRecorder recorder, IOptions<CoreOptions> options) : IAsyncDisposable
{
    /// <summary>Tests that are stored together at most.</summary>
    private const int MaxBatch = 64;

    private readonly HostLimiter _hosts = new(Math.Max(1, options.Value.BackEnds.Parallelism));
    private readonly ConcurrentDictionary<long, int> _testing = new();
    private readonly CancellationTokenSource _ending = new();

    /// <summary>It is being tested now.</summary>
    public bool IsTesting(long id) => _testing.ContainsKey(id);

    /// <summary>Tests them. Those that are not there are passed over.</summary>
    /// <param name="ids">The back-ends.</param>
    /// <param name="record">Who asks, and what goes into the activity log.</param>
    /// <param name="progress">Receives each back-end as its test ends.</param>
    /// <param name="cancellationToken">Ends it before the tests that have not begun.</param>
    /// <returns>The results; fewer than asked for where it was ended before.</returns>
    /// <exception cref="DatabaseException" />
    public async Task<IReadOnlyList<StoredTest>> RunAsync(
        IReadOnlyCollection<long> ids, TestRecord record, IProgress<BackEndTested>? progress, CancellationToken cancellationToken)
    {
        var targets = await TargetsAsync(ids, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        var contacts = Channel.CreateUnbounded<TestContact>(new UnboundedChannelOptions { SingleReader = true });
        var storing = StoreAsync(contacts.Reader, targets.Count, record, progress, stop);
        // A person sees a result for every server that was asked. So a test that has begun is not broken off; its time is bounded.
        var breakOff = record.Logging == TestLogging.Changes ? stop.Token : _ending.Token;
        try
        {
            // A host's own are tested one after the other in any case; so they do not keep others waiting.
            await Task.WhenAll(targets.GroupBy(t => t.Address.Host).Select(async host =>
            {
                foreach (var target in host)
                    await TestAsync(target, contacts.Writer, stop.Token, breakOff);
            }));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What has been tested is stored.
        }
        finally
        {
            contacts.Writer.Complete();
        }

        return await storing;
    }

    /// <summary>Asks a server once, in its turn.</summary>
    public async Task<ProbeContact> ConnectAsync(BackEndAddress address, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        using var turn = await TakeTurnAsync(address.Host, both.Token);
        return await probe.ConnectAsync(address, both.Token);
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _hosts.DisposeAsync();
    }

    private async Task<IDisposable> TakeTurnAsync(string host, CancellationToken cancellationToken)
    {
        var lease = await _hosts.AcquireAsync(host, cancellationToken);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new OperationCanceledException("The portal ends.", _ending.Token);
    }

    private async Task TestAsync(TestTarget target, ChannelWriter<TestContact> contacts, CancellationToken stop, CancellationToken breakOff)
    {
        using var turn = await TakeTurnAsync(target.Address.Host, stop);
        _testing.AddOrUpdate(target.Id, 1, (_, count) => count + 1);
        try
        {
            contacts.TryWrite(new TestContact(target, await probe.ConnectAsync(target.Address, breakOff)));
        }
        finally
        {
            if (_testing.AddOrUpdate(target.Id, 0, (_, count) => count - 1) == 0)
                _testing.TryRemove(KeyValuePair.Create(target.Id, 0));
        }
    }

    private async Task<IReadOnlyList<StoredTest>> StoreAsync(
        ChannelReader<TestContact> contacts, int total, TestRecord record, IProgress<BackEndTested>? progress, CancellationTokenSource stop)
    {
        var stored = new List<StoredTest>();
        var batch = new List<TestContact>();
        try
        {
            while (await contacts.WaitToReadAsync())
            {
                batch.Clear();
                while (batch.Count < MaxBatch && contacts.TryRead(out var contact))
                    batch.Add(contact);
                var tests = await recorder.RecordAsync(batch, record);
                total -= batch.Count - tests.Count;
                foreach (var test in tests)
                {
                    stored.Add(test);
                    progress?.Report(new BackEndTested(test.BackEnd, test.Before, stored.Count, total));
                }
            }
        }
        catch
        {
            // What cannot be stored need not be asked.
            await stop.CancelAsync();
            throw;
        }

        return stored;
    }

    private Task<List<TestTarget>> TargetsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var rows = await db.BackEnds.AsNoTracking().Where(b => ids.Contains(b.Id)).OrderBy(b => b.NameOrder).ThenBy(b => b.Id)
                .Select(b => new { b.Id, b.Host, b.Port, b.ServerName, b.Clients }).ToListAsync(cancellationToken);
            return rows.ConvertAll(b =>
                new TestTarget(b.Id, BackEndColumns.Address(b.Host, b.Port, b.ServerName), new ClientChoice(BackEndColumns.ClientsOf(b.Clients))));
        },
        cancellationToken);
}

/// <summary>A back-end that will be tested.</summary>
internal sealed record TestTarget(long Id, BackEndAddress Address, ClientChoice Choice);

/// <summary>What came of asking it.</summary>
internal sealed record TestContact(TestTarget Target, ProbeContact Contact);

/// <summary>Who asked for tests, and what of them goes into the activity log.</summary>
internal sealed record TestRecord(Actor Actor, TestLogging Logging);
