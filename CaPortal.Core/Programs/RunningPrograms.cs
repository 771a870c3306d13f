using System.Runtime.Versioning;
using CaPortal.Core.Certificates;
using CaPortal.Core.Data;
using CaPortal.Core.Files;
using CaPortal.Core.Formats;
using CaPortal.Core.TrustStores;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaPortal.Core.Programs;

/// <summary>Which programs that run on this machine notice the CA certificates that CaPortal manages. On Linux alone.</summary>
public sealed class RunningPrograms
{
    private readonly PortalDatabase _database;
    private readonly CertificateReader _reader;
    private readonly TrustStoreSelection _trustStores;
    private readonly OperatingSystemRoots _systemRoots;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<string> _passwords;
    private readonly ProcessScan? _scan = OperatingSystem.IsLinux() ? new ProcessScan(new RuntimeFinder()) : null;
    private readonly Lock _gate = new();
    private Task<RunningProgramsReport> _running = Task.FromResult(RunningProgramsReport.Empty);
    private Task<RunningProgramsReport>? _next;

    internal RunningPrograms(
        PortalDatabase database,
        CertificateReader reader,
        TrustStoreSelection trustStores,
        OperatingSystemRoots systemRoots,
        TimeProvider time,
        IOptions<CoreOptions> options)
    {
        (_database, _reader, _trustStores, _systemRoots, _time) = (database, reader, trustStores, systemRoots, time);
        _passwords = [.. new[] { JavaTruststoreOptions.DefaultPassword, options.Value.JavaTruststore.Password }.Distinct()];
    }

    /// <summary>The process that is left out, with all that it has started: the portal itself.</summary>
    internal int OwnProcess { get; init; } = Environment.ProcessId;

    /// <summary>How long a look goes on to further processes and programs.</summary>
    internal TimeSpan LongestLook { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a caller waits. A list can be on a disk that does not answer, which nothing ends.</summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many looks were made.</summary>
    internal int Looks { get; private set; }

    /// <summary>
    /// Looks at the programs that run now. It never fails because a process ends or may not be looked at. There is one look at a time:
    /// those that ask while one is under way share the next. Empty on other systems than Linux.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<RunningProgramsReport> LookAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || _scan is not { } scan)
            return RunningProgramsReport.Empty;
        try
        {
            return await Share(scan).WaitAsync(LongestWait, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return RunningProgramsReport.Empty with { Skipped = null };
        }
    }

    [SupportedOSPlatform("linux")]
    private Task<RunningProgramsReport> Share(ProcessScan scan)
    {
        lock (_gate)
        {
            if (_next is not null)
                return _next;
            return _running.IsCompleted ? _running = LookAsync(scan) : _next = LookAfterAsync(_running, scan);
        }
    }

    // What has changed since one began is not in it.
    [SupportedOSPlatform("linux")]
    private async Task<RunningProgramsReport> LookAfterAsync(Task before, ProcessScan scan)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
            (_running, _next) = (_next!, null);
        return await LookAsync(scan);
    }

    [SupportedOSPlatform("linux")]
    private async Task<RunningProgramsReport> LookAsync(ProcessScan scan)
    {
        // Away from the caller's thread, which may draw a page.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Looks++;
        var deadline = new Deadline(_time, LongestLook);
        var (wanted, leftOut) = await _database.RunAsync(
            async db =>
            {
                // Those that stop programs are kept out of the files that programs share.
                var roots = db.OwnCertificates.Where(c => c.Store == CaStore.Root && c.RemovedRevision == null && !c.BreaksReaders);
                var missing = db.OwnMissing.Where(m => m.Store == CaStore.Root && m.Reason == MissingReason.LeftOut);
                return (
                    (await roots.Select(c => c.Sha256).ToListAsync(CancellationToken.None)).ToHashSet(),
                    (await missing.Select(m => new { m.TrustStore, m.Sha256 }).ToListAsync(CancellationToken.None)).ToLookup(m => m.TrustStore, m => m.Sha256));
            },
            CancellationToken.None);
        var judge = new ProgramJudge(new ListReader(wanted, _reader, _passwords), new ManagedLists(_trustStores, _systemRoots, wanted, leftOut), deadline);
        var (groups, inaccessible, skipped) = scan.Look(OwnProcess, deadline);
        var accounts = groups.Select(g => g.Master.Account.User).Distinct()
            .ToDictionary(u => u, u => DisplayText.Shorten(LinuxAccounts.ShortNameOf(u)));
        var programs = new List<RunningProgram>();
        foreach (var group in groups)
        {
            var found = deadline.IsOver
                ? judge.Begin(group) with { Explanation = "CaPortal had no time to look at its list. Look again." }
                : await judge.JudgeAsync(group, CancellationToken.None);
            programs.Add(found with { Account = accounts[group.Master.Account.User] });
        }

        return new RunningProgramsReport(
            [
                .. programs.OrderBy(p => Judgement.OrderOf(p.State)).ThenBy(p => p.Runtime, StringComparer.Ordinal)
                    .ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.ProcessId),
            ],
            inaccessible)
        {
            Skipped = skipped,
        };
    }
}
