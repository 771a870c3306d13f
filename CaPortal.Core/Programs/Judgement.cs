using CaPortal.Core.Certificates;

namespace CaPortal.Core.Programs;

/// <summary>What a program's list means for the certificates that CaPortal manages, in words.</summary>
internal static class Judgement
{
    private const int MaxPath = 300;

    /// <summary>The order in which programs need somebody.</summary>
    public static int OrderOf(RunningProgramState state) => state switch
    {
        RunningProgramState.ReadsAnotherList => 0,
        RunningProgramState.NeedsReload => 1,
        RunningProgramState.Unknown => 2,
        RunningProgramState.Trusts => 3,
        _ => 4,
    };

    /// <summary>What to say of a list that holds all.</summary>
    /// <param name="runtime">What the program runs on.</param>
    /// <param name="total">How many certificates there are.</param>
    /// <param name="isLive">The program looks for them at each connection.</param>
    public static string Trusts(Runtime runtime, int total, bool isLive)
    {
        var all = total == 1 ? "The certificate that CaPortal manages is in its list." : $"All {total} certificates that CaPortal manages are in its list.";
        return runtime == Runtime.DotNet ? $"{all} A .NET program sees a change within seconds."
            : isLive ? $"{all} The program looks there at each connection."
            : $"{all} The list has not changed since the program read it.";
    }

    /// <summary>What to do with a program that has not read the newest list.</summary>
    public static string Reload(Runtime runtime, bool isInContainer)
    {
        var name = RuntimeFacts.NameOf(runtime);
        return runtime switch
        {
            Runtime.Java =>
                "Its list changed after its start. Java reads it at the first TLS connection. If that was before the change, start the program again.",
            Runtime.Python => "Its list changed after its start. Python reads it when the program prepares its connections. Start the program again.",
            Runtime.Curl => "Its list changed after its start. The next call of curl reads the new one.",
            _ when !RuntimeFacts.IsServer(runtime) => $"Its list changed after its start. {name} reads it once. Start it again.",
            _ when isInContainer => $"Its list or its configuration changed after {name} read it. Reload {name} in its container.",
            Runtime.Nginx => "Its list or its configuration changed after nginx read it. Reload it: nginx -s reload.",
            Runtime.HaProxy => "Its list or its configuration changed after HAProxy read it. Reload it: systemctl reload haproxy.",
            _ => "Its list or its configuration changed after Apache read it. Reload it: apachectl graceful.",
        };
    }

    /// <summary>What to do with a program whose list lacks certificates.</summary>
    public static string ReadsAnother(Lack lack)
    {
        var what = lack.Denied is { } denied ? $"The account of the program may not read {Shown(denied)}."
            : lack.Absent is { } absent ? $"Its list {Shown(absent)} does not exist."
            : $"{lack.Missing} of {lack.Total} certificates are not in the list that it reads.";
        return $"{what} {AdviceFor(lack)}";
    }

    /// <summary>A path, safe to show.</summary>
    public static string Shown(string path) => DisplayText.Shorten(path, MaxPath);

    private static string AdviceFor(Lack lack) => lack switch
    {
        { LeftOut: true } => "CaPortal leaves them out of that list on purpose: it would stop the programs that read it, or they have no use for them.",
        { IsInContainer: true } => "It runs in a container: give it a file of CaPortal there, or put the certificates into its image.",
        { Denied: not null } => "Give the account the right to read it.",
        { IsManaged: true } => "CaPortal writes that list: press Repair in Settings.",
        { Variables: { } variables } => $"The operating system's list holds them. Take {variables} out of its environment, and start it again.",
        { Program.Runtime: Runtime.Apache } => "Name a file of CaPortal in SSLProxyCACertificateFile.",
        { Program.Runtime: Runtime.DotNet, File: { } file } => $"Set SSL_CERT_FILE to {Shown(file)} in its environment, and start it again.",
        _ => $"See {RuntimeFacts.NameOf(lack.Program.Runtime)} below.",
    };
}

/// <summary>What a program's list lacks, and what is known for it.</summary>
/// <param name="Program">The program.</param>
/// <param name="Missing">How many certificates it lacks.</param>
/// <param name="Total">How many there are.</param>
internal sealed record Lack(SeenProcess Program, int Missing, int Total)
{
    /// <summary>The file of the list that is not there; null if all are.</summary>
    public string? Absent { get; init; }

    /// <summary>The file of the list that the program's account may not read; null if it may read all.</summary>
    public string? Denied { get; init; }

    /// <summary>It runs in a container.</summary>
    public bool IsInContainer { get; init; }

    /// <summary>CaPortal writes the list.</summary>
    public bool IsManaged { get; init; }

    /// <summary>CaPortal writes the list, and leaves all that is missing out of it.</summary>
    public bool LeftOut { get; init; }

    /// <summary>The variables that keep the program from the operating system's list, which CaPortal writes too; null if there are none.</summary>
    public string? Variables { get; init; }

    /// <summary>A file of CaPortal that the program can read; null if there is none.</summary>
    public string? File { get; init; }
}
