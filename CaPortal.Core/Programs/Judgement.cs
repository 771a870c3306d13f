using CaPortal.Core.Certificates;

namespace CaPortal.Core.Programs;

/// <summary>What a program's list means for the certificates that CaPortal manages, in words.</summary>
internal static class Judgement
{
    // The start of a process is known to the system's tick, as is the time of a file.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>The state of a program by one of its lists.</summary>
    /// <param name="program">The program.</param>
    /// <param name="missing">How many certificates are not in the list.</param>
    /// <param name="changedAt">When the list or the configuration that names it last changed.</param>
    public static RunningProgramState StateOf(ProgramGroup program, int missing, DateTimeOffset? changedAt) =>
        missing > 0 ? RunningProgramState.ReadsAnotherList
        : changedAt > program.LoadedAt + Tick && program.Master.Runtime != Runtime.DotNet ? RunningProgramState.NeedsReload
        : RunningProgramState.Trusts;

    /// <summary>The order in which programs need somebody.</summary>
    public static int OrderOf(RunningProgramState state) => state switch
    {
        RunningProgramState.ReadsAnotherList => 0,
        RunningProgramState.NeedsReload => 1,
        RunningProgramState.Unknown => 2,
        _ => 3,
    };

    /// <summary>What to say of a list that holds all.</summary>
    public static string Trusts(Runtime runtime, int total) =>
        runtime == Runtime.DotNet
            ? $"{All(total)} A .NET program sees a change within seconds."
            : $"{All(total)} The list has not changed since the program read it.";

    /// <summary>What to do with a program that has not read the newest list.</summary>
    public static string Reload(Runtime runtime) => runtime switch
    {
        Runtime.Nginx => "Its list or its configuration changed after nginx had read it. Reload it: nginx -s reload.",
        Runtime.HaProxy => "Its list or its configuration changed after HAProxy had read it. Reload it: systemctl reload haproxy.",
        Runtime.Apache => "Its list or its configuration changed after Apache had read it. Reload it: apachectl graceful.",
        Runtime.Java =>
            "Its list changed after its start. Java reads the list when the program makes its first TLS connection: if that was before the change, "
                + "start the program again.",
        Runtime.Python =>
            "Its list changed after its start. A Python program reads the list when it prepares its connections, most often at its start: start it again.",
        Runtime.Curl => "Its list changed after its start. The next call of curl reads the new one.",
        _ => $"Its list changed after its start, and a program with {RuntimeFacts.NameOf(runtime)} reads it once. Start it again.",
    };

    /// <summary>What to do with a program whose list lacks certificates.</summary>
    /// <param name="program">The program.</param>
    /// <param name="missing">How many it lacks.</param>
    /// <param name="total">How many there are.</param>
    /// <param name="absent">The file of the list that is not there; null if all are.</param>
    /// <param name="isInContainer">It runs in a container.</param>
    /// <param name="isManaged">CaPortal writes the list.</param>
    public static string ReadsAnother(SeenProcess program, int missing, int total, string? absent, bool isInContainer, bool isManaged)
    {
        var what = absent is null ? $"{missing} of {total} certificates are not in the list that it reads." : $"Its list {Shown(absent)} does not exist.";
        var advice =
            isManaged ? "CaPortal writes that list: press Repair in Settings."
            : isInContainer ? "It runs in a container: give it a file of CaPortal there, or put the certificates into its image."
            : program.Runtime == Runtime.Apache ? "Name a file of CaPortal in SSLProxyCACertificateFile."
            : $"The lines of configuration for {RuntimeFacts.NameOf(program.Runtime)} are below.";
        return $"{what} {advice}";
    }

    /// <summary>A path, safe to show.</summary>
    public static string Shown(string path) => DisplayText.Shorten(path, MaxPath);

    private const int MaxPath = 300;

    private static string All(int total) => total switch
    {
        0 => "CaPortal manages no trusted root certificate yet.",
        1 => "The certificate that CaPortal manages is in its list.",
        _ => $"All {total} certificates that CaPortal manages are in its list.",
    };
}
