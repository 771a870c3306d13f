using System.Runtime.Versioning;
using System.Security.Cryptography;
using CaPortal.Core.Certificates;

namespace CaPortal.Core.Programs;

/// <summary>Judges the programs of one look by their lists.</summary>
/// <param name="lists">Reads the lists.</param>
/// <param name="managed">Those that CaPortal writes.</param>
/// <param name="deadline">When the look has to come to an end.</param>
[SupportedOSPlatform("linux")]
internal sealed class ProgramJudge(ListReader lists, ManagedLists managed, Deadline deadline)
{
    // The start of a process is known to the system's tick, as is the time of a file.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private static readonly string[] Variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>What is to be said of a program before its lists are known.</summary>
    public RunningProgram Begin(ProgramGroup group) => new(
        group.Master.Status.Id,
        RuntimeFacts.NameOf(group.Master.Runtime),
        DisplayText.Shorten(group.Master.Name),
        "",
        group.Master.Status.StartedAt,
        group.LoadedAt,
        null,
        null,
        managed.Wanted.Count,
        null,
        RunningProgramState.Unknown,
        "");

    /// <summary>Judges a program. It never fails because of it.</summary>
    public async Task<RunningProgram> JudgeAsync(ProgramGroup group, CancellationToken cancellationToken)
    {
        var program = Begin(group);
        try
        {
            using var files = ProcessFiles.Of(group.Master.Status.Id);
            var plan = ProgramLists.Of(group.Master, files, deadline);
            program = program with { IsInContainer = files.IsInContainer, LoadedAt = plan.LoadedAt ?? program.LoadedAt };
            var worst = program with { ListTitle = plan.Uses is [{ Title: { } title }] ? title : null, Explanation = plan.Problem ?? "" };
            foreach (var use in plan.Uses.Where(_ => plan.Problem is null || plan.ConfiguredAt is not null))
            {
                var judged = await JudgeAsync(program, group, use, plan, files, cancellationToken);
                if (worst.Explanation.Length == 0 || Judgement.OrderOf(judged.State) < Judgement.OrderOf(worst.State))
                    worst = judged;
            }

            return managed.Wanted.Count > 0 ? worst : worst with
            {
                State = RunningProgramState.NothingToTrust,
                Explanation = "CaPortal manages no trusted root certificate yet.",
            };
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

    private async Task<RunningProgram> JudgeAsync(
        RunningProgram program, ProgramGroup group, ListUse use, ListPlan plan, ProcessFiles files, CancellationToken cancellationToken)
    {
        // Servers read their lists as root, before they act as another account.
        var account = RuntimeFacts.IsServer(group.Master.Runtime) ? null : group.Master.Account;
        var (found, live) = (new HashSet<string>(), new HashSet<string>());
        var changedAt = plan.ConfiguredAt;
        string? absent = null, denied = null;
        var isBroken = false;
        var sources = new List<ListSource>();
        foreach (var source in use.Sources)
        {
            try
            {
                var content = await lists.ReadAsync(source, files, account, cancellationToken);
                found.UnionWith(content.Found);
                if (source.IsLive)
                    live.UnionWith(content.Found);
                if (content.ChangedAt is null && (source.IsOptional || source.IsBeside))
                    continue;
                sources.Add(source);

                // curl ends where a file that is named for it does not exist; others go on with the rest, and so does curl without a folder.
                isBroken |= content.ChangedAt is null && source.Kind == ListKind.Pem && group.Master.Runtime == Runtime.Curl;
                if (content.ChangedAt is null)
                    absent ??= source.Path;
                else if (content.IsDenied && !source.IsBeside)
                    denied ??= source.Path;
                if (!source.IsLive && (changedAt is null || content.ChangedAt > changedAt))
                    changedAt = content.ChangedAt ?? changedAt;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && source.IsBeside)
            {
                // What nobody named decides only by what it holds.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ListsTooLongException)
            {
                return program with { List = Judgement.Shown(source.Path), Explanation = $"CaPortal cannot read its list. {Reason(exception)}" };
            }
        }

        var shown = sources.Where(s => !s.IsBeside).DefaultIfEmpty(sources.FirstOrDefault()).OfType<ListSource>().ToList();
        var missing = managed.Wanted.Except(found).ToList();
        var isLive = managed.Wanted.IsSubsetOf(live);
        var (state, explanation) =
            missing.Count > 0 || isBroken
                ? plan.Doubt is { } doubt
                    ? (RunningProgramState.Unknown, doubt)
                    : (RunningProgramState.ReadsAnotherList, Judgement.ReadsAnother(LackOf(group.Master, missing, shown, absent, denied, files.IsInContainer)))
            : !isLive && group.Master.Runtime != Runtime.DotNet && changedAt > program.LoadedAt + Tick
                ? MayBeReloaded(group, plan, changedAt.Value)
                    ? (RunningProgramState.Unknown, "Its list changed, and Apache may have been reloaded since. To be sure, reload it.")
                    : (RunningProgramState.NeedsReload, Judgement.Reload(group.Master.Runtime, files.IsInContainer))
            : (RunningProgramState.Trusts, Judgement.Trusts(group.Master.Runtime, managed.Wanted.Count, isLive));
        return program with
        {
            List = shown is [var single] ? Judgement.Shown(single.Path) : null,
            ListTitle = shown.Count == 1 ? null : use.Title ?? (shown.Count == 0 ? null : string.Join(" and ", shown.Select(s => Judgement.Shown(s.Path)))),
            Beside = sources.Find(s => s.IsBeside && !shown.Contains(s))?.Path,
            Missing = missing.Count,
            State = state,
            Explanation = explanation,
        };
    }

    private Lack LackOf(SeenProcess program, List<string> missing, List<ListSource> shown, string? absent, string? denied, bool isInContainer)
    {
        var (isManaged, leftOut) = shown is [var only] && !isInContainer ? managed.Find(only.Path, missing) : (false, false);
        string[] variables = [.. Variables.Where(v => program.Environment.Path(v) is not null)];
        var readsSystems = program.Runtime is Runtime.Python or Runtime.DotNet or Runtime.Go && managed.HasSystemList;
        return new Lack(program, missing.Count, managed.Wanted.Count)
        {
            Absent = absent,
            Denied = denied,
            IsInContainer = isInContainer,
            IsManaged = isManaged,
            LeftOut = leftOut && absent is null && denied is null,
            Variables = readsSystems && variables.Length > 0 ? string.Join(" and ", variables) : null,
            File = managed.File,
        };
    }

    // A reload gives Apache new workers, and so does the time.
    private static bool MayBeReloaded(ProgramGroup group, ListPlan plan, DateTimeOffset changedAt) =>
        group.Master.Runtime == Runtime.Apache && plan.LoadedAt is null && group.OldestWorker > changedAt;

    private static string Reason(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "CaPortal may not read the file.",
        ListsTooLongException => exception.Message,
        CryptographicException => "It is damaged, no truststore, or has another password.",
        _ => "It is no ordinary file, or longer than CaPortal reads.",
    };
}
