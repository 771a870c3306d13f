using System.Globalization;
using System.Runtime.Versioning;

namespace CaPortal.Core.Programs;

/// <summary>Looks at the processes of the machine.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ProcessScan(RuntimeFinder runtimes)
{
    private const int LongestStatus = 4096;
    private const int MaxGenerations = 100;

    /// <summary>The programs that run now.</summary>
    /// <param name="without">The process that is left out, with all that it has started.</param>
    /// <param name="deadline">When it has to end: it then gives what it has seen.</param>
    /// <returns>The programs, and how many processes may not be looked at or were not, for lack of time.</returns>
    public (IReadOnlyList<ProgramGroup> Programs, int Inaccessible, int Skipped) Look(int without, Deadline deadline)
    {
        var start = ProcFile.StartOfMachine();
        var buffer = new byte[LongestStatus];
        var all = Directory.EnumerateDirectories("/proc")
            .Select(p => int.TryParse(Path.GetFileName(p.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => ProcFile.StatusOf(id, start, buffer))
            .OfType<ProcessStatus>()
            .ToDictionary(s => s.Id);
        var seen = new Dictionary<int, SeenProcess>();
        var (inaccessible, skipped) = (0, 0);
        foreach (var status in all.Values.Where(s => !ComesFrom(without, s, all)))
        {
            if (deadline.IsOver)
                skipped++;
            else if (ProcFile.LinkOf(status.Id, "exe") is not { } executable)
                inaccessible += ProcFile.IsDenied(status.Id) ? 1 : 0;
            else if (runtimes.Find(status, executable) is { } runtime)
                seen.Add(status.Id, Look(status, runtime));
        }

        var groups = seen.Values.GroupBy(p => MasterOf(p, seen))
            .Select(g => new ProgramGroup(g.Key, [.. g.Where(p => p != g.Key)]));
        return ([.. groups], inaccessible, skipped);
    }

    private static SeenProcess Look(ProcessStatus status, FoundRuntime runtime)
    {
        using var files = FilesOf(status.Id);
        return new SeenProcess(
            status,
            runtime,
            ProcessAccount.Of(status.Id),
            ProgramCommand.Of(status.Id, runtime, files),
            KeptEnvironment.Of(status.Id),
            ServiceOf(status.Id));
    }

    private static ProcessFiles? FilesOf(int process)
    {
        try
        {
            return ProcessFiles.Of(process);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? ServiceOf(int process) =>
        ProcFile.LineOf(process, "cgroup", "0::")?.Split('/').LastOrDefault(n => n.EndsWith(".service", StringComparison.Ordinal)) is { } service
        && !service.StartsWith("user@", StringComparison.Ordinal)
            ? service
            : null;

    private static bool ComesFrom(int ancestor, ProcessStatus process, Dictionary<int, ProcessStatus> all)
    {
        for (var generation = 0; generation < MaxGenerations; generation++)
        {
            if (process.Id == ancestor)
                return true;
            if (!all.TryGetValue(process.Parent, out process))
                return false;
        }

        return false;
    }

    private static SeenProcess MasterOf(SeenProcess process, Dictionary<int, SeenProcess> seen)
    {
        for (var generation = 0; generation < MaxGenerations; generation++)
        {
            if (!seen.TryGetValue(process.Status.Parent, out var parent) || !process.WorksFor(parent))
                return process;
            process = parent;
        }

        return process;
    }
}
