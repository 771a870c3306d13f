using System.Runtime.Versioning;
using System.Security.Cryptography;
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
    private readonly IReadOnlyList<string> _passwords;
    private readonly ProcessScan? _scan = OperatingSystem.IsLinux() ? new ProcessScan(new RuntimeFinder()) : null;

    internal RunningPrograms(
        PortalDatabase database,
        CertificateReader reader,
        TrustStoreSelection trustStores,
        OperatingSystemRoots systemRoots,
        IOptions<CoreOptions> options)
    {
        (_database, _reader, _trustStores, _systemRoots) = (database, reader, trustStores, systemRoots);
        _passwords = [.. new[] { JavaTruststoreOptions.DefaultPassword, options.Value.JavaTruststore.Password }.Distinct()];
    }

    /// <summary>The process that is left out, with all that it has started: the portal itself.</summary>
    internal int OwnProcess { get; init; } = Environment.ProcessId;

    /// <summary>
    /// Looks at the programs that run now. It never fails because a process ends or may not be looked at. Empty on other systems than
    /// Linux.
    /// </summary>
    /// <exception cref="DatabaseException" />
    public async Task<RunningProgramsReport> LookAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || _scan is not { } scan)
            return RunningProgramsReport.Empty;

        // Those that stop programs are kept out of the files that programs share.
        var wanted = await _database.RunAsync(
            db => db.OwnCertificates.Where(c => c.Store == CaStore.Root && c.RemovedRevision == null && !c.BreaksReaders)
                .Select(c => c.Sha256).ToListAsync(cancellationToken),
            cancellationToken);

        // Away from the caller's thread, which may draw a page.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return await LookAsync(scan, wanted.ToHashSet(), cancellationToken);
    }

    [SupportedOSPlatform("linux")]
    private async Task<RunningProgramsReport> LookAsync(ProcessScan scan, HashSet<string> wanted, CancellationToken cancellationToken)
    {
        var (groups, inaccessible) = scan.Look(OwnProcess, cancellationToken);
        var lists = new ListReader(wanted, _reader, _passwords);
        var accounts = groups.Select(g => g.Master.User).Distinct().ToDictionary(u => u, u => DisplayText.Shorten(LinuxAccounts.ShortNameOf(u)));
        var programs = new List<RunningProgram>();
        foreach (var group in groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var found = await JudgeAsync(group, lists, wanted, cancellationToken);
            programs.Add(found with { Account = accounts[group.Master.User] });
        }

        return new RunningProgramsReport(
            [
                .. programs.OrderBy(p => Judgement.OrderOf(p.State)).ThenBy(p => p.Runtime, StringComparer.Ordinal)
                    .ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.ProcessId),
            ],
            inaccessible);
    }

    [SupportedOSPlatform("linux")]
    private async Task<RunningProgram> JudgeAsync(ProgramGroup group, ListReader lists, HashSet<string> wanted, CancellationToken cancellationToken)
    {
        var program = new RunningProgram(
            group.Master.Status.Id,
            RuntimeFacts.NameOf(group.Master.Runtime),
            DisplayText.Shorten(group.Master.Name),
            "",
            group.Master.Status.StartedAt,
            group.LoadedAt,
            null,
            null,
            wanted.Count,
            null,
            RunningProgramState.Unknown,
            "");
        try
        {
            using var files = ProcessFiles.Of(group.Master.Status.Id);
            var plan = ProgramLists.Of(group.Master, files);
            var worst = program with { ListTitle = plan.Uses is [{ Title: { } title }] ? title : null, Explanation = plan.Problem ?? "" };
            foreach (var use in plan.Uses.Where(_ => plan.Problem is null || plan.ConfiguredAt is not null))
            {
                var judged = await JudgeAsync(program, group, use, plan, files, lists, wanted, cancellationToken);
                if (worst.Explanation.Length == 0 || Judgement.OrderOf(judged.State) < Judgement.OrderOf(worst.State))
                    worst = judged;
            }

            return worst;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return program with { Explanation = "CaPortal cannot see its files. It may have ended." };
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // What one program names must not hide all others.
            return program with { Explanation = "CaPortal cannot tell which list it reads." };
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task<RunningProgram> JudgeAsync(
        RunningProgram program,
        ProgramGroup group,
        ListUse use,
        ListPlan plan,
        ProcessFiles files,
        ListReader lists,
        HashSet<string> wanted,
        CancellationToken cancellationToken)
    {
        var found = new HashSet<string>();
        var changedAt = plan.ConfiguredAt;
        string? absent = null;
        var sources = use.Sources.ToList();
        foreach (var source in use.Sources)
        {
            try
            {
                var content = await lists.ReadAsync(source, files, cancellationToken);
                found.UnionWith(content.Found);
                if (content.ChangedAt is null && source.IsOptional)
                    sources.Remove(source);
                else if (content.ChangedAt is null)
                    absent ??= source.Path;
                changedAt = content.ChangedAt > changedAt || changedAt is null ? content.ChangedAt ?? changedAt : changedAt;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                return program with { List = Judgement.Shown(source.Path), Explanation = $"CaPortal cannot read its list. {Reason(exception)}" };
            }
        }

        var missing = wanted.Count - found.Count;
        var state = Judgement.StateOf(group, missing, changedAt);
        var isManaged = sources is [var only] && !files.IsInContainer && IsManaged(only.Path);
        return program with
        {
            List = sources is [var single] ? Judgement.Shown(single.Path) : null,
            ListTitle = sources.Count == 1 ? null : use.Title ?? string.Join(" and ", sources.Select(s => Judgement.Shown(s.Path))),
            Missing = missing,
            State = state,
            Explanation = state switch
            {
                RunningProgramState.Trusts => Judgement.Trusts(group.Master.Runtime, wanted.Count),
                RunningProgramState.NeedsReload => Judgement.Reload(group.Master.Runtime),
                _ => Judgement.ReadsAnother(group.Master, missing, wanted.Count, absent, files.IsInContainer, isManaged),
            },
        };
    }

    private static string Reason(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "CaPortal may not read the file.",
        CryptographicException => "It is damaged, no truststore, or has another password.",
        _ => "It is no ordinary file, or longer than CaPortal reads.",
    };

    private bool IsManaged(string path) => _trustStores.Enabled.Any(s =>
        s.Holds(CaStore.Root)
        && (s.Location(CaStore.Root) == path || s.FileForPrograms?.Combined == path || (s.FeedsOperatingSystem && path == _systemRoots.Location)));
}
